"""What is decoded piece by piece is what would be decoded at once."""

import base64
import json
from typing import Any

import pytest

from repartee.protocol.client import InputAudioBufferAppend
from repartee.protocol.ga import GA
from repartee.protocol.large_append import PIECE, large_append

SOUND = bytes(range(256)) * (3 * PIECE // 256)
ENCODED = base64.b64encode(SOUND).decode()


def append(audio: object, **members: object) -> bytes:
    event = {"type": "input_audio_buffer.append", "audio": audio, **members}
    return json.dumps(event).encode()


def decoded(message: bytes) -> Any:
    """The event as it is put together; None where the message has to be decoded at once."""
    large = large_append(message)
    if large is None:
        return None
    event, pieces = None, 0
    try:
        while event is None:
            event, pieces = large.go_on(), pieces + 1
    except ValueError:
        return None
    assert pieces == max(1, -(-len(ENCODED) // PIECE)) or len(event.audio) < len(SOUND) - 2
    return event


@pytest.mark.parametrize("cut", [0, 1, 2, 3, len(SOUND) - 3, len(SOUND)])
@pytest.mark.parametrize("members", [{}, {"event_id": "e"}, {"event_id": None}])
def test_sound_of_any_length(cut: int, members: dict[str, Any]) -> None:
    sound = SOUND[: len(SOUND) - cut]
    message = append(base64.b64encode(sound).decode(), **members)
    event = decoded(message)
    assert event == GA.decode(message)
    assert event == InputAudioBufferAppend(sound, members.get("event_id"))


def test_characters_may_be_escaped() -> None:
    for place in (10, PIECE - 1, PIECE, len(ENCODED) - 10):
        escaped = f"\\u{ord(ENCODED[place]):04x}"
        text = ENCODED[:place] + escaped + ENCODED[place + 1 :]
        message = append("").replace(b'""', f'"{text}"'.encode())
        event = GA.decode(message)
        assert isinstance(event, InputAudioBufferAppend)
        assert event.audio == SOUND
        assert decoded(message) in (None, event)


@pytest.mark.parametrize(
    "message",
    [
        append(ENCODED[:-1]),
        append("=" + ENCODED[1:]),
        append(ENCODED[: PIECE - 4] + "AA==" + ENCODED[PIECE:]),
        append(ENCODED[: PIECE - 1] + "!" + ENCODED[PIECE:]),
        append(ENCODED + "===="),
        append(None),
        append(ENCODED, event_id="e" * 513),
        append(ENCODED, event_id=1),
        append(ENCODED, more=1),
        append(ENCODED).replace(b'"type": "input_audio_buffer.append", ', b""),
        append(ENCODED).replace(b"buffer.append", b"buffer.clear"),
        append(ENCODED)[:-1],
        append(ENCODED) + b"{}",
        b"[" * 2_000_000,
    ],
)
def test_what_is_wrong_is_left_to_be_told_elsewhere(message: bytes) -> None:
    assert not isinstance(GA.decode(message), InputAudioBufferAppend)
    assert decoded(message) is None
