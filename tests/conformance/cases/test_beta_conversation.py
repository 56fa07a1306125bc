"""Each case about items and answers of the beta is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import (
    also,
    change,
    does_as_well,
    drop,
    hears,
    ignores,
    in_place,
    late,
    rename,
    takes_for,
)
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

CREATE, CREATED = "conversation.item.create", "conversation.item.created"
RESPOND, DONE = "response.create", "response.done"
PART = "response.content_part.added"

PLANTED: Planted = {
    "an_item_is_created_by_one_event": [
        lambda: rename(CREATED, "conversation.item.added"),
        lambda: also(CREATED, lambda event: {**event, "type": "conversation.item.done"}),
        lambda: change(CREATED, "item.id", "item_two"),
        lambda: change(CREATED, "item.content", []),
    ],
    "created_items_have_their_place": [
        lambda: change(CREATED, "previous_item_id", "item_0"),
        lambda: hears(CREATE, "previous_item_id", None),
        lambda: change(CREATED, "previous_item_id", None, skip=3),
        lambda: ignores(CREATE, skip=4),
    ],
    "an_assistant_item_holds_text": [
        lambda: change(CREATED, "item.content.0.type", "output_text"),
        lambda: hears(CREATE, "item.content.0.type", "text"),
        lambda: change("error", "error.message", "No."),
    ],
    "a_text_answer_has_the_older_names": [
        lambda: rename("response.text.delta", "response.output_text.delta"),
        lambda: drop(CREATED, skip=1),
        lambda: late(CREATED, PART, when=lambda event: event["item"]["role"] == "assistant"),
        lambda: change(PART, "part", {"type": "text"}),
        lambda: change(DONE, "response.output.0.content.0.type", "output_text"),
    ],
    "a_spoken_answer_has_the_older_names": [
        lambda: rename("response.audio.delta", "response.output_audio.delta"),
        lambda: rename("response.audio_transcript.done", "response.output_audio_transcript.done"),
        lambda: late(CREATED, PART, when=lambda event: event["item"]["role"] == "assistant"),
        lambda: change(PART, "part", {"type": "audio"}),
        lambda: change(DONE, "response.output.0.content.0.type", "output_audio"),
        lambda: change(DONE, "response.output.0.content.0.transcript", "Else."),
    ],
    "a_response_shows_its_flat_settings": [
        lambda: change("response.created", "response.modalities", ["audio", "text"]),
        lambda: change("response.created", "response.temperature", 0.8),
        lambda: change("response.created", "response.output_modalities", ["text"]),
        lambda: hears(
            RESPOND,
            "response.output_audio_format",
            "pcm16",
            when=lambda event: "output_audio_format" in event["response"],
        ),
    ],
    "a_call_has_one_event_of_the_conversation": [
        lambda: drop(CREATED, skip=1),
        lambda: also(
            "response.output_item.done",
            lambda event: {"type": "conversation.item.done", "item": event["item"]},
        ),
        lambda: does_as_well(CREATE, {"type": RESPOND}, skip=1),
        lambda: change("error", "error.code", "invalid_value"),
    ],
    "one_answer_at_a_time": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.message", "Another one runs."),
        lambda: change(DONE, "response.status", "completed"),
        lambda: change("error", "error.code", "invalid_value", skip=1),
    ],
    "an_answer_out_of_band_leaves_no_item": [
        lambda: hears(RESPOND, "response.conversation", "auto"),
        lambda: change(DONE, "response.conversation_id", "conv_1"),
        lambda: change(DONE, "response.metadata", None),
    ],
    "a_flat_limit_makes_an_answer_incomplete": [
        lambda: hears(RESPOND, "response.max_response_output_tokens", "inf"),
        lambda: change(DONE, "response.status_details.reason", "content_filter"),
        lambda: change(DONE, "response.status", "completed"),
    ],
    "spoken_items_are_retrieved_truncated_and_deleted": [
        lambda: change("conversation.item.retrieved", "item.content.0.type", "output_audio"),
        lambda: change("conversation.item.retrieved", "item.content.0.transcript", "Hi.", skip=1),
        lambda: change("conversation.item.truncated", "audio_end_ms", 1),
        lambda: takes_for(
            "conversation.item.retrieve", {"type": "conversation.item.delete"}, skip=2
        ),
    ],
    "a_retrieved_user_item_has_its_audio": [
        lambda: change("conversation.item.retrieved", "item.content.0.audio", None),
        lambda: change("conversation.item.retrieved", "item.content.0.type", "audio"),
    ],
    "events_of_other_dialects_are_invalid": [
        lambda: ignores("response.stop"),
        lambda: change("error", "error.param", None),
        lambda: in_place("error", {"type": "session.updated", "session": {}}),
    ],
}


@pytest.mark.parametrize("case", cases_in("beta_conversation"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
