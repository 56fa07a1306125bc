"""What the responses and transcriptions of one session cost, on the way to the recorder."""

import time
from collections.abc import Callable
from typing import Literal, Protocol

from repartee.protocol.server import DurationUsage, ResponseUsage, TokenUsage
from repartee.session.commands import Record
from repartee.usage.record import UsageRecord
from repartee.usage.recorder import Kept

LONGEST = 256  # characters kept of a name; a client may choose names of models and of items


class Recorder(Protocol):
    """Where records are kept: `usage.Recorder`."""

    def keep(self, record: UsageRecord) -> Kept | None:
        """Take a record; the future is done once it is kept, None means not to wait for that."""

    def count_late(self) -> None:
        """A client was told before its record was kept."""


class Account:
    """One session's: it adds to each record whose it is, and who counted."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        session_id: str,
        key_id: str | None,
        dialect: Literal["ga", "beta"],
        counter: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._recorder = recorder
        self._session_id, self._key_id = session_id, key_id
        self._dialect, self._counter = dialect, counter
        self._clock = clock
        self.count_late = recorder.count_late

    def keep(self, record: Record) -> Kept | None:
        """Have it kept; see Recorder.keep."""
        written = UsageRecord(
            time=self._clock(),
            key_id=self._key_id,
            session_id=self._session_id,
            id=_name(record.id),
            kind=record.kind,
            model=None if record.model is None else _name(record.model),
            dialect=self._dialect,
            status=record.status,
            audio_s=record.audio_s,
            counted_by=self._counted_by(record),
            duration_s=record.duration_s,
            **_tokens(record.usage),
        )
        return self._recorder.keep(written)

    def _counted_by(self, record: Record) -> str | None:
        if record.usage is None or isinstance(record.usage, DurationUsage):
            return None
        return "endpoint" if record.by_endpoint else self._counter


def _name(text: str) -> str:
    """A name that fits, and that a database takes: half a surrogate pair is text to Python only."""
    return text[:LONGEST].encode(errors="replace").decode()


def _tokens(usage: ResponseUsage | TokenUsage | DurationUsage | None) -> dict[str, int]:
    match usage:
        case ResponseUsage(input_token_details=read, output_token_details=wrote):
            return {
                "input_text_tokens": read.text_tokens,
                "input_audio_tokens": read.audio_tokens,
                "cached_text_tokens": read.cached_tokens_details.text_tokens,
                "cached_audio_tokens": read.cached_tokens_details.audio_tokens,
                "output_text_tokens": wrote.text_tokens,
                "output_audio_tokens": wrote.audio_tokens,
            }
        case TokenUsage(input_token_details=heard, output_tokens=wrote_text):
            return {
                "input_text_tokens": heard.text_tokens,
                "input_audio_tokens": heard.audio_tokens,
                "output_text_tokens": wrote_text,
            }
        case _:
            return {}
