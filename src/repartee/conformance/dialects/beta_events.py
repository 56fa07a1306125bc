"""The members of every server event of the beta dialect, in the language of `shapes`."""

from typing import Any

from repartee.conformance.dialects.server_events import (
    FOREIGN_EVENTS,
    INCLUDE,
    LIMIT,
    MODALITIES,
    NOISE_REDUCTION,
    PROMPT,
    RESPONSE_HEAD,
    SERVER_EVENTS,
    TOOL_CHOICE,
    TOOLS,
    TRACING,
    TRANSCRIPTION,
    TRUNCATION,
)
from repartee.conformance.dialects.shapes import Nullable, Tagged

_FORMAT = {"pcm16", "g711_ulaw", "g711_alaw"}

# Early servers of the dialect do not show the two flags.
_FLAGS = {"create_response?": bool, "interrupt_response?": bool}

_TURN_DETECTION = Nullable(
    Tagged(
        "type",
        {
            "server_vad": {
                "threshold": float,
                "prefix_padding_ms": int,
                "silence_duration_ms": int,
                "idle_timeout_ms?": Nullable(int),
                **_FLAGS,
            },
            "semantic_vad": {"eagerness?": {"low", "medium", "high", "auto"}, **_FLAGS},
        },
    )
)

_INPUT: dict[str, Any] = {
    "input_audio_format": _FORMAT,
    "input_audio_transcription?": TRANSCRIPTION,
    "input_audio_noise_reduction?": NOISE_REDUCTION,
    "turn_detection": _TURN_DETECTION,
    "include?": INCLUDE,
}

_SESSION = {
    "id": str,
    "object": {"realtime.session"},
    "expires_at?": int,
    "model": str,
    "modalities": MODALITIES,
    "instructions": str,
    "voice": str,
    **_INPUT,
    "output_audio_format": _FORMAT,
    "speed?": float,
    "tracing?": TRACING,
    "tools": TOOLS,
    "tool_choice": TOOL_CHOICE,
    "temperature": float,
    "max_response_output_tokens": LIMIT,
    "truncation?": TRUNCATION,
    "prompt?": PROMPT,
}

_TRANSCRIPTION_SESSION = {
    "id": str,
    "object": {"realtime.transcription_session"},
    "expires_at?": int,
    "modalities?": MODALITIES,
    **_INPUT,
}

_RESPONSE = {
    **RESPONSE_HEAD,
    "modalities?": MODALITIES,
    "voice?": str,
    "output_audio_format?": _FORMAT,
    "temperature?": float,
    "max_output_tokens?": LIMIT,
    "max_response_output_tokens?": LIMIT,
}

_CALL_DONE = {
    name: shape
    for name, shape in SERVER_EVENTS["response.function_call_arguments.done"].items()
    if name != "name"
}

# GA's names of events that the dialect calls otherwise, or does not have.
_GA_EVENTS = frozenset(
    {
        "conversation.item.added",
        "conversation.item.done",
        "input_audio_buffer.timeout_triggered",
        *(
            f"response.output_{stream}.{phase}"
            for stream in ("text", "audio", "audio_transcript")
            for phase in ("delta", "done")
        ),
    }
)

BETA_EVENTS: dict[str, dict[str, Any]] = {
    **{kind: shape for kind, shape in SERVER_EVENTS.items() if kind not in _GA_EVENTS},
    **{
        kind.replace("output_", ""): SERVER_EVENTS[kind]
        for kind in _GA_EVENTS
        if kind.startswith("response.")
    },
    "session.created": {"session": _SESSION},
    "session.updated": {"session": _SESSION},
    "transcription_session.created": {"session": _TRANSCRIPTION_SESSION},
    "transcription_session.updated": {"session": _TRANSCRIPTION_SESSION},
    "conversation.item.created": SERVER_EVENTS["conversation.item.added"],
    "response.created": {"response": _RESPONSE},
    "response.done": {"response": _RESPONSE},
    "response.function_call_arguments.done": {**_CALL_DONE, "name?": str},
}

BETA_FOREIGN_EVENTS = (FOREIGN_EVENTS | _GA_EVENTS) - BETA_EVENTS.keys()
