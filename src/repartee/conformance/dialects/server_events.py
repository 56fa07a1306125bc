"""The members of every GA server event, in the language of `shapes`; some serve other dialects.

`type` and `event_id` are judged elsewhere.  Nulls are allowed where the service is known to send
them; stock clients drop or choke on others.
"""

from typing import Any

from repartee.conformance.dialects.shapes import Nullable, Tagged

_STATUS = {"in_progress", "completed", "incomplete"}

_ITEM_HEAD = {"id": str, "object?": {"realtime.item"}, "status": _STATUS}

_MESSAGE = {**_ITEM_HEAD, "role": {"system", "user", "assistant"}, "content": [{"type": str}]}

ITEM = Tagged(
    "type",
    {
        "message": _MESSAGE,
        "function_call": {**_ITEM_HEAD, "call_id": str, "name": str, "arguments": str},
        "function_call_output": {**_ITEM_HEAD, "call_id": str, "output": str},
        "mcp_list_tools": {
            "id": str,
            "server_label": str,
            "tools": [{"name": str, "input_schema": dict}],
        },
        "mcp_call": {
            "id": str,
            "server_label": str,
            "name": str,
            "arguments": str,
            "approval_request_id?": Nullable(str),
            "output?": Nullable(str),
            "error?": Nullable({"type": str, "message": str}),
        },
        "mcp_approval_request": {"id": str, "server_label": str, "name": str, "arguments": str},
        "mcp_approval_response": {
            "id": str,
            "approval_request_id": str,
            "approve": bool,
            "reason?": Nullable(str),
        },
    },
)

_FORMAT = Tagged("type", {"audio/pcm": {"rate": {24000}}, "audio/pcmu": {}, "audio/pcma": {}})

_SERVER_VAD = {
    "threshold": float,
    "prefix_padding_ms": int,
    "silence_duration_ms": int,
    "create_response": bool,
    "interrupt_response": bool,
    "idle_timeout_ms?": Nullable(int),
}

_SEMANTIC_VAD = {
    "eagerness": {"low", "medium", "high", "auto"},
    "create_response": bool,
    "interrupt_response": bool,
}

# Transcription sessions do not return the two flags.
_BARE_SERVER_VAD = {key: kind for key, kind in _SERVER_VAD.items() if not key.endswith("_response")}
_BARE_SEMANTIC_VAD = {"eagerness": {"low", "medium", "high", "auto"}}


TRANSCRIPTION = Nullable(
    {
        "model?": str,
        "language?": Nullable(str),
        "languages?": Nullable([str]),
        "keywords?": Nullable([str]),
        "prompt?": Nullable(str),
        "delay?": Nullable(str),
    }
)

NOISE_REDUCTION = Nullable({"type": {"near_field", "far_field"}, "strength?": float})


def _audio_input(server_vad: dict[str, Any], semantic_vad: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "transcription?": TRANSCRIPTION,
        "noise_reduction?": NOISE_REDUCTION,
        "turn_detection": Nullable(
            Tagged("type", {"server_vad": server_vad, "semantic_vad": semantic_vad})
        ),
    }


INCLUDE = Nullable([{"item.input_audio_transcription.logprobs"}])
MODALITIES = [{"audio", "text"}]
_VOICE = (str, {"id": str})
LIMIT = (int, {"inf"})
TRACING = Nullable(({"auto"}, dict))
TOOLS = [Tagged("type", {"function": {"name": str}, "mcp": {"server_label": str}})]
TOOL_CHOICE = (
    {"none", "auto", "required"},
    Tagged(
        "type",
        {"function": {"name": str}, "mcp": {"server_label": str, "name?": Nullable(str)}},
    ),
)
TRUNCATION = (
    {"auto", "disabled"},
    {
        "type": {"retention_ratio"},
        "retention_ratio": float,
        "token_limits?": Nullable({"post_instructions?": int}),
    },
)
PROMPT = Nullable({"id": str, "version?": Nullable(str), "variables?": Nullable(dict)})

