"""Numbers added up, sent, and added to each other."""

import msgspec

from repartee.telemetry.instruments import (
    ENGINE_INFLIGHT,
    EVENTS,
    OUTPUT_LEAD,
    STAGE,
)
from repartee.telemetry.tally import Spread, Tally


def counted() -> Tally:
    tally = Tally()
    tally.add(EVENTS, 1, "error")
    tally.add(EVENTS, 2, "error")
    tally.add(ENGINE_INFLIGHT, 4, "mind")
    tally.add(ENGINE_INFLIGHT, -1, "mind")
    tally.observe(OUTPUT_LEAD, 1)
    tally.observe(OUTPUT_LEAD, 1.5)
    tally.observe(OUTPUT_LEAD, 99)
    return tally


def test_counters_gauges_and_histograms() -> None:
    tally = counted()
    assert tally.counters == {"events": {("error",): 3}}
    assert tally.gauges == {"engine_inflight": {("mind",): 3}}
    # A bound belongs to its bucket: "le" is less or equal.
    assert tally.spreads == {"output_lead_seconds": {(): Spread([0, 1, 1, 0, 0, 0, 1], 101.5)}}


def test_what_is_sent_arrives() -> None:
    sent = msgspec.msgpack.encode(counted())
    assert msgspec.msgpack.decode(sent, type=Tally) == counted()


def test_two_are_added_up_and_neither_is_the_sum() -> None:
    one, other = counted(), counted()
    other.observe(STAGE, 0.1, "asr", "gpt-realtime")
    one.merge(other)
    assert one.counters == {"events": {("error",): 6}}
    assert one.gauges == {"engine_inflight": {("mind",): 6}}
    assert one.spreads["output_lead_seconds"][()] == Spread([0, 2, 2, 0, 0, 0, 2], 203)
    one.observe(STAGE, 0.1, "asr", "gpt-realtime")
    assert sum(other.spreads["stage_seconds"]["asr", "gpt-realtime"].counts) == 1


def test_one_that_is_over_has_nothing_open() -> None:
    tally = Tally()
    tally.merge(counted(), alive=False)
    assert (tally.gauges, tally.counters) == ({}, counted().counters)
