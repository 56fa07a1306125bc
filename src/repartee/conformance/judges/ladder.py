"""The judge of one response: the ladder of events from response.created to response.done."""

from collections.abc import Callable, Iterator
from typing import Any

from repartee.conformance.findings import Findings
from repartee.conformance.judges import items
from repartee.conformance.judges.configuration import BYTES_PER_MS, Configuration
from repartee.conformance.judges.items import Event, Item
from repartee.conformance.judges.output_item import OutputItem

# What response.done may give as the reason of each final status.
_REASONS: dict[str, frozenset[str | None]] = {
    "completed": frozenset({None}),
    "cancelled": frozenset({"turn_detected", "client_cancelled"}),
    "incomplete": frozenset({"max_output_tokens", "content_filter"}),
    "failed": frozenset({None}),
}


class Ladder:
    """One response and its items."""

    def __init__(self, findings: Findings, session: Configuration, created: Event) -> None:
        self._findings = findings
        response = created["response"]
        self.created: dict[str, Any] = response
        self.id: str = response["id"]
        self.conversation_id: str | None = response.get("conversation_id")
        self.items: list[OutputItem] = []
        self.interrupted = False  # speech started during it
        self.silenced = False  # its sound may be cleared: somebody spoke, or the client said so
        self.done = False
        shown = (response.get("audio", {}).get("output") or {}).get("format")
        kind = shown["type"] if shown else session.output_format
        self._bytes_per_ms = BYTES_PER_MS[kind]
        self._sample_bytes = 2 if kind == "audio/pcm" else 1
        modalities = response.get("output_modalities") or session.shown.get("output_modalities")
        self._text_only = modalities == ["text"]

    @property
    def out_of_band(self) -> bool:
        """Whether it stands outside of the conversation."""
        return self.conversation_id is None

    def sent_ms(self, item: OutputItem) -> float:
        """How much audio of the item has been sent."""
        return item.audio_bytes / self._bytes_per_ms

    def judge_beginning(self) -> None:
        """response.created shows a response in progress with nothing in it."""
        blank: dict[str, object] = {
            "status": "in_progress",
            "status_details": None,
            "output": [],
            "usage": None,
        }
        for key, value in blank.items():
            if self.created[key] != value:
                self._findings.note("created-blank", f"{key} is {self.created[key]!r:.60}")

    def cut_short(self) -> None:
        """From here on the response is to be closed: what is open is incomplete."""
        for item in self.items:
            item.cut_short = item.final is None

    def hear(self, event: Event, truncated: Callable[[str], bool]) -> None:
        """Any response.* event of this response but created and done."""
        kind = event["type"].removeprefix("response.")
        if self.interrupted and not kind.endswith(".done"):
            self._findings.note("interrupt", f"{kind} after speech has cancelled the response")
        if kind == "output_item.added":
            self._item_added(event)
            return
        item = self._item(event)
        if item is None:
            return
        if kind == "output_item.done":
            item.done(event["item"], truncated(item.id))
            return
        if not item.in_conversation and not self.out_of_band:
            self._findings.note("item-before-content", f"{kind} before {item.id} was added")
            item.in_conversation = True  # one word about it is enough
        self._content(kind, event, item)

    def _item_added(self, event: Event) -> None:
        item = OutputItem(self._findings, event["item"], self._sample_bytes)
        if event["output_index"] != len(self.items):
            self._findings.note(
                "indexes", f"output_index {event['output_index']}, not {len(self.items)}"
            )
        item.judge_beginning()
        self.items.append(item)

    def _item(self, event: Event) -> OutputItem | None:
        item_id = event["item"]["id"] if "item" in event else event["item_id"]
        index = event["output_index"]
        if 0 <= index < len(self.items) and self.items[index].id == item_id:
            return self.items[index]
        self._findings.note("indexes", f"output_index {index} is not item {item_id}")
        return None

    def _content(self, kind: str, event: Event, item: OutputItem) -> None:
        stream, _, phase = kind.partition(".")
        if kind == "content_part.added":
            item.part_added(event, self._text_only)
        elif kind == "content_part.done":
            item.part_done(event)
        elif stream == "mcp_call":
            return  # progress of a tool; nothing of it adds up
        elif stream in ("function_call_arguments", "mcp_call_arguments"):
            (item.arguments_delta if phase == "delta" else item.arguments_finished)(event)
        elif phase == "delta":
            item.delta(event, stream)
        else:
            item.stream_done(event, stream)

    def finish(self, response: dict[str, Any], truncated: Callable[[str], bool]) -> None:
        """response.done: all is closed, and the response tells what happened."""
        self.done = True
        for item in self.items:
            if item.final is None:
                self._findings.note("closing", f"{item.id} is not done before its response")
            elif not (item.conversation_done or self.out_of_band):
                self._findings.note("item-done", f"{item.id} has had no conversation.item.done")
        if response.get("conversation_id") != self.conversation_id:
            self._findings.note("response-home", "conversation_id changes with response.done")
        if (response.get("metadata") or None) != (self.created.get("metadata") or None):
            self._findings.note("metadata", "metadata change with response.done")
        self._judge_output(response["output"], truncated)
        self._judge_status(response)
        for problem in _usage_problems(response):
            self._findings.note("usage", problem)

    def _judge_output(self, output: list[Item], truncated: Callable[[str], bool]) -> None:
        finals = [item.final for item in self.items if item.final is not None]
        if len(finals) < len(self.items):
            return  # what is missing has been told
        alike = len(output) == len(finals) and all(
            items.same(*map(_without_words, (told, final)))
            if truncated(final["id"])
            else items.same(told, final)
            for told, final in zip(output, finals, strict=True)
        )
        if not alike:
            self._findings.note("response-output", "response.done lists other items than were done")

    def _judge_status(self, response: dict[str, Any]) -> None:
        status, details = response["status"], response["status_details"] or {}
        reasons = _REASONS.get(status)
        if reasons is None:
            self._findings.note("response-status", f"response.done is {status}")
            return
        kind = details.get("type", status if status == "completed" else None)
        if kind != status or details.get("reason") not in reasons:
            self._findings.note("response-status", f"{status} because of {details}")
        if status == "failed" and not (details.get("error") or {}).get("message"):
            self._findings.note("response-status", "failed without saying why")
        self._judge_items(status, details.get("reason"))
        cancelled_by_speech = details.get("reason") == "turn_detected"
        if self.interrupted and not cancelled_by_speech:
            self._findings.note("interrupt", f"speech started, but the response is {status}")
        elif cancelled_by_speech and not self.interrupted:
            self._findings.note("cancel-reason", "turn_detected, but no speech started during it")

    def _judge_items(self, status: str, reason: str | None) -> None:
        finals = [(item.final or item.item).get("status") for item in self.items]
        if status == "completed" and "incomplete" in finals:
            self._findings.note("item-status", "a completed response has an incomplete item")
        if reason == "max_output_tokens" and finals and finals[-1] == "completed":
            self._findings.note("item-status", "a response cut short ends with a complete item")
        # Only the last item: a client's cancel may cross the end of an earlier one on its way.
        if status == "cancelled" and finals[-1:] == ["completed"] and self.items[-1].cut_short:
            self._findings.note("item-status", "the item that was cancelled is completed")


