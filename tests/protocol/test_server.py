"""The server events: the members that every one of them has, and those that it may leave out."""

from collections.abc import Iterator

import msgspec
import pytest

from repartee.protocol.server import (
    ContentPart,
    Error,
    ErrorBody,
    OutputEvent,
    PartEvent,
    ServerEvent,
    StatusDetails,
    TranscriptionError,
)


def leaves(kind: type[ServerEvent]) -> Iterator[type[ServerEvent]]:
    for inner in kind.__subclasses__():
        yield from leaves(inner) if inner in (OutputEvent, PartEvent) else [inner]


EVENTS = list(leaves(ServerEvent))
TAGS = [str(event.__struct_config__.tag) for event in EVENTS]


def test_event_types_are_told_apart() -> None:
    assert len(set(TAGS)) == len(TAGS)


def test_nothing_is_sent_that_ga_does_not_send() -> None:
    """B083, B143, and no event of our own."""
    ours = {"conversation.item.created", "response.cancelled", "response.audio.delta"}
    assert ours.isdisjoint(TAGS)


@pytest.mark.parametrize("event", EVENTS, ids=TAGS)
def test_every_event_has_an_id(event: type[ServerEvent]) -> None:
    """B002"""
    assert "event_id" in event.__struct_fields__


@pytest.mark.parametrize("event", EVENTS, ids=TAGS)
def test_deltas_say_where_they_belong(event: type[ServerEvent]) -> None:
    """Clients need the response, the item and both indexes with every delta of a part."""
    tag = str(event.__struct_config__.tag)
    if tag.startswith("response.output_") and tag.endswith(".delta"):
        fields = set(event.__struct_fields__)
        assert fields >= {"response_id", "item_id", "output_index", "content_index"}


def test_an_error_has_all_five_members() -> None:
    """B206: null, not absent, where the client gave no id."""
    body = ErrorBody(type="t", code=None, message="m", param=None, event_id=None)
    assert msgspec.to_builtins(Error(error=body))["error"] == {
        "type": "t",
        "code": None,
        "message": "m",
        "param": None,
        "event_id": None,
    }


def test_a_failed_transcription_says_nothing_of_a_param() -> None:
    """B179"""
    error = TranscriptionError(code="c", message="m")
    assert set(msgspec.to_builtins(error)) == {"type", "code", "message"}


def test_a_part_omits_what_does_not_apply() -> None:
    """B113"""
    part = ContentPart(type="audio", transcript="")
    assert msgspec.to_builtins(part) == {"type": "audio", "transcript": ""}


def test_status_details_omit_what_does_not_apply() -> None:
    details = StatusDetails(type="cancelled", reason="turn_detected")
    assert msgspec.to_builtins(details) == {"type": "cancelled", "reason": "turn_detected"}
