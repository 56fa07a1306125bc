"""The shapes of the beta dialect's events."""

import copy
from typing import Any

import pytest

from conformance.beta_scenes import BETA_SCENES
from repartee.conformance.dialects.beta_events import BETA_EVENTS, BETA_FOREIGN_EVENTS
from repartee.conformance.dialects.shapes import faults

EXAMPLES: dict[str, dict[str, Any]] = {
    event["type"]: event
    for scene in BETA_SCENES
    for side, event in scene().steps
    if side == "server"
}


@pytest.mark.parametrize("kind", sorted(BETA_EVENTS))
def test_no_required_member_can_be_left_out(kind: str) -> None:
    shape = BETA_EVENTS[kind]
    assert not list(faults(EXAMPLES[kind], shape))
    for name in shape:
        if not name.endswith("?"):
            event = copy.deepcopy(EXAMPLES[kind])
            del event[name]
            assert [fault.path for fault in faults(event, shape)] == [name]


@pytest.mark.parametrize("kind", ["session.created", "transcription_session.created"])
def test_formats_are_words(kind: str) -> None:
    event = copy.deepcopy(EXAMPLES[kind])
    event["session"]["input_audio_format"] = {"type": "audio/pcm", "rate": 24000}
    found = [fault.path for fault in faults(event, BETA_EVENTS[kind])]
    assert found == ["session.input_audio_format"]


def test_no_event_is_both_ours_and_foreign() -> None:
    assert not BETA_FOREIGN_EVENTS & BETA_EVENTS.keys()
    assert {"response.output_audio.delta", "conversation.item.added"} <= BETA_FOREIGN_EVENTS
