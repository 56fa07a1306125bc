"""Records for tests."""

from typing import Any

from repartee.usage.record import DAY_S, UsageRecord

DAY = 20_000
"""2024-10-04"""
NOON = (DAY + 0.5) * DAY_S


def record(number: int = 1, **different: Any) -> UsageRecord:
    """The record of a response at noon: 2 tokens of text in, 3 out."""
    fields: dict[str, Any] = {
        "time": NOON + number,
        "key_id": "key_1",
        "session_id": "sess_1",
        "id": f"resp_{number}",
        "kind": "response",
        "model": "gpt-realtime",
        "dialect": "ga",
        "status": "completed",
        "input_text_tokens": 2,
        "output_text_tokens": 3,
        "counted_by": "characters",
    }
    return UsageRecord(**{**fields, **different})


def heard(number: int, seconds: float, **different: Any) -> UsageRecord:
    """The record of a transcription."""
    nothing = {"input_text_tokens": 0, "output_text_tokens": 0, "counted_by": None, "model": None}
    item = {"kind": "transcription", "id": f"item_{number}", "audio_s": seconds}
    return record(number, **{**nothing, **item, **different})
