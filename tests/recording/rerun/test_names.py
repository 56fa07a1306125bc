from typing import Any

import pytest

from repartee.recording.rerun.names import Named, Names, Place, Unknown, translated


def names(tag: str) -> Names:
    """Of a session in which the user spoke, and a function was called before the answer came."""
    heard = Names()
    message = {"type": "message", "id": f"item_b{tag}"}
    call = {"type": "function_call", "id": f"item_c{tag}", "call_id": f"call_{tag}", "name": "look"}
    events: list[dict[str, Any]] = [
        {"type": "input_audio_buffer.committed", "item_id": f"item_a{tag}"},
        {"type": "response.created", "response": {"id": f"resp_{tag}"}},
        {"type": "response.output_item.added", "item": call},
        {"type": "response.output_item.added", "item": message},
    ]
    for now, event in enumerate(events):
        heard.hear(event, float(now))
    return heard


def output(call_id: str) -> dict[str, str]:
    """Whose text and own id are the client's, whatever they look like."""
    return {"type": "function_call_output", "call_id": call_id, "output": "item_b1", "id": "x"}


def test_what_a_message_speaks_of_goes_by_its_new_name() -> None:
    message = {
        "type": "conversation.item.create",
        "previous_item_id": "item_b1",
        "item": {
            "type": "function_call_output",
            "call_id": "call_1",
            "output": "item_b1",
            "id": "x",
        },
        "list": [{"id": "item_c1"}, "item_b1", 3],
        "response_id": "resp_1",
    }
    assert translated(message, names("1"), names("2")) == {
        "type": "conversation.item.create",
        "previous_item_id": "item_b2",
        "item": {
            "type": "function_call_output",
            "call_id": "call_2",
            "output": "item_b1",
            "id": "x",
        },
        "list": [{"id": "item_c2"}, "item_b1", 3],
        "response_id": "resp_2",
    }


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(Unknown, match="answered message 1 was not there"):
        translated({"item_id": "item_b1"}, names("1"), Names())


def test_calls_go_by_the_function() -> None:
    assert names("1").at(Place("call of look", 0)) == Named("call_1", 2.0)
    assert not names("1").has(Place("call of look", 1))
    assert names("1").place("call_2") is None
