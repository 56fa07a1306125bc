"""Events as any server writes them."""

import base64
import json

import pytest

from repartee.bench import events


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"response.done","response":{"id":"r","status":"completed"}}',
        '{ "response": {"x": 1, "status": "completed", "id": "r"}, "type": "response.done" }',
    ],
)
def test_order_and_spaces_do_not_matter(text: str) -> None:
    told = events.read(text.encode())
    assert told is not None
    assert told.response == events.Response("r", "completed")
    assert told.type == events.DONE


def test_beta_is_told_in_the_words_of_ga() -> None:
    told = events.read(memoryview(b'{"type":"response.audio.delta","delta":""}'))
    assert told is not None
    assert told.type == events.AUDIO


@pytest.mark.parametrize("message", [b"[]", b"{", b'{"type":1}', b"\xff", b"{}"])
def test_what_is_no_event_is_none(message: bytes) -> None:
    assert events.read(message) is None


@pytest.mark.parametrize("size", [0, 2, 4, 6, 960, 9_602])
def test_sound_is_measured_by_its_length(size: int) -> None:
    message = {"type": events.AUDIO, "delta": base64.b64encode(bytes(size)).decode()}
    told = events.read(json.dumps(message).encode())
    assert told is not None
    assert told.delta is not None
    assert events.sound_ms(told.delta) == pytest.approx(size / 48)
