"""Each case about conversation items is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import (
    Event,
    also,
    change,
    does_as_well,
    drop,
    hears,
    ignores,
    late,
    rename,
    takes_for,
)
from repartee.conformance.play.case import Case
from repartee.conformance.play.moves import message

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_LOST = {"item": message("Hello.", id="lost")}


def _in_beta(event: Event) -> Event:
    return {**event, "type": "conversation.item.created"}


PLANTED: Planted = {
    "a_created_item_is_added_and_done": [
        lambda: rename("conversation.item.added", "conversation.item.created"),
        lambda: drop("conversation.item.done"),
        lambda: late("conversation.item.added", behind="conversation.item.done"),
        lambda: also("conversation.item.done", _in_beta),
        lambda: change("conversation.item.done", "item.content.0.text", "Good night."),
        lambda: change("conversation.item.done", "item.id", "item_1"),
    ],
    "ids_are_kept_or_given": [
        lambda: change("conversation.item.added", "item.id", "item_1"),
        lambda: change("conversation.item.added", "item.id", "1", skip=1),
    ],
    "items_stand_where_they_are_put": [
        lambda: change("conversation.item.added", "previous_item_id", "b", skip=2),
        lambda: change("conversation.item.added", "previous_item_id", "b", skip=3),
        lambda: hears("conversation.item.create", "previous_item_id", None, skip=2),
    ],
    "nothing_stands_behind_an_unknown_item": [
        lambda: hears("conversation.item.create", "previous_item_id", None),
        lambda: change("error", "error.param", None),
        lambda: does_as_well(
            "conversation.item.create", {**_LOST, "type": "conversation.item.create"}
        ),
    ],
    "an_id_is_used_once": [
        lambda: hears("conversation.item.create", "item.id", "other", skip=1),
        lambda: change("error", "error.param", None),
    ],
    "what_the_assistant_said_is_text": [
        lambda: takes_for(
            "conversation.item.create", {"item": message("Yes.", "assistant")}, skip=1
        ),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: takes_for("conversation.item.create", {"item": None}),
    ],
    "content_belongs_to_its_role": [
        lambda: takes_for("conversation.item.create", {"item": message("Yes.")}, skip=2),
        lambda: takes_for("conversation.item.create", {"item": message("Yes.")}, skip=3),
        lambda: takes_for("conversation.item.create", {"item": None}, skip=1),
    ],
    "pictures_come_as_data": [
        lambda: takes_for("conversation.item.create", {"item": message("Yes.")}, skip=1),
        lambda: takes_for("conversation.item.create", {"item": message("Yes.")}),
        lambda: change("error", "error.param", None),
        lambda: change("error", "error.event_id", "some other"),
    ],
    "audio_in_an_item_must_be_audio": [
        lambda: takes_for("conversation.item.create", {"item": message("Yes.")}),
        lambda: change("error", "error.param", "item.content[0].audio"),
    ],
    "an_output_needs_its_call": [
        lambda: takes_for("conversation.item.create", {"item": message("Yes.")}),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.message", "Which call?"),
        lambda: takes_for("conversation.item.create", {"item": None}, skip=2),
    ],
    "the_status_of_a_client_means_nothing": [
        lambda: change("conversation.item.added", "item.status", "incomplete", skip=1),
    ],
    "a_deleted_item_is_gone": [
        lambda: change("conversation.item.deleted", "item_id", "item_1"),
        lambda: change("conversation.item.added", "previous_item_id", "item_1", skip=2),
        lambda: hears("conversation.item.delete", "item_id", "item_1"),
        lambda: change("error", "error.code", "invalid_value"),
    ],
    "unknown_items_are_refused_by_verb": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.code", "item_delete_invalid_item_id", skip=1),
        lambda: change("error", "error.code", "item_delete_invalid_item_id", skip=2),
    ],
    "a_response_does_not_block_retrieval": [
        lambda: late("conversation.item.retrieved", behind="response.done"),
        lambda: ignores("conversation.item.retrieve"),
    ],
    "what_was_said_can_be_retrieved": [
        lambda: change("conversation.item.retrieved", "item.status", "in_progress"),
        lambda: change("conversation.item.retrieved", "item.role", "user"),
        lambda: change(
            "conversation.item.retrieved", "item.content.0.transcript", "Something else."
        ),
        lambda: change("conversation.item.done", "item.content.0.audio", "AAAA"),
    ],
}


@pytest.mark.parametrize("case", cases_in("items"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
