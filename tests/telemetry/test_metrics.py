"""What journals tell, added up; and numbers that others keep."""

import pytest

from repartee.protocol.client import InputAudioBufferCommit
from repartee.protocol.server import (
    CachedTokens,
    InputTokens,
    OutputTokens,
    ResponseDone,
    ResponseUsage,
    ServerEvent,
)
from repartee.runtime.watching import Ending
from repartee.session.commands import Stop
from repartee.telemetry import instruments as metric
from repartee.telemetry.facts import (
    Answered,
    Began,
    Ended,
    Fact,
    Failure,
    FirstSounded,
    Interrupted,
    Recognized,
    Staged,
    Stopped,
    Told,
    ToolAnswered,
)
from repartee.telemetry.metrics import EVENT_NAMES, Metrics
from repartee.telemetry.tally import Reading, Tally
from telemetry.watched import WHO

USAGE = ResponseUsage(
    total_tokens=15,
    input_tokens=12,
    output_tokens=3,
    input_token_details=InputTokens(
        text_tokens=10,
        audio_tokens=2,
        cached_tokens=7,
        cached_tokens_details=CachedTokens(text_tokens=7),
    ),
    output_token_details=OutputTokens(text_tokens=1, audio_tokens=2),
)


def told(*facts: Fact) -> Tally:
    metrics = Metrics()
    for fact in facts:
        metrics.told(WHO, fact)
    return metrics.snapshot()


def ended(code: int = 1000, why: str = "client") -> Ended:
    ending = Ending(code, why)
    return Ended(ending=ending, expired=False, seconds=4, responses=1, heard_s=2, said_s=1)


def answered(lead_s: float | None = 1.0) -> Answered:
    return Answered(
        response="resp_1",
        outcome="completed",
        code=None,
        seconds=1,
        usage=USAGE,
        lead_s=lead_s,
        stages={},
    )


def test_sessions_come_and_go() -> None:
    whose = ("gpt-realtime", "websocket", "ga")
    assert told(Began()).gauges == {"sessions_active": {whose: 1}}
    over = told(Began(), ended())
    assert over.gauges == {"sessions_active": {whose: 0}}
    assert over.counters["sessions"] == {("client", "1000", "websocket", "ga"): 1}
    assert over.spreads["session_duration_seconds"][()].total == 4
    assert "slow_consumer" not in over.counters
    slow = told(Began(), ended(1008, "slow_consumer"))
    assert slow.counters["slow_consumer"] == {(): 1}


def test_a_response() -> None:
    tally = told(answered(), answered(None))
    assert tally.counters["responses"] == {("gpt-realtime", "completed"): 2}
    assert tally.counters["tokens"] == {
        ("input_text", "gpt-realtime"): 20,
        ("input_audio", "gpt-realtime"): 4,
        ("cached", "gpt-realtime"): 14,
        ("output_text", "gpt-realtime"): 2,
        ("output_audio", "gpt-realtime"): 4,
    }
    assert sum(tally.spreads["output_lead_seconds"][()].counts) == 1


@pytest.mark.parametrize(
    ("fact", "name", "labels"),
    [
        (Staged("asr", 0.5), "stage_seconds", ("asr", "gpt-realtime")),
        (FirstSounded(0.5), "turn_response_latency_seconds", ("gpt-realtime",)),
        (Stopped(0.5), "cancel_seconds", ()),
        (ToolAnswered("function", 0.5), "tool_seconds", ("function",)),
    ],
)
def test_times(fact: Fact, name: str, labels: tuple[str, ...]) -> None:
    assert told(fact).spreads[name][labels].total == 0.5


@pytest.mark.parametrize(
    ("fact", "name", "labels"),
    [
        (Interrupted(), "interruptions", ("gpt-realtime",)),
        (Failure("mind", "model_timeout", "resp_1"), "engine_errors", ("mind", "timeout")),
        (Told("invalid_value"), "client_errors", ("invalid_value",)),
        (Told("made up"), "client_errors", ("other",)),
    ],
)
def test_counts(fact: Fact, name: str, labels: tuple[str, ...]) -> None:
    assert told(fact).counters[name] == {labels: 1}


def test_what_is_nothing_to_count() -> None:
    assert told(Recognized("item_1", "completed", 1)) == told()


def test_what_is_counted_at_every_step() -> None:
    metrics = Metrics()
    metrics.counts.heard_bytes = 48_000
    metrics.counts.said_s = 2.5
    metrics.counts.events.update({InputAudioBufferCommit: 2, ResponseDone: 1, Stop: 9})
    metrics.counts.inflight["ears"] = 3
    tally = metrics.snapshot()
    assert tally.counters["audio_seconds"] == {("in",): 1, ("out",): 2.5}
    events = {("input_audio_buffer.commit",): 2, ("response.done",): 1}
    assert tally.counters["events"] == events
    assert tally.gauges["engine_inflight"] == {("ears",): 3}


def test_what_others_keep_is_asked_for_each_time() -> None:
    metrics, kept = Metrics(), [1]
    metrics.ask(lambda: [Reading(metric.RECORDS_WRITTEN, kept[0], ("usage",))])
    for number in (1, 2):
        kept[0] = number
        assert metrics.snapshot().counters["records_written"] == {("usage",): number}


def test_how_late_the_loop_was() -> None:
    metrics = Metrics()
    metrics.observe_lag(0.004)
    assert metrics.snapshot().spreads["event_loop_lag_seconds"][()].counts[1] == 1


def test_a_snapshot_stays_as_it_is() -> None:
    metrics = Metrics()
    metrics.told(WHO, Staged("asr", 1))
    before = metrics.snapshot()
    metrics.told(WHO, Staged("asr", 1))
    assert sum(before.spreads["stage_seconds"]["asr", "gpt-realtime"].counts) == 1


def test_every_event_of_the_api_has_its_name() -> None:
    names = {*EVENT_NAMES.values()}
    assert {"session.update", "response.done", "error", "output_audio_buffer.started"} <= names
    assert ServerEvent not in EVENT_NAMES
    assert len(names) == len(EVENT_NAMES) < 60
