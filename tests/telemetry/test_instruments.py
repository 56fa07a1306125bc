"""Names and labels as Prometheus would have them (prometheus.io/docs/practices/naming)."""

import re

import pytest

from repartee.telemetry.instruments import INSTRUMENTS, Instrument

PROMISED = {
    "sessions_active",
    "sessions",
    "session_duration_seconds",
    "admission_rejected",
    "turn_response_latency_seconds",
    "stage_seconds",
    "interruptions",
    "cancel_seconds",
    "audio_seconds",
    "tokens",
    "tool_seconds",
    "engine_errors",
    "engine_inflight",
    "events",
    "client_errors",
    "slow_consumer",
    "output_lead_seconds",
    "event_loop_lag_seconds",
    "records_written",
    "records_dropped",
    "auth_failures",
    "build_info",
}
NOT_BASE = re.compile(r"_(ms|milliseconds|minutes|hours|kb|mb|percent)(_|$)")
RESERVED = ("_total", "_sum", "_count", "_bucket", "_created")
WHOSE = {"session", "session_id", "key", "key_id", "call", "tenant", "user", "item", "response"}


def test_there_is_every_metric_that_is_promised() -> None:
    assert {each.name for each in INSTRUMENTS} >= PROMISED
    assert len({each.name for each in INSTRUMENTS}) == len(INSTRUMENTS)


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: each.name)
def test_names_and_labels(instrument: Instrument) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*[a-z]", instrument.name)
    assert not NOT_BASE.search(instrument.name)
    assert not instrument.name.endswith(RESERVED)  # which the library adds
    assert instrument.help.endswith((".", "here.")) or instrument.name == "build_info"
    assert not WHOSE & {*instrument.labels}
    assert (instrument.kind == "histogram") == bool(instrument.buckets)
    assert list(instrument.buckets) == sorted({*instrument.buckets})
    if instrument.kind == "histogram":
        assert instrument.name.endswith("_seconds")


def test_the_buckets_of_latency_are_those_that_are_promised() -> None:
    (latency,) = (each for each in INSTRUMENTS if each.name == "turn_response_latency_seconds")
    assert latency.buckets == (0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 5)
