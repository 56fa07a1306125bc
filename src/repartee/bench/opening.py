"""How a session is asked for, in either dialect."""

from typing import Any

import msgspec

from repartee.bench.plan import Plan

_PCM = {"type": "audio/pcm", "rate": 24_000}


def headers(plan: Plan, key: str | None) -> dict[str, str]:
    """Those of the handshake."""
    more = {"OpenAI-Beta": "realtime=v1"} if plan.dialect == "beta" else {}
    return {**more, "Authorization": f"Bearer {key}"} if key else more


def session_update(plan: Plan) -> bytes:
    """The message that says how turns are to be found, and which sound is spoken."""
    detection = {
        "type": "server_vad",
        "silence_duration_ms": plan.silence_ms,
        "create_response": not plan.listening_only,
        "interrupt_response": True,
    }
    session = _beta(detection) if plan.dialect == "beta" else _ga(detection)
    return msgspec.json.encode({"type": "session.update", "session": session})


def _ga(detection: dict[str, Any]) -> dict[str, Any]:
    audio = {"input": {"format": _PCM, "turn_detection": detection}, "output": {"format": _PCM}}
    return {"type": "realtime", "output_modalities": ["audio"], "audio": audio}


def _beta(detection: dict[str, Any]) -> dict[str, Any]:
    return {
        "modalities": ["text", "audio"],
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "turn_detection": detection,
    }
