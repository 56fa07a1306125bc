"""A tally: numbers by instrument and labels, cheap to add to, to send and to add up.

It is not the library's: that costs some microseconds for what takes one here, and has to be
imported before anything is counted.  Only whoever shows a tally needs it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct, field

from repartee.telemetry.instruments import Instrument

Labels = tuple[str, ...]


class Spread(Struct):
    """Values of a histogram: how many fell into each bucket, the last being all beyond."""

    counts: list[int]
    total: float = 0.0


class Reading(NamedTuple):
    """A number that somebody else keeps."""

    instrument: Instrument
    value: float
    labels: Labels = ()


Source = Callable[[], Iterable[Reading]]
"""Asked whenever somebody wants to know."""


class Tally(Struct):
    """Counters, gauges and histograms, by the name of their instrument and by their labels."""

    counters: dict[str, dict[Labels, float]] = field(default_factory=dict)
    gauges: dict[str, dict[Labels, float]] = field(default_factory=dict)
    spreads: dict[str, dict[Labels, Spread]] = field(default_factory=dict)

    def add(self, instrument: Instrument, amount: float = 1.0, *labels: str) -> None:
        """Add to a counter, or to a gauge."""
        kept = self.counters if instrument.kind == "counter" else self.gauges
        numbers = kept.setdefault(instrument.name, {})
        numbers[labels] = numbers.get(labels, 0.0) + amount

    def observe(self, instrument: Instrument, value: float, *labels: str) -> None:
        """One more value of a histogram."""
        spreads = self.spreads.setdefault(instrument.name, {})
        if (spread := spreads.get(labels)) is None:
            spread = spreads[labels] = Spread([0] * (len(instrument.buckets) + 1))
        spread.counts[bisect_left(instrument.buckets, value)] += 1
        spread.total += value

    def merge(self, other: "Tally", *, alive: bool = True) -> None:
        """Add what another process has counted; one that is over has nothing open any more."""
        _add(self.counters, other.counters)
        if alive:
            _add(self.gauges, other.gauges)
        for name, spreads in other.spreads.items():
            mine = self.spreads.setdefault(name, {})
            for labels, spread in spreads.items():
                sofar = mine.get(labels) or Spread([0] * len(spread.counts))
                counts = [a + b for a, b in zip(sofar.counts, spread.counts, strict=True)]
                mine[labels] = Spread(counts, sofar.total + spread.total)


_Numbers = dict[str, dict[Labels, float]]


def _add(mine: _Numbers, theirs: _Numbers) -> None:
    for name, numbers in theirs.items():
        own = mine.setdefault(name, {})
        for labels, number in numbers.items():
            own[labels] = own.get(labels, 0.0) + number
