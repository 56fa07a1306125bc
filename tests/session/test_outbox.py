"""What one step answers."""

from itertools import count

from repartee.protocol.errors import Refused
from repartee.protocol.server import Error, InputAudioBufferCleared
from repartee.session.commands import Stop
from repartee.session.outbox import Outbox


def outbox() -> Outbox:
    numbers = count(1)
    return Outbox(lambda prefix: f"{prefix}_{next(numbers)}")


def test_outputs_leave_in_order_and_once() -> None:
    box = outbox()
    box.say(InputAudioBufferCleared())
    box.ask(Stop("resp_1"))
    box.say(InputAudioBufferCleared())
    assert box.drain() == [
        InputAudioBufferCleared(event_id="event_1"),
        Stop("resp_1"),
        InputAudioBufferCleared(event_id="event_2"),
    ]
    assert box.drain() == []


def test_a_refusal_is_an_error_event() -> None:
    """B206: the id is that of the client's event, not the one of the refusal itself."""
    box = outbox()
    box.refuse(Refused("No.", "invalid_value", "item.id", event_id="ignored"), "mine")
    (error,) = box.drain()
    assert isinstance(error, Error)
    assert error.event_id == "event_1"
    assert (error.error.type, error.error.code) == ("invalid_request_error", "invalid_value")
    assert (error.error.message, error.error.param) == ("No.", "item.id")
    assert error.error.event_id == "mine"


def test_a_command_may_stand_before_what_was_said_since_a_place() -> None:
    box = outbox()
    box.say(InputAudioBufferCleared())
    place = box.place
    box.say(InputAudioBufferCleared())
    box.ask_at(place, Stop("resp_1"))
    assert [type(output).__name__ for output in box.drain()] == [
        "InputAudioBufferCleared",
        "Stop",
        "InputAudioBufferCleared",
    ]
