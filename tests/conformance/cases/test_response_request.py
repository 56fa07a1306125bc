"""Each case about what response.create asks for is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import Event, also, change, hears
from repartee.conformance.play.case import Case
from repartee.conformance.play.moves import message

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


def _as_added(event: Event) -> Event:
    return {"type": "conversation.item.added", "item": event["item"]}


def _added(event: Event) -> Event:
    item = {"id": "item_1", "role": "user", **message("Say hello.")}
    return {"type": "conversation.item.added", "item": item}


PLANTED: Planted = {
    "a_response_may_stand_beside": [
        lambda: change("response.created", "response.conversation_id", "conv_1", skip=1),
        lambda: also("response.output_item.added", _as_added),
        lambda: hears("response.create", "response.conversation", "auto", skip=1),
        lambda: change("error", "error.code", "invalid_value"),
    ],
    "metadata_comes_back": [
        lambda: change("response.created", "response.metadata", {}),
        lambda: change("response.done", "response.metadata", None),
    ],
    "too_much_metadata_is_refused": [
        lambda: hears("response.create", "response.metadata", {}),
        lambda: hears("response.create", "response.metadata", {}, skip=1),
        lambda: hears("response.create", "response.metadata", {}, skip=2),
    ],
    "input_is_the_context": [
        lambda: hears("response.create", "response.input", None),
        lambda: hears("response.create", "response.input", [message("Say hello.")], skip=1),
    ],
    "input_stays_out_of_the_conversation": [
        lambda: also("response.created", _added),
    ],
    "an_unknown_reference_is_refused": [
        lambda: hears("response.create", "response.input", []),
        lambda: also("error", {"type": "response.created", "response": {"id": "resp_other"}}),
    ],
    "instructions_replace_those_of_the_session": [
        lambda: hears("response.create", "response.instructions", None),
        lambda: hears("response.create", "response.instructions", "Be brief.", skip=1),
    ],
    "overrides_hold_once": [
        lambda: hears("response.create", "response.output_modalities", ["audio"]),
        lambda: hears("response.create", "response.output_modalities", ["text"], skip=1),
        lambda: change("response.done", "response.max_output_tokens", 5),
        lambda: change("response.done", "response.max_output_tokens", 1000, skip=1),
    ],
    "a_response_may_have_its_own_format": [
        lambda: hears("response.create", "response.audio", None),
    ],
    "another_voice_is_refused_once_heard": [
        lambda: hears("response.create", "response.audio", None),
        lambda: change("error", "error.code", "invalid_value"),
    ],
    "speed_holds_from_the_next_response": [
        lambda: change("session.updated", "session.audio.output.speed", 1, skip=1),
    ],
    "a_response_may_have_its_own_effort": [
        lambda: hears("response.create", "response.reasoning.effort", "heroic"),
        lambda: change("response.done", "response.status", "failed"),
    ],
}


@pytest.mark.parametrize("case", cases_in("response_request"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
