"""One response, from response.created to response.done."""

import pytest

from conformance.judging import Broken, Change, add, breaks, drop, judge, move, put, rules_broken
from conformance.scenes import barge_in, cancel, function_call, out_of_band, text_turn, unhappy
from conformance.traces import Script

DONE = "response.done"
OUTPUT_DONE = "response.output_item.done"
ITEM_DONE = "conversation.item.done"


def completed_item(nth: int = 0) -> tuple[Change, ...]:
    """Tells an incomplete item as completed, wherever it is told."""
    return (
        put(OUTPUT_DONE, "item.status", "completed", nth),
        put(ITEM_DONE, "item.status", "completed", nth + 1),
        put(DONE, "response.output.0.status", "completed", nth),
    )


def cancelled_between_items() -> Script:
    """What was finished before the cancel stays completed."""
    script = Script().connect()
    script.user_text()
    script.respond()
    script.say("One.")
    script.client("response.cancel")
    script.end("cancelled", reason="client_cancelled")
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks("created-blank", text_turn, put("response.created", "response.status", "completed")),
        breaks(
            "created-blank",
            text_turn,
            put(
                "response.created",
                "response.usage",
                {"total_tokens": 0, "input_tokens": 0, "output_tokens": 0},
            ),
        ),
        breaks("indexes", text_turn, put("response.output_item.added", "output_index", 1)),
        breaks(
            "indexes",
            text_turn,
            add(
                "response.output_text.delta",
                before="response.output_text.done",
                response_id="resp_1",
                item_id="item_2",
                output_index=1,
                content_index=0,
                delta="",
            ),
        ),
        breaks(
            "item-before-content",
            text_turn,
            move("conversation.item.added", 1, before="response.output_text.delta"),
        ),
        breaks("item-before-content", function_call, drop("conversation.item.added", nth=-1)),
        breaks("closing", text_turn, drop(OUTPUT_DONE), drop(ITEM_DONE, nth=-1)),
        breaks("item-done", text_turn, drop(ITEM_DONE, nth=-1), rulings=False),
        breaks("response-home", text_turn, put(DONE, "response.conversation_id", "conv_2")),
        breaks("metadata", text_turn, put(DONE, "response.metadata", {})),
        breaks("response-output", text_turn, put(DONE, "response.output", [])),
        breaks("response-output", function_call, put(DONE, "response.output.0.content.0.text", "")),
        breaks("response-status", text_turn, put(DONE, "response.status", "in_progress")),
        breaks(
            "response-status", text_turn, put(DONE, "response.status_details", {"type": "failed"})
        ),
        breaks(
            "response-status", unhappy, put(DONE, "response.status_details", {"type": "failed"})
        ),
        breaks("response-status", unhappy, put(DONE, "response.status_details.error.message", "")),
        breaks("response-status", unhappy, put(DONE, "response.status_details", None, nth=1)),
        breaks("response-status", unhappy, put(DONE, "response.status_details.type", ..., nth=1)),
        breaks("item-status", cancel, *completed_item()),
        breaks("item-status", barge_in, *completed_item()),
        breaks(
            "item-status",
            text_turn,
            put(OUTPUT_DONE, "item.status", "incomplete"),
            put(ITEM_DONE, "item.status", "incomplete", -1),
            put(DONE, "response.output.0.status", "incomplete"),
        ),
        breaks(
            "item-status",
            unhappy,
            put(OUTPUT_DONE, "item.status", "completed"),
            put(ITEM_DONE, "item.status", "completed", -1),
            put(DONE, "response.output.0.status", "completed", -1),
        ),
        breaks(
            "item-status",
            cancel,
            put(OUTPUT_DONE, "item.status", "in_progress"),
            put(ITEM_DONE, "item.status", "in_progress", 1),
            put(DONE, "response.output.0.status", "in_progress"),
        ),
        breaks("usage", text_turn, put(DONE, "response.usage.total_tokens", 31)),
        breaks("usage", text_turn, put(DONE, "response.usage.input_token_details.text_tokens", 6)),
        breaks("usage", text_turn, put(DONE, "response.usage.output_token_details.text_tokens", 5)),
        breaks(
            "usage", text_turn, put(DONE, "response.usage.input_token_details.cached_tokens", 5)
        ),
        breaks("usage", text_turn, put(DONE, "response.usage", None)),
        breaks(
            "cancel-reason",
            barge_in,
            put("session.created", "session.audio.input.turn_detection.interrupt_response", False),
        ),
        breaks(
            "interrupt",
            barge_in,
            move(
                "input_audio_buffer.speech_started",
                1,
                before="response.output_audio_transcript.delta",
                nth_before=2,
            ),
            put("input_audio_buffer.speech_started", "audio_start_ms", 1600, 1),
        ),
        breaks(
            "interrupt",
            barge_in,
            put(DONE, "response.status", "incomplete"),
            put(
                DONE, "response.status_details", {"type": "incomplete", "reason": "content_filter"}
            ),
        ),
        breaks(
            "out-of-band",
            out_of_band,
            add(
                "conversation.item.added",
                before="response.content_part.added",
                item={
                    "id": "item_2",
                    "type": "message",
                    "role": "assistant",
                    "status": "in_progress",
                    "content": [],
                },
            ),
        ),
    ],
)
def test_ladders(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


def test_an_item_that_was_finished_before_the_cancel_stays_completed() -> None:
    assert not judge(cancelled_between_items().steps)


def test_details_of_usage_may_be_left_out() -> None:
    script = text_turn()
    usage = {"total_tokens": 3, "input_tokens": 2, "output_tokens": 1}
    put(DONE, "response.usage", usage)(script.steps)
    assert not judge(script.steps)
    put(DONE, "response.usage.input_token_details", {"text_tokens": 2, "cached_tokens": 3})(
        script.steps
    )
    assert {violation.rule for violation in judge(script.steps)} == {"usage"}
