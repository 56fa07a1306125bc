"""Records on their way: whose they are, who counted, and names that no client can spoil."""

from typing import Any

import pytest

from repartee.protocol.server import (
    CachedTokens,
    DurationUsage,
    HeardTokens,
    InputTokens,
    OutputTokens,
    ResponseUsage,
    TokenUsage,
)
from repartee.runtime.accounting import LONGEST, Account
from repartee.session.commands import Record
from repartee.usage.record import UsageRecord

RESPONSE = ResponseUsage(
    total_tokens=34,
    input_tokens=13,
    output_tokens=21,
    input_token_details=InputTokens(
        text_tokens=8,
        audio_tokens=5,
        cached_tokens=3,
        cached_tokens_details=CachedTokens(text_tokens=2, audio_tokens=1),
    ),
    output_token_details=OutputTokens(text_tokens=14, audio_tokens=7),
)
TRANSCRIPTION = TokenUsage(
    total_tokens=9,
    input_tokens=5,
    output_tokens=4,
    input_token_details=HeardTokens(audio_tokens=5),
)


class Ledger:
    """A recorder that remembers what it was given."""

    def __init__(self) -> None:
        self.records: list[UsageRecord] = []

    def keep(self, record: UsageRecord) -> None:
        self.records.append(record)

    def count_late(self) -> None:
        raise AssertionError


def written(record: Record, key_id: str | None = "key_1") -> UsageRecord:
    ledger = Ledger()
    account = Account(
        ledger,
        session_id="sess_1",
        key_id=key_id,
        dialect="beta",
        counter="characters",
        clock=lambda: 86_400.5,
    )
    assert account.keep(record) is None
    (kept,) = ledger.records
    return kept


def test_a_response() -> None:
    asked = Record(
        kind="response",
        id="resp_1",
        status="incomplete",
        usage=RESPONSE,
        model="gpt-realtime",
        duration_s=2.5,
    )
    record = written(asked)
    assert record == UsageRecord(
        time=86_400.5,
        key_id="key_1",
        session_id="sess_1",
        id="resp_1",
        kind="response",
        model="gpt-realtime",
        dialect="beta",
        status="incomplete",
        input_text_tokens=8,
        input_audio_tokens=5,
        cached_text_tokens=2,
        cached_audio_tokens=1,
        output_text_tokens=14,
        output_audio_tokens=7,
        counted_by="characters",
        duration_s=2.5,
    )
    assert record.tokens == RESPONSE.total_tokens


def test_a_transcription() -> None:
    asked = Record(
        kind="transcription", id="item_1", status="completed", usage=TRANSCRIPTION, audio_s=0.5
    )
    record = written(asked, key_id=None)
    assert (record.key_id, record.model, record.audio_s) == (None, None, 0.5)
    assert (record.input_audio_tokens, record.output_text_tokens, record.tokens) == (5, 4, 9)


@pytest.mark.parametrize(
    ("usage", "by_endpoint", "counted_by"),
    [
        (RESPONSE, True, "endpoint"),
        (RESPONSE, False, "characters"),
        (TRANSCRIPTION, False, "characters"),
        (DurationUsage(seconds=1), False, None),
        (None, False, None),
    ],
)
def test_who_counted(usage: Any, by_endpoint: bool, counted_by: str | None) -> None:
    asked = Record(kind="response", id="r", status="failed", usage=usage, by_endpoint=by_endpoint)
    assert written(asked).counted_by == counted_by


def test_names_that_clients_choose_are_made_to_fit() -> None:
    asked = Record(kind="response", id="\ud800", status="failed", model="m" * 1000)
    record = written(asked)
    assert (record.id, record.model) == ("?", "m" * LONGEST)
