"""The judge of one output item: its parts, their deltas, and the way they are closed."""

import binascii
from dataclasses import dataclass, field

from repartee.conformance.findings import Findings
from repartee.conformance.judges import items
from repartee.conformance.judges.items import Event, Item

# The part that an event belongs in, by the middle of its type.
_PART_KIND = {
    "output_text": "text",
    "output_audio": "audio",
    "output_audio_transcript": "audio",
}

# What a part's words are called, in the part and in the done event.
_WORDS = {"text": "text", "audio": "transcript"}

# The done events a part needs before it may close.
_ENDINGS = {
    "text": frozenset({"output_text"}),
    "audio": frozenset({"output_audio", "output_audio_transcript"}),
}


@dataclass
class Part:
    """One content part on its way: what has been streamed of it and which streams have ended."""

    kind: str
    pieces: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    closed: bool = False

    @property
    def words(self) -> str:
        """All that was streamed, as one text."""
        return "".join(self.pieces)


class OutputItem:
    """One item of a response, from output_item.added to output_item.done."""

    def __init__(self, findings: Findings, item: Item, sample_bytes: int) -> None:
        self._findings = findings
        self._sample_bytes = sample_bytes
        self.item = item
        self.parts: list[Part] = []
        self.arguments: list[str] = []
        self.arguments_done = False
        self.in_conversation = False  # conversation.item.added was seen
        self.conversation_done = False
        self.final: Item | None = None
        self.audio_bytes = 0
        self.cut_short = False  # it was open when it was to be cancelled

    @property
    def id(self) -> str:
        """The item's id."""
        item_id: str = self.item["id"]
        return item_id

    def judge_beginning(self) -> None:
        """An item begins in progress and without anything in it."""
        item = self.item
        if item.get("status", "in_progress") != "in_progress":
            self._findings.note("output-added", f"{self.id} begins with status {item['status']!r}")
        if items.parts(item) or (item["type"] == "function_call" and item["arguments"]):
            self._findings.note("output-added", f"{self.id} begins with content")
        if item["type"] == "message" and item["role"] != "assistant":
            self._findings.note("output-added", f"{self.id} is a message of the {item['role']}")
        if item["type"] == "function_call" and not (item["name"] and item["call_id"]):
            self._findings.note("call", f"{self.id} begins without name or call_id")

    def part_added(self, event: Event, text_only: bool) -> None:
        """response.content_part.added"""
        part = event["part"]
        index, kind = event["content_index"], part["type"]
        if index != len(self.parts):
            self._findings.note("indexes", f"content_index {index}, not {len(self.parts)}")
        other = "text" if kind == "audio" else "transcript"
        if part.get(_WORDS[kind]) != "" or part.get(other) is not None:
            self._findings.note("part-begins", f"the {kind} part begins as {part}")
        if text_only and kind == "audio":
            self._findings.note("part-kind", "a text response has an audio part")
        self._judge_part_audio(part)
        self.parts.append(Part(kind))

    def delta(self, event: Event, stream: str) -> None:
        """A delta of text, audio or transcript; `stream` is the middle of its type."""
        part = self._open_part(event, stream)
        if part is None:
            return
        if stream in part.ended:
            self._findings.note("delta-place", f"{stream} goes on after it was done")
        if stream == "output_audio":
            self._judge_audio(event["delta"])
        else:
            part.pieces.append(event["delta"])

    def stream_done(self, event: Event, stream: str) -> None:
        """The done event of text, audio or transcript."""
        part = self._open_part(event, stream)
        if part is None:
            return
        if stream in part.ended:
            self._findings.note("closing", f"{stream} is done twice")
        part.ended.add(stream)
        told = event.get(_WORDS[part.kind])
        if stream != "output_audio" and told != part.words:
            self._findings.note("sums", f"{stream}.done says {told!r:.60}, not {part.words!r:.60}")

    def part_done(self, event: Event) -> None:
        """response.content_part.done"""
        told = event["part"]
        part = self._open_part(event, "")
        if part is None:
            return
        part.closed = True
        if told["type"] != part.kind:
            self._findings.note("part-begins", f"the {part.kind} part ends as {told['type']}")
            return
        missing = _ENDINGS[part.kind] - part.ended
        if missing:
            self._findings.note("closing", f"the part closes before {sorted(missing)} are done")
        if told.get(_WORDS[part.kind]) != part.words:
            self._findings.note("sums", f"content_part.done is {told}, not {part.words!r:.60}")
        self._judge_part_audio(told)

    def arguments_delta(self, event: Event) -> None:
        """A piece of a call's arguments."""
        self._judge_call(event)
        if self.arguments_done:
            self._findings.note("delta-place", f"arguments of {self.id} go on after they were done")
        self.arguments.append(event["delta"])

    def arguments_finished(self, event: Event) -> None:
        """The done event of a call's arguments."""
        self._judge_call(event)
        if self.arguments_done:
            self._findings.note("closing", f"arguments of {self.id} are done twice")
        self.arguments_done = True
        if event["arguments"] != "".join(self.arguments):
            self._findings.note("sums", f"arguments of {self.id} are not what was streamed")

    def done(self, item: Item, truncated: bool) -> None:
        """response.output_item.done; `truncated` excuses a transcript that is gone."""
        if self.final is not None:
            self._findings.note("closing", f"{self.id} is done twice")
        self.final = item
        self._judge_open_ends()
        if item["type"] != self.item["type"]:
            self._findings.note("output-added", f"{self.id} began as a {self.item['type']}")
            return
        if self.item["type"] == "function_call":
            self._judge_final_call(item)
        if self.item["type"] == "message":
            self._judge_final_words(item, truncated)
        if item.get("status") == "in_progress":
            self._findings.note("item-status", f"{self.id} is done while in progress")

    def _judge_open_ends(self) -> None:
        if not all(part.closed for part in self.parts):
            self._findings.note("closing", f"{self.id} is done before its parts")
        if self.item["type"] == "function_call" and not self.arguments_done:
            self._findings.note("closing", f"{self.id} is done before its arguments")

    def _judge_final_call(self, item: Item) -> None:
        if (item["name"], item["call_id"]) != (self.item["name"], self.item["call_id"]):
            self._findings.note("call", f"{self.id} ends as another call")
        if item["arguments"] != "".join(self.arguments):
            self._findings.note("sums", f"{self.id} ends with other arguments")

    def _judge_final_words(self, item: Item, truncated: bool) -> None:
        kinds = [f"output_{part.kind}" for part in self.parts]
        if [part["type"] for part in items.parts(item)] != kinds:
            self._findings.note("sums", f"{self.id} ends with other parts than it had")
            return
        for told, part in zip(items.words(item), self.parts, strict=True):
            if told != part.words and not (truncated and not told):
                self._findings.note("sums", f"{self.id} ends as {told!r:.60}")

    def _open_part(self, event: Event, stream: str) -> Part | None:
        index = event["content_index"]
        known = self.final is None and 0 <= index < len(self.parts)
        if not known or self.parts[index].closed:
            self._findings.note("delta-place", f"{event['type']} outside an open part")
            return None
        part = self.parts[index]
        if stream and _PART_KIND[stream] != part.kind:
            self._findings.note("delta-place", f"{event['type']} in a {part.kind} part")
            return None
        return part

    def _judge_call(self, event: Event) -> None:
        for key in ("call_id", "name"):
            if key in event and event[key] != self.item.get(key):
                self._findings.note("call", f"{key} {event[key]!r} is not {self.item.get(key)!r}")

    def _judge_audio(self, delta: str) -> None:
        try:
            size = len(binascii.a2b_base64(delta, strict_mode=True))
        except ValueError:
            self._findings.note("audio-bytes", "the audio delta is no base64")
            return
        self.audio_bytes += size
        if size % self._sample_bytes:
            self._findings.note("audio-bytes", f"{size} bytes are no whole PCM samples")

    def _judge_part_audio(self, part: dict[str, str]) -> None:
        if part.get("audio"):
            self._findings.note("item-audio", "the content part carries audio bytes")
