"""Scenes over a call, played by a faultless server: sound is no event, its playing is told."""

from collections.abc import Callable
from typing import Any

from conformance.traces import Script


class Call(Script):
    """A stream of events beside a stream of sound."""

    def __init__(self) -> None:
        super().__init__()
        self.dialect = "call"

    def answer_begins(self) -> dict[str, Any]:
        """A turn of the user, and the answer as it begins to sound."""
        self.speech_ends(self.speech_begins())
        self.begin()
        item = self.message_begins("audio")
        self.playout("started")
        self.part("output_audio_transcript.delta", item["id"], delta="Once upon a time")
        return item

    def playout(self, state: str) -> None:
        """What becomes of the response's sound."""
        self.server(f"output_audio_buffer.{state}", response_id=self.response["id"])

    def truncated(self, item: dict[str, Any], end_ms: int) -> None:
        """The item ends where it was heard to."""
        self.server(
            "conversation.item.truncated",
            item_id=item["id"],
            content_index=0,
            audio_end_ms=end_ms,
        )


def played() -> Script:
    """An answer that is heard to its end, and a written one."""
    script = Call()
    script.connect()
    item = script.answer_begins()
    script.speech_closes(item, "Once upon a time")
    script.end()
    script.playout("stopped")
    script.respond(output_modalities=["text"])
    script.write("The end.")
    script.end()
    return script


def interrupted() -> Script:
    """Speech ends an answer, and what was not heard of it is cut off."""
    script = Call()
    script.connect()
    item = script.answer_begins()
    script.speech_begins(start_ms=2600)
    script.speech_closes(item, "Once upon a time", "incomplete")
    script.end("cancelled", reason="turn_detected")
    script.playout("cleared")
    script.truncated(item, 150)
    return script


def cleared() -> Script:
    """The client wants to hear no more of an answer that goes on."""
    script = Call()
    script.connect()
    item = script.answer_begins()
    script.client("output_audio_buffer.clear")
    script.playout("cleared")
    script.truncated(item, 150)
    script.speech_closes(item, "Once upon a time")
    script.end()
    return script


def queued() -> Script:
    """What waits to be heard behind an answer goes with it."""
    script = Call()
    script.connect()
    first = script.answer_begins()
    script.speech_closes(first, "Once upon a time")
    script.end()
    before = script.response
    script.respond()
    second = script.message_begins("audio")
    script.speech_closes(second, "")
    script.end()
    script.client("output_audio_buffer.clear")
    for response in (before, script.response):
        script.server("output_audio_buffer.cleared", response_id=response["id"])
    script.truncated(first, 150)
    script.truncated(second, 0)
    return script


def cut_twice() -> Script:
    """The client truncates by itself, also past the end, of which nobody else can know."""
    script = Call()
    script.connect()
    item = script.answer_begins()
    script.speech_closes(item, "Once upon a time")
    script.end()
    script.playout("stopped")
    for asked, end_ms in ((300, 300), (900, 300)):
        script.client(
            "conversation.item.truncate",
            item_id=item["id"],
            content_index=0,
            audio_end_ms=asked,
        )
        if asked > end_ms:
            message = f"Audio content of {end_ms}ms is already shorter than {asked}ms"
            error = {"type": "invalid_request_error", "code": "invalid_value", "param": None}
            script.server("error", error={**error, "message": message, "event_id": None})
        script.truncated(item, end_ms)
    return script


CALL_SCENES: tuple[Callable[[], Script], ...] = (played, interrupted, cleared, queued, cut_twice)
