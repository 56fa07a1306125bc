"""Each case about errors is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import Event, change, drop, hears, in_place
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


def _overlong(event: Event) -> bool:
    return len(event["event_id"]) > 512


PLANTED: Planted = {
    "an_unknown_event_type_is_refused": [
        lambda: change("error", "error.code", "invalid_event"),
        lambda: change("error", "error.param", None),
        lambda: change("error", "error.type", "server_error"),
        lambda: drop("error"),
    ],
    "an_error_names_the_event_it_is_about": [
        lambda: change("error", "error.event_id", None),
        lambda: change("error", "error.event_id", "some other", skip=1),
    ],
    "broken_json_is_an_error_not_the_end": [
        lambda: drop("error"),
        lambda: in_place("error", {"type": "session.updated"}),
    ],
    "an_event_without_type_is_refused": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.event_id", "some other"),
    ],
    "an_overlong_event_id_is_refused": [
        lambda: hears("session.update", "event_id", "short", when=_overlong),
        lambda: hears("session.update", "event_id", 5),
    ],
}


@pytest.mark.parametrize("case", cases_in("errors"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
