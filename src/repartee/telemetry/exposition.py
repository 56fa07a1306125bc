"""A tally as text, in Prometheus' format or OpenMetrics', as prometheus_client writes them.

This is the only module that imports the library: when somebody asks for the first time.
"""

import platform
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from prometheus_client import ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from repartee import __version__
from repartee.telemetry.instruments import BUILD_INFO, INSTRUMENTS, PREFIX, Instrument
from repartee.telemetry.tally import Spread, Tally

_OLDEST = "process_start_time_seconds"  # of several processes; all else is added up
_ONE_EACH = "process_max_fds"


class Page(NamedTuple):
    """What is answered."""

    body: bytes
    content_type: str


def page(tally: Tally, pids: Iterable[int], accept: str) -> Page:
    """What there is to tell, of the processes `pids` as well, in the format that is accepted."""
    tally.gauges[BUILD_INFO.name] = {(__version__, platform.python_version()): 1.0}
    try:
        encode, content_type = choose_encoder(accept)
    except (TypeError, ValueError):  # a version that is none
        encode, content_type = choose_encoder("")
    return Page(encode(_Collected([*families(tally), *processes(pids)])), content_type)


class _Collected(Collector):
    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        return self._found


def families(tally: Tally) -> Iterator[Metric]:
    """Every instrument; one without labels begins at zero."""
    for each in INSTRUMENTS:
        name, labels = PREFIX + each.name, each.labels
        if each.kind == "histogram":
            yield _histogram(each, tally)
            continue
        family: CounterMetricFamily | GaugeMetricFamily
        if each.kind == "counter":
            family = CounterMetricFamily(name, each.help, labels=labels)
            numbers = tally.counters.get(each.name, {})
        else:
            family = GaugeMetricFamily(name, each.help, labels=labels)
            numbers = tally.gauges.get(each.name, {})
        for values, number in numbers.items() or ([] if labels else [((), 0.0)]):
            family.add_metric(values, number)
        yield family


def _histogram(instrument: Instrument, tally: Tally) -> HistogramMetricFamily:
    family = HistogramMetricFamily(
        PREFIX + instrument.name, instrument.help, labels=instrument.labels
    )
    bounds = [*map(floatToGoString, instrument.buckets), "+Inf"]
    spreads = tally.spreads.get(instrument.name, {})
    if not (spreads or instrument.labels):
        spreads = {(): Spread([0] * len(bounds))}
    for values, spread in spreads.items():
        counts = accumulate(spread.counts)
        family.add_metric(values, [*zip(bounds, counts, strict=True)], spread.total)
    return family


def processes(pids: Iterable[int]) -> Iterator[Metric]:
    """What the system tells of them, as of one: time, memory and descriptors added up."""
    found: dict[str, Metric] = {}
    values: defaultdict[str, list[float]] = defaultdict(list)
    for pid in pids:
        collector = ProcessCollector(registry=None, pid=lambda pid=pid: pid)  # type: ignore[misc]
        for family in collector.collect():
            for sample in family.samples:
                values[family.name].append(sample.value)
            found.setdefault(family.name, family)
    for name, family in found.items():
        whole = min if name in (_OLDEST, _ONE_EACH) else sum
        (sample,) = family.samples
        family.samples = [sample._replace(value=whole(values[name]))]
        yield family
