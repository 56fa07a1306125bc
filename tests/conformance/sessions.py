"""Session objects and usage as a faultless server shows them."""

import copy
from typing import Any

SESSION: dict[str, Any] = {
    "type": "realtime",
    "id": "sess_1",
    "object": "realtime.session",
    "expires_at": 2_000_003_600,
    "model": "gpt-realtime",
    "output_modalities": ["audio"],
    "instructions": "Be kind.",
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
                "idle_timeout_ms": None,
                "create_response": True,
                "interrupt_response": True,
            },
        },
        "output": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "voice": "marin",
            "speed": 1.0,
        },
    },
    "include": None,
    "tracing": None,
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "prompt": None,
}

USAGE: dict[str, Any] = {
    "total_tokens": 30,
    "input_tokens": 20,
    "output_tokens": 10,
    "input_token_details": {
        "text_tokens": 5,
        "audio_tokens": 15,
        "image_tokens": 0,
        "cached_tokens": 4,
        "cached_tokens_details": {"text_tokens": 1, "audio_tokens": 3, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 4, "audio_tokens": 6},
}


def varied(session: dict[str, Any] = SESSION, **audio_input: Any) -> dict[str, Any]:
    """The session with other members of audio.input."""
    other = copy.deepcopy(session)
    other["audio"]["input"].update(audio_input)
    return other


MANUAL = varied(turn_detection=None)
TRANSCRIBED = varied(transcription={"model": "whisper-1"})
WRITTEN = {**MANUAL, "output_modalities": ["text"]}
TRANSCRIPTION = {
    "type": "transcription",
    "id": "sess_1",
    "object": "realtime.transcription_session",
    "expires_at": 2_000_003_600,
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": {"model": "gpt-4o-transcribe"},
            "noise_reduction": None,
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
            },
        }
    },
    "include": ["item.input_audio_transcription.logprobs"],
}