def _without_words(item: Item) -> Item:
    if item["type"] != "message":
        return item
    return {**item, "content": [part["type"] for part in items.parts(item)]}


def _usage_problems(response: dict[str, Any]) -> Iterator[str]:
    usage = response["usage"]
    if usage is None:
        if response["status"] == "completed":
            yield "a completed response tells no usage"
        return
    given = usage.get("input_token_details") or {}
    cached = given.get("cached_tokens", 0)
    made = usage.get("output_token_details") or {}
    if usage["total_tokens"] != usage["input_tokens"] + usage["output_tokens"]:
        yield "total_tokens is not input_tokens + output_tokens"
    if given and _sum(given) != usage["input_tokens"]:
        yield f"input_token_details add up to {_sum(given)}, not {usage['input_tokens']}"
    if made and _sum(made) != usage["output_tokens"]:
        yield f"output_token_details add up to {_sum(made)}, not {usage['output_tokens']}"
    if cached > usage["input_tokens"]:
        yield "cached_tokens exceed input_tokens"
    details = given.get("cached_tokens_details")
    if details and _sum(details) != cached:
        yield f"cached_tokens_details add up to {_sum(details)}, not {cached}"


def _sum(details: dict[str, Any]) -> int:
    kinds = ("text_tokens", "audio_tokens", "image_tokens")
    return sum(details.get(kind, 0) for kind in kinds)
