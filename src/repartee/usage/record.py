"""One record of usage."""

from typing import Literal

from msgspec import Struct

DAY_S = 86_400


class UsageRecord(Struct, frozen=True, kw_only=True, array_like=True):
    """What one response, or the recognition of one item's sound, has cost.

    `time` is when it ended, in seconds since 1970 (UTC); `key_id` names the key of its client, None
    where none was asked for.  `audio_s` are seconds of the user's sound, in a transcription's
    record alone, so that sound is counted once.  `counted_by` is who counted the tokens of text:
    "endpoint", "characters" or a tokenizer's file; None where there were none to count.
    """

    time: float
    key_id: str | None
    session_id: str
    id: str  # of the response or the item
    kind: Literal["response", "transcription"]
    model: str | None
    dialect: Literal["ga", "beta"]
    status: Literal["completed", "cancelled", "incomplete", "failed"]
    input_text_tokens: int = 0
    input_audio_tokens: int = 0
    cached_text_tokens: int = 0  # part of the input
    cached_audio_tokens: int = 0
    output_text_tokens: int = 0
    output_audio_tokens: int = 0
    audio_s: float = 0.0
    counted_by: str | None = None
    duration_s: float = 0.0

    @property
    def tokens(self) -> int:
        """All of them, read and written."""
        read = self.input_text_tokens + self.input_audio_tokens
        return read + self.output_text_tokens + self.output_audio_tokens

    @property
    def day(self) -> int:
        """The day in UTC, counted from 1970."""
        return day_of(self.time)


def day_of(time: float) -> int:
    """The day in UTC that a moment belongs to, counted from 1970."""
    return int(time // DAY_S)