_REALTIME_SESSION = {
    "id": str,
    "object": {"realtime.session"},
    "expires_at": int,
    "model": str,
    "output_modalities": MODALITIES,
    "instructions": str,
    "audio": {
        "input": _audio_input(_SERVER_VAD, _SEMANTIC_VAD),
        "output": {"format": _FORMAT, "voice": _VOICE, "speed": float},
    },
    "include?": INCLUDE,
    "tracing?": TRACING,
    "tools": TOOLS,
    "tool_choice": TOOL_CHOICE,
    "max_output_tokens": LIMIT,
    "truncation?": TRUNCATION,
    "prompt?": PROMPT,
    "parallel_tool_calls?": Nullable(bool),
    "reasoning?": Nullable({"effort?": str}),
}

_TRANSCRIPTION_SESSION = {
    "id": str,
    "object": {"realtime.transcription_session"},
    "expires_at?": int,
    "audio": {"input": _audio_input(_BARE_SERVER_VAD, _BARE_SEMANTIC_VAD)},
    "include?": INCLUDE,
}

SESSION = Tagged("type", {"realtime": _REALTIME_SESSION, "transcription": _TRANSCRIPTION_SESSION})

_INPUT_DETAILS = {"text_tokens?": int, "audio_tokens?": int, "image_tokens?": int}

_USAGE = {
    "total_tokens": int,
    "input_tokens": int,
    "output_tokens": int,
    "input_token_details?": {
        **_INPUT_DETAILS,
        "cached_tokens?": int,
        "cached_tokens_details?": _INPUT_DETAILS,
    },
    "output_token_details?": {"text_tokens?": int, "audio_tokens?": int},
}

RESPONSE_HEAD = {
    "id": str,
    "object": {"realtime.response"},
    "status": {"in_progress", "completed", "cancelled", "failed", "incomplete"},
    "status_details": Nullable(
        {
            "type?": {"completed", "cancelled", "failed", "incomplete"},
            "reason?": {"turn_detected", "client_cancelled", "max_output_tokens", "content_filter"},
            "error?": {"type?": str, "code?": Nullable(str), "message?": str},
        }
    ),
    "output": [ITEM],
    "usage": Nullable(_USAGE),
    "conversation_id?": Nullable(str),
    "metadata?": Nullable(dict),
}

_RESPONSE = {
    **RESPONSE_HEAD,
    "output_modalities?": MODALITIES,
    "max_output_tokens?": LIMIT,
    "audio?": {"output?": {"format?": _FORMAT, "voice?": _VOICE}},
}

_ITEM_PLACE = {"response_id": str, "item_id": str, "output_index": int}
_PART_PLACE = {**_ITEM_PLACE, "content_index": int}
_PART = {"type": {"audio", "text"}, "text?": str, "transcript?": str, "audio?": str}
_AUDIO_PLACE = {"item_id": str, "content_index": int}
_LOGPROBS = Nullable([{"token": str, "logprob": float, "bytes": [int]}])

_TRANSCRIPTION_USAGE = Tagged(
    "type",
    {
        "duration": {"seconds": float},
        "tokens": {"input_tokens": int, "output_tokens": int, "total_tokens": int},
    },
)

_TRANSCRIPTION_EVENTS: dict[str, dict[str, Any]] = {
    "delta": {"item_id": str, "content_index?": int, "delta?": str, "logprobs?": _LOGPROBS},
    "completed": {
        **_AUDIO_PLACE,
        "transcript": str,
        "usage": _TRANSCRIPTION_USAGE,
        "logprobs?": _LOGPROBS,
        "languages?": [{"code": str}],
    },
    "failed": {
        **_AUDIO_PLACE,
        "error": {"type": str, "code?": Nullable(str), "message": str, "param?": str},
    },
    "segment": {
        **_AUDIO_PLACE,
        "id": str,
        "text": str,
        "speaker": str,
        "start": float,
        "end": float,
    },
}

