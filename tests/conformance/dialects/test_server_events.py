"""The shapes of the server's events: each needs what it must have."""

import copy
import json
from typing import Any

import pytest

from conformance.scenes import SCENES
from repartee.conformance.dialects.server_events import FOREIGN_EVENTS, SERVER_EVENTS
from repartee.conformance.dialects.shapes import faults

EXAMPLES: dict[str, dict[str, Any]] = {
    event["type"]: json.loads(json.dumps(event))
    for scene in SCENES
    for side, event in scene().steps
    if side == "server"
}


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_no_required_member_can_be_left_out(kind: str) -> None:
    shape = SERVER_EVENTS[kind]
    assert not list(faults(EXAMPLES[kind], shape))
    for name in shape:
        if not name.endswith("?"):
            event = copy.deepcopy(EXAMPLES[kind])
            del event[name]
            assert [fault.path for fault in faults(event, shape)] == [name]


def test_no_event_is_both_ours_and_foreign() -> None:
    assert not FOREIGN_EVENTS & SERVER_EVENTS.keys()
