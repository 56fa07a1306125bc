"""The beta dialect: what its clients are shown."""

import json
from typing import Any

from repartee.protocol.beta import BETA, BETA_2024
from repartee.protocol.config import (
    Audio,
    AudioInput,
    AudioOutput,
    Config,
    CustomVoice,
    NoiseReduction,
    Pcma,
    Pcmu,
    SemanticVad,
    ServerVad,
    TranscriptionAudio,
    TranscriptionConfig,
)
from repartee.protocol.ga import GA
from repartee.protocol.server import ConversationBody, ConversationCreated, SessionCreated
from stage import Stage


def shown(config: Config | TranscriptionConfig) -> dict[str, Any]:
    frame = BETA.encode(SessionCreated(event_id="event_1", session=config))
    event: dict[str, Any] = json.loads(frame or b"")
    return event


VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "create_response": True,
    "interrupt_response": True,
}


def test_the_defaults() -> None:
    """B014, but for the documented 500 ms of silence."""
    config = Config(
        id="sess_1",
        expires_at=3600,
        audio=Audio(output=AudioOutput(voice="alloy")),
        temperature=0.8,
    )
    assert shown(config) == {
        "type": "session.created",
        "event_id": "event_1",
        "session": {
            "id": "sess_1",
            "object": "realtime.session",
            "expires_at": 3600,
            "model": "gpt-realtime",
            "modalities": ["audio", "text"],
            "instructions": "",
            "voice": "alloy",
            "output_audio_format": "pcm16",
            "tools": [],
            "tool_choice": "auto",
            "temperature": 0.8,
            "prompt": None,
            "max_response_output_tokens": "inf",
            "input_audio_format": "pcm16",
            "input_audio_transcription": None,
            "input_audio_noise_reduction": None,
            "turn_detection": VAD,
            "include": None,
            "speed": 1.0,
            "tracing": None,
            "truncation": "auto",
        },
    }


def test_the_defaults_of_a_transcription_session() -> None:
    """B018; what detection would do to answers is left out."""
    vad = {name: VAD[name] for name in list(VAD)[:4]}
    assert shown(TranscriptionConfig(id="sess_1", expires_at=3600)) == {
        "type": "transcription_session.created",
        "event_id": "event_1",
        "session": {
            "id": "sess_1",
            "object": "realtime.transcription_session",
            "expires_at": 3600,
            "input_audio_format": "pcm16",
            "input_audio_transcription": None,
            "input_audio_noise_reduction": None,
            "turn_detection": vad,
            "include": None,
        },
    }


def test_everything_is_shown_flat() -> None:
    input = AudioInput(
        format=Pcmu(),
        noise_reduction=NoiseReduction("far_field", 0.5),
        turn_detection=SemanticVad(eagerness="low"),
    )
    output = AudioOutput(format=Pcma(), voice=CustomVoice("voice_1"), speed=1.5)
    config = Config(output_modalities=("text",), audio=Audio(input, output), max_output_tokens=7)
    session = shown(config)["session"]
    expected = {
        "modalities": ["text"],
        "input_audio_format": "g711_ulaw",
        "output_audio_format": "g711_alaw",
        "input_audio_noise_reduction": {"type": "far_field"},
        "turn_detection": {
            "type": "semantic_vad",
            "eagerness": "low",
            "create_response": True,
            "interrupt_response": True,
        },
        "voice": "voice_1",
        "speed": 1.5,
        "max_response_output_tokens": 7,
    }
    assert {name: session[name] for name in expected} == expected


def test_a_transcription_session_without_detection_shows_none() -> None:
    audio = TranscriptionAudio(AudioInput(turn_detection=None))
    assert shown(TranscriptionConfig(audio=audio))["session"]["turn_detection"] is None


def test_an_idle_timeout_is_none_of_beta() -> None:
    config = Config(audio=Audio(AudioInput(turn_detection=ServerVad(idle_timeout_ms=6000))))
    assert "idle_timeout_ms" not in shown(config)["session"]["turn_detection"]


def test_a_response_is_shown_flat() -> None:
    stage = Stage(dialect=BETA)
    asked = {"voice": "echo", "metadata": {"topic": "a"}, "temperature": 0.7}
    stage.client({"type": "response.create", "response": asked})
    response = stage.last("response.created")["response"]
    assert {"audio", "output_modalities"} & response.keys() == set()
    expected = {
        "modalities": ["audio", "text"],
        "voice": "echo",
        "output_audio_format": "pcm16",
        "temperature": 0.7,
        "metadata": {"topic": "a"},
        "max_output_tokens": "inf",
        "output": [],
    }
    assert {name: response[name] for name in expected} == expected
    ref = next(iter(stage.replies))
    stage.say(ref, "Good day. ")
    stage.finish(ref)
    (spoken,) = stage.last("response.done")["response"]["output"]
    assert [part["type"] for part in spoken["content"]] == ["audio"]


def test_conversation_created_is_said_but_to_azures_first_clients() -> None:
    event = ConversationCreated(event_id="event_1", conversation=ConversationBody(id="conv_1"))
    assert json.loads(BETA.encode(event) or b"")["conversation"]["id"] == "conv_1"
    assert BETA_2024.encode(event) is None
    assert GA.encode(event) is None
    assert Stage(dialect=BETA).kinds() == ["session.created", "conversation.created"]
