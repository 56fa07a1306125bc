"""The referee: judges the event stream of one connection by the rules of the Realtime API.

It is told every event in the order of the wire, keeps its own picture of the session, and says
which rules were broken.  It reads no clock and knows no server.
"""

from collections.abc import Callable
from typing import Any

from repartee.conformance.dialects.beta import Beta
from repartee.conformance.dialects.call import Call
from repartee.conformance.dialects.dialect import Dialect
from repartee.conformance.findings import Findings, Violation
from repartee.conformance.judges import requests
from repartee.conformance.judges.answers import Answers
from repartee.conformance.judges.configuration import Configuration, shows
from repartee.conformance.judges.conversation import Conversation
from repartee.conformance.judges.envelope import Envelope
from repartee.conformance.judges.input_buffer import InputBuffer
from repartee.conformance.judges.items import Event, Item
from repartee.conformance.judges.playout import Playout
from repartee.conformance.judges.requests import Ask
from repartee.conformance.judges.responses import Responses
from repartee.conformance.judges.transcription import Transcriptions
from repartee.conformance.refusals.refusal import Facts
from repartee.conformance.refusals.response_refusals import asked_response, asks_out_of_band

_DIALECTS: dict[str, type[Dialect]] = {"ga": Dialect, "call": Call, "beta": Beta}

# As much audio as a server can be asked to keep for conversation.item.retrieve.
_KEPT_MS = 32 * 1024 * 1024 / 48


