"""Each case about what session.update refuses is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import change, takes_for
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_NOTHING = {"session": {"type": "realtime"}}

PLANTED: Planted = {
    "an_update_must_tell_its_type": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.param", "type"),
        lambda: change("error", "error.message", "Which type?"),
    ],
    "unknown_fields_are_refused_by_their_path": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: takes_for("session.update", _NOTHING, skip=1),
        lambda: takes_for("session.update", _NOTHING, skip=5),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.param", "session.gain", skip=5),
    ],
    "a_refused_update_changes_nothing": [
        lambda: change("session.updated", "session.instructions", "Sing.", skip=1),
        lambda: change("session.updated", "session.max_output_tokens", 70, skip=1),
        lambda: takes_for("session.update", _NOTHING, skip=1),
    ],
    "the_kind_of_session_cannot_change": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: change("error", "error.message", "Not allowed."),
    ],
    "speed_outside_its_range_is_refused": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: takes_for("session.update", _NOTHING, skip=1),
    ],
    "max_output_tokens_outside_its_range_are_refused": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: takes_for("session.update", _NOTHING, skip=1),
        lambda: takes_for("session.update", _NOTHING, skip=2),
        lambda: change("error", "error.param", "session"),
    ],
    "audio_and_text_together_are_refused": [
        lambda: takes_for("session.update", _NOTHING),
    ],
    "pcm_of_another_rate_is_refused": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: takes_for("session.update", _NOTHING, skip=1),
    ],
    "a_threshold_outside_its_range_is_refused": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: takes_for("session.update", _NOTHING, skip=1),
        lambda: change("error", "error.param", "threshold"),
    ],
    "an_idle_timeout_outside_its_range_is_refused": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: takes_for("session.update", _NOTHING, skip=1),
        lambda: takes_for("session.update", _NOTHING, skip=2),
    ],
    "a_nested_function_choice_is_refused": [
        lambda: takes_for("session.update", _NOTHING, skip=1),
        lambda: change("error", "error.code", "unknown_parameter"),
        lambda: change("error", "error.param", "session.tool_choice"),
    ],
    "unknown_members_of_functions_are_refused": [
        lambda: takes_for("session.update", _NOTHING),
        lambda: change("error", "error.code", "invalid_value"),
    ],
    "other_inclusions_are_refused": [
        lambda: takes_for("session.update", _NOTHING),
    ],
    "other_efforts_are_refused": [
        lambda: takes_for("session.update", _NOTHING),
    ],
}


@pytest.mark.parametrize("case", cases_in("session_refusals"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
