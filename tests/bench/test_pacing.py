"""Who sends when, by a given clock."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

import virtual_time
from repartee.bench.pacing import Lateness, Pacer, Send


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def sent(slots: int, seconds: float) -> list[tuple[int, float, float]]:
    """Which slot sent the chunk that began when, and when it left, in virtual time."""
    found: list[tuple[int, float, float]] = []

    def sender(slot: int, now: Callable[[], float]) -> Send:
        return lambda begin: found.append((slot, begin, now()))

    async def run() -> None:
        loop = asyncio.get_running_loop()
        pacer = Pacer(slots, 0.02, loop.time)
        for slot in range(slots):
            pacer.enter(slot, sender(slot, loop.time))
        pacer.start()
        await asyncio.sleep(seconds)
        pacer.stop()
        before = len(found)
        await asyncio.sleep(1)
        assert len(found) == before

    virtual_time.run(run())
    return found


@pytest.mark.parametrize("slots", [1, 3, 40, 600])
def test_a_chunk_leaves_when_it_has_been_spoken(slots: int) -> None:
    for _, begin, left in sent(slots, 0.5):
        assert -1e-9 <= left - begin - 0.02 < 0.001 + 1e-9


@pytest.mark.parametrize("slots", [1, 3, 40])
def test_each_slot_sends_every_20_ms_and_the_slots_are_spread(slots: int) -> None:
    found = sent(slots, 0.5)
    for slot in range(slots):
        begins = [begin for each, begin, _ in found if each == slot]
        assert len(begins) in (24, 25)
        assert all(after - before == pytest.approx(0.02) for before, after in pairwise(begins))
        assert begins[0] == pytest.approx(0.02 * slot / slots)


def test_what_could_not_leave_in_time_is_sent_and_told() -> None:
    clock, begins = Clock(), list[float]()
    pacer = Pacer(1, 0.02, clock)
    pacer.enter(0, begins.append)
    clock.now = 0.065
    assert pacer.send_due(clock.now) == pytest.approx(0.08)
    assert begins == pytest.approx([0.0, 0.02, 0.04])
    figure = pacer.lateness.figure()
    assert figure is not None
    assert figure.count == 3
    assert figure.max == pytest.approx(45, abs=0.2)


def test_who_has_left_sends_no_more() -> None:
    clock, begins = Clock(), list[float]()
    pacer = Pacer(2, 0.02, clock)
    pacer.enter(1, begins.append)
    pacer.send_due(0.035)
    pacer.leave(1)
    pacer.send_due(0.1)
    assert begins == pytest.approx([0.01])


def test_lateness_is_bounded() -> None:
    lateness = Lateness()
    assert lateness.figure() is None
    for _ in range(3):
        lateness.add(5.0)
    figure = lateness.figure()
    assert figure is not None
    assert (lateness.count, figure.max) == (3, 1000)
    lateness.clear()
    assert lateness.count == 0
