"""Each case about fields of the beta is proven by servers that break what it shows."""

from typing import Any

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import Sabotage, change, takes_for
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

UPDATE, UPDATED = "session.update", "session.updated"
COMPLETED = "conversation.item.input_audio_transcription.completed"
NOISE = "input_audio_noise_reduction"


def accepts(name: str, value: Any) -> Sabotage:
    """Updates that say this are taken, as if they said nothing."""
    empty: dict[str, Any] = {"session": {}}
    return takes_for(UPDATE, empty, when=lambda event: event["session"].get(name) == value)


def shows(name: str, value: Any, skip: int = 0) -> Sabotage:
    """The session has another value than the one in force."""
    return change(UPDATED, f"session.{name}", value, skip=skip)


PLANTED: Planted = {
    "null_says_nothing": [
        lambda: shows("temperature", 0.8, skip=2),
        lambda: shows("instructions", "", skip=2),
        lambda: change("response.done", "response.status", "failed"),
    ],
    "members_of_ga_are_unknown_to_a_response": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.param", "response.modalities", skip=1),
        lambda: takes_for(
            "response.create",
            {"response": {"modalities": ["text"]}},
            when=lambda event: "turn_detection" in event["response"],
        ),
    ],
    "flat_tracing_is_set_once": [
        lambda: shows("tracing", None),
        lambda: accepts("tracing", {"workflow_name": "other"}),
    ],
    "flat_speed_has_a_range": [
        lambda: shows("speed", 1.0),
        lambda: accepts("speed", 1.6),
        lambda: change("error", "error.param", "session.audio.output.speed"),
    ],
    "flat_tool_choice_takes_all_its_forms": [
        lambda: shows("tool_choice", "auto"),
        lambda: change("error", "error.param", "session.tools"),
    ],
    "flat_noise_reduction_is_echoed": [
        lambda: shows(NOISE, {"type": "near_field"}, skip=1),
        lambda: shows(NOISE, {"type": "far_field"}, skip=2),
        lambda: accepts(NOISE, {"type": "mid_field"}),
    ],
    "flat_include_asks_for_probabilities": [
        lambda: change(COMPLETED, "logprobs", [{"token": "a", "logprob": -1, "bytes": [97]}]),
        lambda: accepts("include", ["item.everything"]),
    ],
}


@pytest.mark.parametrize("case", cases_in("beta_fields"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
