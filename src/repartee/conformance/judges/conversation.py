"""The judge of the conversation: its items, their order, and every conversation.item.* event."""

from dataclasses import dataclass
from typing import Literal

from repartee.conformance.findings import Findings
from repartee.conformance.judges import items
from repartee.conformance.judges.configuration import BYTES_PER_MS
from repartee.conformance.judges.items import Event, Item

# Filters and resampling may add or take a little at the ends of retrieved audio.
_SLACK_MS = 20

Origin = Literal["client", "commit", "response", "server"]


@dataclass
class Entry:
    """One item of the conversation as it was added, and what has become of it."""

    item: Item
    origin: Origin
    previous: str | None
    done: bool = False
    truncated_ms: int | None = None
    held_ms: tuple[float, float] | None = None  # of audio that was committed: at least, at most
    format: str = ""  # of that audio


class Conversation:
    """The default conversation, rebuilt from the server's own events."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self.order: list[str] = []
        self.entries: dict[str, Entry] = {}
        self.call_ids: set[str] = set()
        self._undone: str | None = None  # a client's or committed item: done comes right after

    @property
    def last_id(self) -> str | None:
        """The id of the last item, None in an empty conversation."""
        return self.order[-1] if self.order else None

    def added(self, event: Event, origin: Origin, previous: str | None) -> None:
        """An item entered the conversation; by the rules its predecessor is `previous`."""
        item = event["item"]
        self.settle()
        self._judge(item)
        if item["id"] in self.order:
            self._findings.note("item-duplicate", f"item {item['id']} is added a second time")
            return
        told = event.get("previous_item_id")
        if told != previous:
            self._findings.note(
                "item-order", f"previous_item_id of {item['id']} is {told!r}, not {previous!r}"
            )
        place = self.order.index(previous) + 1 if previous in self.order else 0
        self.order.insert(place, item["id"])
        self.entries[item["id"]] = Entry(item, origin, told)
        if item["type"] == "function_call":
            self.call_ids.add(item["call_id"])
        if origin in ("client", "commit"):
            self._undone = item["id"]

    def done(self, event: Event) -> None:
        """An item of the conversation is final."""
        item = event["item"]
        entry = self.entries.get(item["id"])
        self._judge(item)
        if entry is None:
            self._findings.note("item-known", f"item {item['id']} is done but was never added")
            return
        if entry.done:
            self._findings.note("item-done", f"item {item['id']} is done a second time")
        entry.done = True
        self._judge_place(event, entry)
        if self._undone == item["id"]:
            self._undone = None
            if not items.same(item, entry.item):
                self._findings.note("item-done", f"item {item['id']} is done otherwise than added")

    def _judge_place(self, event: Event, entry: Entry) -> None:
        item_id = event["item"]["id"]
        if item_id not in self.order or "previous_item_id" not in event:
            return
        place = self.order.index(item_id)
        now = self.order[place - 1] if place else None
        if event["previous_item_id"] not in (now, entry.previous):
            self._findings.note(
                "item-order",
                f"previous_item_id of {item_id} is {event['previous_item_id']!r}, not {now!r}",
            )

    def _judge(self, item: Item) -> None:
        for problem in items.part_problems(item):
            self._findings.note("item-parts", f"item {item['id']}: {problem}")
        if items.carries_audio(item):
            self._findings.note("item-audio", f"item {item['id']} carries audio bytes")

    def settle(self) -> None:
        """Something happens that must come after conversation.item.done of the last item."""
        if self._undone is not None:
            self._findings.note("item-done", f"item {self._undone} is not done right after added")
            self._undone = None

    def deleted(self, item_id: str) -> None:
        """The item left the conversation."""
        if item_id in self.order:
            self.order.remove(item_id)

    def truncated(self, item_id: str, audio_end_ms: int) -> None:
        """The item was cut; what is gone stays gone."""
        entry = self.entries.get(item_id)
        if entry is not None:
            cuts = (audio_end_ms, entry.truncated_ms)
            entry.truncated_ms = min(cut for cut in cuts if cut is not None)

    def heard(self, item_id: str, held_ms: tuple[float, float], format: str) -> None:
        """How much audio a committed item was made of."""
        if item_id in self.entries:
            self.entries[item_id].held_ms, self.entries[item_id].format = held_ms, format

    def retrieved(self, item: Item, audio_is_kept: bool, format: str) -> None:
        """The server gave its copy of an item; `format` is that of the session's input."""
        item_id = item["id"]
        entry = self.entries.get(item_id)
        for problem in items.part_problems(item, retrieved=True):
            self._findings.note("item-parts", f"item {item_id}: {problem}")
        if entry is None:
            return
        if entry.origin == "commit" and audio_is_kept and not items.carries_audio(item):
            self._findings.note("retrieved", f"user item {item_id} is retrieved without audio")
        if entry.held_ms is not None and entry.format == format:
            self._judge_length(item, entry.held_ms, format)
        if entry.truncated_ms is not None and any(items.words(item)):
            self._findings.note(
                "truncated-transcript", f"item {item_id} was truncated and still has its transcript"
            )

    def _judge_length(self, item: Item, held_ms: tuple[float, float], format: str) -> None:
        """Audio in another format than the session's would be twice as long, or half."""
        least, most = held_ms
        for audio in items.audio(item):
            ms = len(audio) / BYTES_PER_MS[format]
            if not least / 2 - _SLACK_MS <= ms <= most + _SLACK_MS:
                self._findings.note(
                    "retrieved", f"{item['id']} has {ms:.0f} ms of {format}, {most:.0f} went in"
                )

    def is_truncated(self, item_id: str) -> bool:
        """Whether the item has been truncated."""
        entry = self.entries.get(item_id)
        return entry is not None and entry.truncated_ms is not None

    @property
    def has_tools_of_servers(self) -> bool:
        """Whether an MCP item is there: its results are carried on by the server itself."""
        return any(self.entries[item_id].item["type"].startswith("mcp_") for item_id in self.order)