class Referee:
    """Judges one connection: over a WebSocket, GA or beta, or a call; one referee a connection.

    With `rulings` it also asserts what the sources leave open and this project has settled.
    Every method returns the violations that its event brought to light.
    """

    def __init__(self, dialect: str = "ga", rulings: bool = True) -> None:
        if dialect not in _DIALECTS:
            raise ValueError(f"no rules are written down for the dialect {dialect!r}")
        self._dialect = _DIALECTS[dialect]()
        self._findings = Findings(rulings)
        self._envelope = Envelope(self._findings, self._dialect)
        self._session = Configuration(self._findings, self._dialect)
        self._conversation = Conversation(self._findings)
        self._buffer = InputBuffer(self._findings, self._session)
        self._responses = Responses(self._findings, self._session, self._conversation)
        self._playout = Playout(self._findings, self._responses, self._conversation)
        self._transcriptions = Transcriptions(self._findings, self._session)
        facts = Facts(
            self._session,
            self._conversation,
            self._buffer,
            self._responses,
            rulings,
            self._dialect,
        )
        self._answers = Answers(self._findings, facts)
        self._judges: dict[str, Callable[[Event], None]] = {
            "session.created": self._session_created,
            "session.updated": self._session_updated,
            "error": self._error,
            "conversation.item.added": self._item_added,
            "conversation.item.done": self._item_done,
            "conversation.item.deleted": self._item_deleted,
            "conversation.item.retrieved": self._item_retrieved,
            "conversation.item.truncated": self._item_truncated,
            "input_audio_buffer.speech_started": self._speech_started,
            "input_audio_buffer.speech_stopped": self._buffer.speech_stopped,
            "input_audio_buffer.timeout_triggered": self._timeout_triggered,
            "input_audio_buffer.committed": self._committed,
            "input_audio_buffer.cleared": self._cleared,
            "response.created": self._response_created,
            "response.done": self._response_done,
            "conversation.created": self._responses.conversation_created,
            "rate_limits.updated": self._responses.rate_limits,
        }

    def client(self, event: object, now: float | None = None) -> list[Violation]:
        """The client sent this; anything but an object stands for a frame that was no event.

        `now` is the Unix time, where the caller knows it: expires_at is judged by it.
        """
        self._findings.event_index += 1
        self._envelope.client(now)
        self._answers.client(event)
        return self._findings.take()

    def heard(self, ms: float, silent_ms: float = 0.0) -> None:
        """Audio reached the session without an event, on a media track; its end was silence."""
        self._buffer.appended(ms, silent_ms)

    def server(self, event: object) -> list[Violation]:
        """The server sent this."""
        self._findings.event_index += 1
        legible = self._envelope.server(event)
        self._answers.read_on()
        if legible is None:
            self._responses.before(event)
        else:
            for told in self._dialect.server(legible):
                self._responses.before(told)
                self._judge(told)
        return self._findings.take()

    def _judge(self, event: Event) -> None:
        kind: str = event["type"]
        self._playout.before(event)
        if kind.startswith("response.") and not self._session.realtime:
            self._findings.note("transcription-silent", f"{kind} in a transcription session")
        elif kind in self._judges:
            self._judges[kind](event)
        elif kind.startswith("response."):
            self._responses.event(event)
        elif kind.startswith("output_audio_buffer."):
            self._playout.event(event)
        elif kind.startswith("conversation.item.input_audio_transcription."):
            self._transcriptions.event(event)

    def finish(self) -> list[Violation]:
        """The connection has come to rest: what was begun must be ended by now."""
        if not self._envelope.closed:
            self._answers.finish()
            self._conversation.settle()
            self._buffer.finish()
            self._responses.finish()
            self._playout.finish()
            self._transcriptions.finish()
        return self._findings.take()

    def _session_created(self, event: Event) -> None:
        self._session.updated(event["session"], {})

    def _session_updated(self, event: Event) -> None:
        ask = self._answers.take(requests.UPDATE, "session.updated")
        if ask is None:
            return
        if ask.id == event["event_id"]:
            self._findings.note("update-echo", "session.updated carries the client's event_id")
        before = self._session.turn_detection
        said = ask.event.get("session")
        self._session.updated(event["session"], said if isinstance(said, dict) else {})
        if self._session.turn_detection != before:
            self._buffer.detection_changed()

    def _error(self, event: Event) -> None:
        if not self._envelope.closed:  # what ends the connection is about no event of the client
            self._answers.error(event)

    def _item_added(self, event: Event) -> None:
        item: Item = event["item"]
        last_id = self._conversation.last_id
        if self._responses.item(item["id"]) is not None:
            self._responses.item_added(event)
            if not self._responses.is_out_of_band(item["id"]):
                self._conversation.added(event, "response", last_id)
        elif item["id"] == self._buffer.committed_id:
            self._buffer.item_added(event)
            self._conversation.added(event, "commit", last_id)
            self._conversation.heard(
                item["id"], self._buffer.committed_ms, self._session.input_format
            )
        elif (ask := self._answers.item_created(item)) is not None:
            self._client_item_added(event, ask)
        else:
            if not item["type"].startswith("mcp_"):
                self._findings.note("item-unasked", f"nobody asked for item {item['id']}")
            self._conversation.added(event, "server", last_id)

    def _client_item_added(self, event: Event, ask: Ask) -> None:
        item, said = event["item"], ask.event["item"]
        place = ask.event.get("previous_item_id") or self._conversation.last_id
        kept = {key: value for key, value in said.items() if key not in ("status", "content")}
        if not shows(kept, item) or not _keeps_content(said, item):
            self._findings.note("item-kept", f"item {item['id']} is not what the client sent")
        self._conversation.added(event, "client", None if place == "root" else place)
        if any(part["type"] == "input_audio" for part in item.get("content", [])):
            self._transcriptions.created(item["id"])

    def _item_done(self, event: Event) -> None:
        item_id = event["item"]["id"]
        output_item = self._responses.item(item_id)
        if output_item is not None:
            self._responses.conversation_item_done(event)
            if self._responses.is_out_of_band(item_id):
                return
            if output_item.in_conversation and item_id not in self._conversation.entries:
                return  # that it was never added has been noted
        self._conversation.done(event)

    def _item_deleted(self, event: Event) -> None:
        item_id = event["item_id"]
        self._answers.take(requests.DELETE, f"deletion of {item_id}", _names(item_id))
        self._conversation.deleted(item_id)
        self._responses.deleted(item_id)
        self._transcriptions.deleted(item_id)

    def _item_retrieved(self, event: Event) -> None:
        item: Item = event["item"]
        self._answers.take(requests.RETRIEVE, f"retrieval of {item['id']}", _names(item["id"]))
        kept_ms = self._buffer.total_ms + self._responses.total_sent_ms
        self._conversation.retrieved(item, kept_ms <= _KEPT_MS, self._session.input_format)

    def _item_truncated(self, event: Event) -> None:
        item_id = event["item_id"]
        if self._dialect.streams_sound and not self._answers.waits(
            requests.TRUNCATE, _names(item_id)
        ):
            self._playout.truncated(event)
        else:
            self._answers.truncated(event)
        self._conversation.truncated(item_id, event["audio_end_ms"])

    def _speech_started(self, event: Event) -> None:
        item_id = event["item_id"]
        if item_id in self._conversation.entries:
            self._findings.note("speech-item", f"{item_id} names an item that is there already")
        self._transcriptions.announced(item_id)
        self._buffer.speech_started(event)
        self._responses.speech_started()

    def _timeout_triggered(self, event: Event) -> None:
        self._buffer.timeout_triggered(event)
        if self._responses.active is not None:
            self._findings.note("idle-timeout", "the idle timeout ends while a response runs")

    def _committed(self, event: Event) -> None:
        ask = None
        if self._buffer.promised is None and self._answers.waits(requests.COMMIT):
            ask = self._answers.take(requests.COMMIT, "input_audio_buffer.committed")
        elif self._buffer.promised is None:
            self._findings.note("commit-unasked", f"{event['item_id']} is committed for no reason")
        if event.get("previous_item_id") != self._conversation.last_id:
            self._findings.note(
                "item-order",
                f"committed behind {event.get('previous_item_id')!r}, "
                f"the last item is {self._conversation.last_id!r}",
            )
        is_active = self._responses.active is not None
        self._buffer.committed(event, ask.held_ms if ask else None, is_active)
        self._transcriptions.committed(event["item_id"])

    def _cleared(self, event: Event) -> None:
        if self._answers.take(requests.CLEAR, "input_audio_buffer.cleared") is not None:
            self._buffer.cleared()

    def _response_created(self, event: Event) -> None:
        response: dict[str, Any] = event["response"]
        out_of_band = response.get("conversation_id") is None
        ask = self._answers.response_created(response)
        if ask is not None:
            said = asked_response(ask)
            is_home = asks_out_of_band(ask) == out_of_band
        else:
            said = {}
            is_home = not out_of_band
            self._judge_cause(response)
        if not is_home:
            self._findings.note("response-home", f"{response['id']} is in the wrong conversation")
        if (response.get("metadata") or {}) != (said.get("metadata") or {}):
            self._findings.note("metadata", f"{response['id']} shows other metadata than asked")
        self._judge_overrides(response, said)
        self._responses.created(event)
        if not out_of_band:
            self._conversation.settle()
            self._buffer.response_created()

    def _judge_cause(self, response: dict[str, Any]) -> None:
        due = self._buffer.response_due != "no"
        if not due and not self._conversation.has_tools_of_servers:
            self._findings.note("response-unasked", f"nobody asked for {response['id']}")

    def _judge_overrides(self, response: dict[str, Any], said: dict[str, Any]) -> None:
        shown = self._session.shown
        if said.get("prompt") or shown.get("prompt"):
            return  # a prompt may bring settings of its own
        asked, usual, told = ({**one, **_audio_output(one)} for one in (said, shown, response))
        for key in ("output_modalities", "max_output_tokens", "format", "voice", "temperature"):
            wanted = asked.get(key) if asked.get(key) is not None else usual.get(key)
            if key in told and not _is_setting(told[key], wanted):
                self._findings.note("overrides", f"{key} is {told[key]!r}, not {wanted!r}")

    def _response_done(self, event: Event) -> None:
        response = event["response"]
        details = response["status_details"] or {}
        if details.get("reason") == "client_cancelled":
            self._answers.cancelled(response["id"])
        self._responses.done(event)
        self._buffer.response_done()


def _names(item_id: str) -> Callable[[Ask], bool]:
    return lambda ask: bool(ask.event.get("item_id") == item_id)


def _is_setting(told: object, wanted: object) -> bool:
    """Whether a response shows the setting; a custom voice may be shown by its bare id."""
    return shows(wanted, told) or (isinstance(wanted, dict) and wanted.get("id") == told)


def _audio_output(response: dict[str, Any]) -> dict[str, Any]:
    return (response.get("audio") or {}).get("output") or {}


def _keeps_content(said: Item, shown: Item) -> bool:
    """Whether the parts of a client's item are there, in order, with their types and texts."""
    parts = said.get("content")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        return True  # it had to be refused
    seen = [{key: part.get(key) for key in ("type", "text")} for part in parts]
    return shows(seen, shown.get("content", []))
