"""The judge of answers: each client event gets what it asked for, or exactly one error."""

import re
from collections.abc import Callable
from typing import Any

from repartee.conformance.findings import Findings
from repartee.conformance.judges import requests
from repartee.conformance.judges.items import Event, Item
from repartee.conformance.judges.requests import Ask, Requests
from repartee.conformance.refusals.item_refusals import append_ms, append_silent_ms
from repartee.conformance.refusals.refusal import Facts, Refusal, tells_other_fault
from repartee.conformance.refusals.refusals import CLAIMS, has_answer, refusals
from repartee.conformance.refusals.response_refusals import asked_response, asks_out_of_band

_NAMED_RESPONSE = re.compile(r"in progress: (\S+)\. Wait")


class Answers:
    """Matches the server's answers with the client's events."""

    def __init__(self, findings: Findings, facts: Facts) -> None:
        self._findings = findings
        self._facts = facts
        self._requests = Requests(self._arrive)

    def client(self, event: object) -> None:
        """The client sent this."""
        self._requests.send(self._facts.dialect.client(event), event)
        self._requests.read_on()

    def read_on(self) -> None:
        """Before anything else comes from the server: it has read what it can."""
        self._requests.read_on()

    def _arrive(self, ask: Ask) -> None:
        match ask.kind:
            case requests.APPEND if not _must(refusals(ask, self._facts)):
                ask.audio_ms = append_ms(ask, self._facts)
                self._facts.buffer.appended(ask.audio_ms, append_silent_ms(ask, self._facts))
                ask.settled = True
            case requests.COMMIT:
                buffer = self._facts.buffer
                ask.held_ms = (buffer.held_least_ms, buffer.held_most_ms)
            case requests.CANCEL:
                self._facts.responses.cancel_asked(ask.event.get("response_id"))
            case requests.CLEAR_OUTPUT if self._facts.dialect.streams_sound:
                self._facts.responses.silence()
                ask.settled = True

    def waits(self, kind: str, fits: Callable[[Ask], bool] = lambda _: True) -> bool:
        """Whether an event of that kind waits for its answer."""
        return any(ask.kind == kind and fits(ask) for ask in self._requests.waiting)

    def take(
        self, kind: str, what: str, fits: Callable[[Ask], bool] = lambda _: True
    ) -> Ask | None:
        """The event that `what` answers; noted where there is none, or it deserved an error."""
        ask = self._requests.oldest(kind, fits)
        if ask is None:
            self._findings.note("unasked", f"{what} answers nothing")
            return None
        self._accept(ask)
        return ask

    def _accept(self, ask: Ask) -> None:
        for refusal in _must(refusals(ask, self._facts))[:1]:
            # That a second response runs is noted by what it does.
            if refusal.rule != "active-response":
                self._findings.note(
                    refusal.rule, f"{ask.kind} is accepted; it should be refused with {refusal}"
                )
        self._requests.answer(ask)

    def item_created(self, item: Item) -> Ask | None:
        """The conversation.item.create that an added item answers."""
        ask = self._requests.oldest(requests.CREATE_ITEM, lambda ask: _is_item_of(ask, item))
        if ask is not None:
            self._accept(ask)
        return ask

    def response_created(self, response: dict[str, Any]) -> Ask | None:
        """The response.create that a response answers; None if it may answer a turn."""
        out_of_band = response.get("conversation_id") is None
        metadata = response.get("metadata") or {}

        def is_meant(ask: Ask) -> bool:
            return asks_out_of_band(ask) == out_of_band

        def is_marked(ask: Ask) -> bool:
            return is_meant(ask) and metadata == (asked_response(ask).get("metadata") or {})

        choices: list[Callable[[Ask], bool]] = [is_marked, is_meant, lambda _: True]
        if self._facts.buffer.response_due == "must" and not out_of_band:
            # The answer to the turn comes first; only by its metadata can it be another one.
            choices = [lambda ask: bool(metadata) and is_marked(ask)]
        for fits in choices:
            ask = self._requests.oldest(requests.CREATE_RESPONSE, fits)
            if ask is not None:
                self._accept(ask)
                return ask
        return None

    def cancelled(self, response_id: str) -> None:
        """A response ended as cancelled by the client."""

        def fits(ask: Ask) -> bool:
            return ask.event.get("response_id") in (None, response_id)

        ask = self._requests.oldest(requests.CANCEL, fits)
        if ask is None:
            self._findings.note("cancel-reason", f"{response_id}: no client has cancelled it")
        else:
            self._requests.answer(ask)

    def truncated(self, event: Event) -> None:
        """conversation.item.truncated"""
        item_id, told = event["item_id"], event["audio_end_ms"]
        ask = self._requests.oldest(
            requests.TRUNCATE, lambda ask: ask.event.get("item_id") == item_id
        )
        if ask is None:
            self._findings.note("unasked", f"truncation of {item_id} answers nothing")
            return
        asked = ask.event.get("audio_end_ms")
        may_clamp = any(one.rule == "truncate-past" for one in refusals(ask, self._facts))
        is_end = may_clamp and (
            (self._facts.dialect.streams_sound and told <= (asked or 0))
            or any(abs(told - end) <= 1 for end in self._ends(item_id))
        )
        as_asked = told == asked and not ask.clamping
        if event["content_index"] != ask.event.get("content_index") or not (as_asked or is_end):
            self._findings.note("truncate-echo", f"{asked} ms were asked, {told} ms are truncated")
        if ask.clamping:
            self._requests.answer(ask)
        else:
            self._accept(ask)

    def _ends(self, item_id: str) -> list[float]:
        """Where the audio of an item ends: as it was sent, and as it was cut."""
        entry = self._facts.conversation.entries.get(item_id)
        ends = (self._facts.responses.sent_ms(item_id), entry.truncated_ms if entry else None)
        return [end for end in ends if end is not None]

    def error(self, event: Event) -> None:
        """An error: about one of the client's events, unless it is the server's own."""
        error = event["error"]
        ask = self._culprit(error)
        if ask is None:
            return
        if ask.settled:
            self._second_answer(ask)
            return
        self._requests.read_on(ask)
        self._judge_error(ask, error)
        if ask.kind == requests.UPDATE:
            self._facts.session.refused(ask.event.get("session"))
        if not ask.clamping:
            self._requests.answer(ask)

    def _culprit(self, error: dict[str, Any]) -> Ask | None:
        echo = error.get("event_id")
        if echo:
            ask = self._requests.named(echo)
            if ask is None:
                self._findings.note("error-echo", f"no client event has the id {echo}")
            return ask
        ask = self._requests.anonymous(error, lambda ask: self._explains(ask, error))
        is_clients_fault = error["type"] == "invalid_request_error"
        if ask is None and is_clients_fault:
            self._findings.note("one-answer", f"an error about nothing: {error['message']:.80}")
        if ask is None or ask.id is None or ask.kind == requests.TRUNCATE:
            return ask
        if is_clients_fault:
            self._findings.note("error-echo", f"the error about {ask.kind} does not name {ask.id}")
            return ask
        return None

    def _explains(self, ask: Ask, error: dict[str, Any]) -> bool:
        return any(refusal.met_by(error) for refusal in refusals(ask, self._facts))

    def _second_answer(self, ask: Ask) -> None:
        if ask.audio_ms:  # an append needs no answer, so this one is its first
            self._facts.buffer.taken_back(ask.audio_ms)
            ask.audio_ms = 0.0
        else:
            self._findings.note("one-answer", f"{ask.kind} was answered already")

    def _judge_error(self, ask: Ask, error: dict[str, Any]) -> None:
        deserved = refusals(ask, self._facts)
        met = [refusal for refusal in deserved if refusal.met_by(error)]
        code = error.get("code")
        told = f"{ask.kind} is refused with code {code!r}: {error['message']:.80}"
        if met:
            self._obey(met[0], ask, error)
        elif owed := _must(deserved):
            if not tells_other_fault(error, ask.raw, deserved):
                self._findings.note(owed[0].rule, f"{told}; it should be {owed[0]}")
        elif code in CLAIMS:
            self._findings.note(CLAIMS[code], told)
        elif ask.kind == requests.TRUNCATE and not deserved:
            self._findings.note("truncate-within", told)
        elif str(error.get("param")).startswith("session.tracing") and not deserved:
            self._judge_tracing(ask, told)

    def _judge_tracing(self, ask: Ask, told: str) -> None:
        shown = self._facts.session.shown.get("tracing")
        if shown is not None and ask.event["session"].get("tracing") == shown:
            self._findings.note("tracing-lock", told)

    def _obey(self, refusal: Refusal, ask: Ask, error: dict[str, Any]) -> None:
        if refusal.rule == "truncate-past":
            ask.clamping = True
            if error.get("event_id") is not None:
                self._findings.note("truncate-past", "the error names the client's event")
        if refusal.rule == "active-response" and self._facts.responses.active is None:
            named = _NAMED_RESPONSE.search(error["message"])
            self._facts.responses.foretold = named[1] if named else None

    def finish(self) -> None:
        """At the end of the connection every event has had its answer."""
        self._requests.read_on()
        for ask in self._requests.waiting:
            if ask.clamping:
                self._findings.note("truncate-past", "the clamped truncation never came")
                continue
            deserved = _must(refusals(ask, self._facts))
            if has_answer(ask.kind):
                self._findings.note("unanswered", f"{ask.kind} has had no answer")
            elif deserved:
                self._findings.note(deserved[0].rule, f"{ask.kind or 'a frame'} was not refused")


def _must(deserved: list[Refusal]) -> list[Refusal]:
    return [refusal for refusal in deserved if refusal.must]


def _is_item_of(ask: Ask, item: Item) -> bool:
    said = ask.event.get("item")
    if not isinstance(said, dict):
        return False
    if said.get("id") is not None:
        return bool(said["id"] == item["id"])
    return said.get("type") == item["type"] and said.get("role") == item.get("role")
