"""One output item: its parts, their streams and their ends."""

from typing import Any

import pytest

from conformance.judging import Broken, add, breaks, drop, judge, put, repeat, rules_broken
from conformance.scenes import cancel, function_call, spoken_turn, text_turn
from conformance.sessions import MANUAL
from conformance.traces import Script

PART: dict[str, Any] = {
    "response_id": "resp_1",
    "item_id": "item_2",
    "output_index": 0,
    "content_index": 0,
}
CALL = {
    "id": "item_2",
    "type": "function_call",
    "status": "completed",
    "name": "look",
    "call_id": "call_1",
    "arguments": "",
}
ARGUMENTS = "response.function_call_arguments"
TRANSCRIPT = "response.output_audio_transcript"


def nameless_call() -> Script:
    """A call of nothing."""
    script = Script(MANUAL).connect()
    script.respond()
    script.call("", "{}")
    script.end()
    return script


def truncated_while_spoken() -> Script:
    """The client truncates what is being spoken; the finished item has no transcript."""
    script = Script(MANUAL).connect()
    script.user_text()
    script.respond()
    item = script.message_begins("audio")
    script.speak(item, "Once ", "upon ")
    place = {"item_id": item["id"], "content_index": 0}
    script.client("conversation.item.truncate", **place, audio_end_ms=120)
    script.server("conversation.item.truncated", **place, audio_end_ms=120)
    script.speak(item, "a time")
    words = "Once upon a time"
    script.part("output_audio.done", item["id"])
    script.part("output_audio_transcript.done", item["id"], transcript=words)
    script.part("content_part.done", item["id"], part={"type": "audio", "transcript": words})
    content = [{"type": "output_audio"}]
    script.item_closes({**item, "status": "completed", "content": content})
    script.end()
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks(
            "output-added",
            text_turn,
            put("response.output_item.added", "item.status", "completed"),
            put("conversation.item.added", "item.status", "completed", nth=1),
        ),
        breaks(
            "output-added",
            text_turn,
            put("response.output_item.added", "item.role", "user"),
            put("conversation.item.added", "item.role", "user", nth=1),
        ),
        breaks(
            "output-added",
            function_call,
            put("response.output_item.added", "item.arguments", "{", nth=1),
            put("conversation.item.added", "item.arguments", "{", nth=2),
        ),
        breaks("indexes", text_turn, put("response.content_part.added", "content_index", 1)),
        breaks("part-begins", text_turn, put("response.content_part.added", "part.text", ...)),
        breaks(
            "part-begins", spoken_turn, put("response.content_part.added", "part.transcript", "Hi")
        ),
        breaks("part-begins", spoken_turn, put("response.content_part.added", "part.text", "")),
        breaks("part-begins", text_turn, put("response.content_part.done", "part.type", "audio")),
        breaks(
            "part-kind",
            spoken_turn,
            put("response.created", "response.output_modalities", ["text"]),
            put("session.created", "session.output_modalities", ["text"]),
        ),
        breaks(
            "delta-place",
            text_turn,
            add("response.output_text.delta", before="response.output_item.done", **PART, delta=""),
        ),
        breaks(
            "delta-place",
            text_turn,
            add(
                "response.output_audio.delta",
                before="response.output_text.done",
                **PART,
                delta="AAAA",
            ),
        ),
        breaks(
            "delta-place",
            text_turn,
            add(
                "response.output_text.delta", before="response.content_part.done", **PART, delta=""
            ),
        ),
        breaks(
            "delta-place",
            function_call,
            add(
                f"{ARGUMENTS}.delta",
                before="response.output_item.done",
                nth=1,
                response_id="resp_1",
                item_id="item_3",
                output_index=1,
                call_id="call_1",
                delta="",
            ),
        ),
        breaks("closing", text_turn, drop("response.output_text.done")),
        breaks("closing", spoken_turn, drop("response.output_audio.done")),
        breaks("closing", spoken_turn, drop(f"{TRANSCRIPT}.done")),
        breaks("closing", text_turn, drop("response.content_part.done")),
        breaks("closing", text_turn, repeat("response.output_text.done")),
        breaks("closing", function_call, drop(f"{ARGUMENTS}.done")),
        breaks("closing", function_call, repeat(f"{ARGUMENTS}.done")),
        breaks(
            "call",
            function_call,
            put("response.output_item.added", "item.name", "", nth=1),
            put("conversation.item.added", "item.name", "", nth=2),
        ),
        breaks("closing", text_turn, repeat("response.output_item.done"), rulings=False),
        breaks(
            "output-added",
            text_turn,
            put("response.output_item.done", "item", CALL),
            put("conversation.item.done", "item", CALL, nth=-1),
            put("response.done", "response.output.0", CALL),
        ),
        breaks("sums", text_turn, drop("response.output_text.delta")),
        breaks("sums", text_turn, put("response.output_text.done", "text", "Bye")),
        breaks("sums", spoken_turn, put(f"{TRANSCRIPT}.done", "transcript", "Bye")),
        breaks("sums", spoken_turn, put("response.content_part.done", "part.transcript", ...)),
        breaks("sums", function_call, put(f"{ARGUMENTS}.done", "arguments", "{}")),
        breaks("sums", function_call, drop(f"{ARGUMENTS}.delta")),
        breaks(
            "sums",
            cancel,
            put("response.output_item.done", "item.content.0.transcript", "Once upon"),
            put("conversation.item.done", "item.content.0.transcript", "Once upon", nth=1),
            put("response.done", "response.output.0.content.0.transcript", "Once upon"),
        ),
        breaks(
            "sums",
            function_call,
            put("response.output_item.done", "item.arguments", "{}", nth=1),
            put("conversation.item.done", "item.arguments", "{}", nth=2),
            put("response.done", "response.output.1.arguments", "{}"),
        ),
        breaks(
            "sums",
            text_turn,
            put("response.output_item.done", "item.content", []),
            put("conversation.item.done", "item.content", [], nth=-1),
            put("response.done", "response.output.0.content", []),
        ),
        breaks("call", nameless_call),
        breaks("audio-bytes", spoken_turn, put("response.output_audio.delta", "delta", "AAAA")),
        breaks("audio-bytes", spoken_turn, put("response.output_audio.delta", "delta", "A%%A")),
        breaks("item-audio", spoken_turn, put("response.content_part.done", "part.audio", "AAAA")),
        breaks("call", function_call, put(f"{ARGUMENTS}.done", "name", "news")),
        breaks("call", function_call, put(f"{ARGUMENTS}.delta", "call_id", "call_9")),
    ],
)
def test_output_items(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


def test_truncation_while_it_is_spoken_takes_only_the_transcript_of_the_item() -> None:
    assert not judge(truncated_while_spoken().steps)


def test_a_streamed_part_is_told_whole_even_if_truncated() -> None:
    script = truncated_while_spoken()
    put("response.content_part.done", "part.transcript", "Once ")(script.steps)
    assert {violation.rule for violation in judge(script.steps)} == {"sums"}