_RESPONSE_EVENTS: dict[str, dict[str, Any]] = {
    "response.created": {"response": _RESPONSE},
    "response.done": {"response": _RESPONSE},
    "response.output_item.added": {"response_id": str, "output_index": int, "item": ITEM},
    "response.output_item.done": {"response_id": str, "output_index": int, "item": ITEM},
    "response.content_part.added": {**_PART_PLACE, "part": _PART},
    "response.content_part.done": {**_PART_PLACE, "part": _PART},
    "response.output_text.delta": {**_PART_PLACE, "delta": str},
    "response.output_text.done": {**_PART_PLACE, "text": str},
    "response.output_audio.delta": {**_PART_PLACE, "delta": str},
    "response.output_audio.done": _PART_PLACE,
    "response.output_audio_transcript.delta": {**_PART_PLACE, "delta": str},
    "response.output_audio_transcript.done": {**_PART_PLACE, "transcript": str},
    "response.function_call_arguments.delta": {**_ITEM_PLACE, "call_id": str, "delta": str},
    "response.function_call_arguments.done": {
        **_ITEM_PLACE,
        "call_id": str,
        "name": str,
        "arguments": str,
    },
    "response.mcp_call_arguments.delta": {**_ITEM_PLACE, "delta": str},
    "response.mcp_call_arguments.done": {**_ITEM_PLACE, "arguments": str},
    **{
        f"response.mcp_call.{state}": {"output_index": int, "item_id": str}
        for state in ("in_progress", "completed", "failed")
    },
}

_ERROR = {
    "type": str,
    "code?": Nullable(str),
    "message": str,
    "param?": Nullable(str),
    "event_id?": Nullable(str),
}

_RATE_LIMIT = {
    "name": {"requests", "tokens"},
    "limit": int,
    "remaining": int,
    "reset_seconds": float,
}

_ITEM_EVENT = {"previous_item_id?": Nullable(str), "item": ITEM}

SERVER_EVENTS: dict[str, dict[str, Any]] = {
    "error": {"error": _ERROR},
    "session.created": {"session": SESSION},
    "session.updated": {"session": SESSION},
    "conversation.created": {"conversation": {"id": str, "object?": {"realtime.conversation"}}},
    "conversation.item.added": _ITEM_EVENT,
    "conversation.item.done": _ITEM_EVENT,
    "conversation.item.deleted": {"item_id": str},
    "conversation.item.retrieved": {"item": ITEM},
    "conversation.item.truncated": {**_AUDIO_PLACE, "audio_end_ms": int},
    **{
        f"conversation.item.input_audio_transcription.{name}": shape
        for name, shape in _TRANSCRIPTION_EVENTS.items()
    },
    "input_audio_buffer.cleared": {},
    "input_audio_buffer.committed": {"previous_item_id?": Nullable(str), "item_id": str},
    "input_audio_buffer.speech_started": {"audio_start_ms": int, "item_id": str},
    "input_audio_buffer.speech_stopped": {"audio_end_ms": int, "item_id": str},
    "input_audio_buffer.timeout_triggered": {
        "audio_start_ms": int,
        "audio_end_ms": int,
        "item_id": str,
    },
    "rate_limits.updated": {"rate_limits": [_RATE_LIMIT]},
    **_RESPONSE_EVENTS,
    **{
        f"mcp_list_tools.{state}": {"item_id": str}
        for state in ("in_progress", "completed", "failed")
    },
}

# How the playing of a response goes, over WebRTC and SIP.
PLAYOUT_EVENTS: dict[str, dict[str, Any]] = {
    f"output_audio_buffer.{state}": {"response_id": str}
    for state in ("started", "stopped", "cleared")
}

# Events of calls, of translation sessions and of the beta dialect.
FOREIGN_EVENTS = frozenset(
    {
        *PLAYOUT_EVENTS,
        "input_audio_buffer.dtmf_event_received",
        "session.closed",
        "session.input_transcript.delta",
        "session.output_transcript.delta",
        "session.output_audio.delta",
        "conversation.item.created",
        "transcription_session.created",
        "transcription_session.updated",
        "response.text.delta",
        "response.text.done",
        "response.audio.delta",
        "response.audio.done",
        "response.audio_transcript.delta",
        "response.audio_transcript.done",
    }
)
