"""What Prometheus reads, read by its library's own parsers."""

import os

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from repartee.telemetry.exposition import Page, page, processes
from repartee.telemetry.instruments import EVENTS, INSTRUMENTS, SLOW_CONSUMER, STAGE
from repartee.telemetry.tally import Tally

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


def counted() -> Tally:
    tally = Tally()
    tally.add(EVENTS, 3, "error")
    tally.observe(STAGE, 0.3, "asr", 'a "model"\nof\\ours')
    tally.observe(STAGE, 77, "asr", 'a "model"\nof\\ours')
    return tally


def samples(shown: Page) -> dict[str, dict[tuple[str, ...], float]]:
    read = read_openmetrics if shown.content_type.startswith("application") else read_text
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in read(shown.body.decode()):
        for sample in family.samples:
            by_name = sorted(sample.labels, key=lambda name: (name == "le", name))
            labels = tuple(sample.labels[name] for name in by_name)
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        ("application/openmetrics-text;version=x", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text;version=1.0.0;escaping=x", "application/openmetrics-text"),
    ],
)
def test_it_is_well_formed_in_either_format(accept: str, content_type: str) -> None:
    shown = page(counted(), [os.getpid()], accept)
    assert shown.content_type.startswith(content_type)
    found = samples(shown)
    assert found["repartee_events_total"] == {("error",): 3}
    labels = ('a "model"\nof\\ours', "asr")
    assert found["repartee_stage_seconds_count"] == {labels: 2}
    assert found["repartee_stage_seconds_sum"] == {labels: 77.3}
    buckets = found["repartee_stage_seconds_bucket"]
    assert buckets[*labels, "0.2"] == 0
    assert buckets[*labels, "0.3"] == 1
    assert buckets[*labels, "5.0"] == 1
    assert buckets[*labels, "+Inf"] == 2
    assert found["process_open_fds"][()] > 0


def test_every_instrument_is_told_and_what_has_no_labels_begins_at_zero() -> None:
    shown = page(Tally(), [], "")
    told = {family.name for family in read_text(shown.body.decode())}
    assert told >= {f"repartee_{each.name}" for each in INSTRUMENTS}
    found = samples(shown)
    assert found[f"repartee_{SLOW_CONSUMER.name}_total"] == {(): 0}
    assert found["repartee_cancel_seconds_count"] == {(): 0}
    assert [*found["repartee_build_info"].values()] == [1]


def test_processes_are_told_as_one() -> None:
    one, two = ({f.name: f.samples for f in processes([os.getpid()] * n)} for n in (1, 2))
    for name, (sample,) in one.items():
        (other,) = two[name]
        assert sample.name == other.name
        if name == "process_max_fds":
            assert other.value == sample.value
        if name in ("process_virtual_memory_bytes", "process_cpu_seconds"):
            assert other.value > sample.value


def test_a_process_that_is_gone_is_left_out() -> None:
    assert [*processes([2**22 + 1])] == []
