"""The GA dialect: JSON in text frames, one event each."""

import base64
import json

import pytest

from repartee.protocol.client import InputAudioBufferAppend, ResponseCancel
from repartee.protocol.config import TranscriptionConfig
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from repartee.protocol.server import (
    InputAudioBufferCleared,
    OutputAudioDelta,
    SessionCreated,
    SessionUpdated,
)


def test_a_client_event_is_decoded_into_its_struct() -> None:
    event = GA.decode(b'{"type": "response.cancel", "event_id": "e1"}')
    assert event == ResponseCancel(event_id="e1")


def test_sound_arrives_as_bytes() -> None:
    audio = base64.b64encode(b"\x01\x02").decode()
    message = json.dumps({"type": "input_audio_buffer.append", "audio": audio})
    assert GA.decode(message.encode()) == InputAudioBufferAppend(audio=b"\x01\x02")


def test_sound_leaves_as_base64() -> None:
    event = OutputAudioDelta(
        event_id="event_1",
        response_id="resp_1",
        output_index=0,
        item_id="item_1",
        content_index=0,
        delta=b"\x01\x02",
    )
    assert json.loads(GA.encode(event) or b"") == {
        "type": "response.output_audio.delta",
        "event_id": "event_1",
        "response_id": "resp_1",
        "output_index": 0,
        "item_id": "item_1",
        "content_index": 0,
        "delta": "AQI=",
    }


def test_an_event_is_one_line_of_json() -> None:
    """B003"""
    frame = GA.encode(InputAudioBufferCleared(event_id="event_1"))
    assert frame == b'{"type":"input_audio_buffer.cleared","event_id":"event_1"}'


def test_a_transcription_session_shows_nothing_about_answers() -> None:
    """B016; what detection would do to answers is left out."""
    config = TranscriptionConfig(id="sess_1", expires_at=3600)
    for event in (SessionCreated(session=config), SessionUpdated(session=config)):
        assert json.loads(GA.encode(event) or b"")["session"] == {
            "type": "transcription",
            "object": "realtime.transcription_session",
            "id": "sess_1",
            "expires_at": 3600,
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24000},
                    "transcription": None,
                    "noise_reduction": None,
                    "turn_detection": {
                        "type": "server_vad",
                        "threshold": 0.5,
                        "prefix_padding_ms": 300,
                        "silence_duration_ms": 500,
                    },
                }
            },
            "include": None,
        }


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"nonsense", id="no JSON"),
        pytest.param(b'{"type": "response.cancel"', id="cut off"),
        pytest.param(b'{"type": "response.cancel"} {}', id="two events"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b"5", id="a number"),
        pytest.param(b"[" * 100_000, id="a deep array"),
        pytest.param(b'{"type":' + b"[" * 100_000, id="a deep type"),
        pytest.param(b'{"type":5,"event_id":' + b"[" * 100_000, id="a deep event_id"),
        pytest.param(b'{"x":' + b"[" * 100_000, id="a deep member"),
        pytest.param(b'{"type":"\xff"}', id="no UTF-8 in the type"),
        pytest.param(b'{"type":5,"event_id":"\xff"}', id="no UTF-8 in the event_id"),
        pytest.param(b'["\xff"]', id="no UTF-8 in an array"),
        pytest.param(b'{"type":"response.cancel","event_id":"\\ud800"}', id="half a surrogate"),
        pytest.param(b'{"type":"response.cancel","\xff":1}', id="no UTF-8 in a name"),
    ],
)
def test_whatever_comes_is_answered_and_never_raised(message: bytes) -> None:
    """B208"""
    answer = GA.decode(message)
    assert isinstance(answer, Refused)
    assert answer.type == "invalid_request_error"
    assert answer.message
