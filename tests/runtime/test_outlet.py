"""The way out: nothing overtakes, and nothing waits longer than it may."""

import asyncio

from repartee.runtime.outlet import HOLD_S, Outlet
from virtual_time import run


class Wire:
    """What came, and when, in ms."""

    def __init__(self) -> None:
        self.came: list[tuple[int, str]] = []

    def send(self, frame: bytes) -> None:
        self._note(frame.decode())

    def close(self, code: int, reason: str) -> None:
        self._note(f"{code} {reason}")

    def _note(self, what: str) -> None:
        self.came.append((round(asyncio.get_running_loop().time() * 1000), what))


class Held:
    """An outlet, its wire, and how many were late."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.late = 0
        self.outlet = Outlet(self.wire, self._count)

    def _count(self) -> None:
        self.late += 1

    def send(self, *frames: str) -> None:
        for frame in frames:
            self.outlet.send(frame.encode())

    def hold(self) -> asyncio.Future[None]:
        kept = asyncio.get_running_loop().create_future()
        self.outlet.hold(kept)
        return kept

    def step(self, *frames: str) -> asyncio.Future[None]:
        """A step with a record before these frames."""
        kept = self.hold()
        self.send(*frames)
        self.outlet.step_is_over()
        return kept


def test_without_records_frames_leave_at_once() -> None:
    async def script() -> None:
        held = Held()
        held.send("a")
        assert held.wire.came == [(0, "a")]

    run(script())


def test_frames_behind_a_record_leave_together_once_it_is_kept() -> None:
    async def script() -> None:
        held = Held()
        kept = held.step("a", "b")
        await asyncio.sleep(0.01)
        held.send("later")
        assert held.wire.came == []
        kept.set_result(None)
        await asyncio.sleep(1)
        held.send("last")
        assert held.wire.came == [(10, "a"), (10, "b"), (10, "later"), (1010, "last")]
        assert held.late == 0

    run(script())


def test_what_waits_too_long_leaves_all_the_same_and_is_counted() -> None:
    async def script() -> None:
        held = Held()
        kept = held.step("a")
        await asyncio.sleep(1)
        kept.set_result(None)
        await asyncio.sleep(0)
        held.send("b")
        assert held.wire.came == [(round(HOLD_S * 1000), "a"), (1000, "b")]
        assert held.late == 1

    run(script())


def test_a_record_that_was_kept_early_still_waits_for_the_one_before() -> None:
    async def script() -> None:
        held = Held()
        first = held.step("a")
        second = held.step("b")
        second.set_result(None)
        await asyncio.sleep(0.01)
        assert held.wire.came == []
        first.set_result(None)
        await asyncio.sleep(0.01)
        assert held.wire.came == [(10, "a"), (10, "b")]

    run(script())


def test_each_waits_for_its_own_time() -> None:
    async def script() -> None:
        held = Held()
        held.step("a")
        await asyncio.sleep(0.03)
        held.step("b")
        await asyncio.sleep(1)
        assert held.wire.came == [(50, "a"), (80, "b")]
        assert held.late == 2

    run(script())


def test_a_record_with_nothing_to_tell_holds_nothing_up() -> None:
    async def script() -> None:
        held = Held()
        held.step()
        held.send("a")
        assert held.wire.came == [(0, "a")]
        await asyncio.sleep(1)
        assert held.late == 0

    run(script())


def test_of_several_records_in_a_step_the_last_counts() -> None:
    async def script() -> None:
        held = Held()
        held.hold()
        held.step("a").set_result(None)
        await asyncio.sleep(0.01)
        assert held.wire.came == [(0, "a")]
        await asyncio.sleep(1)
        assert held.late == 0

    run(script())


def test_the_end_of_the_connection_does_not_overtake() -> None:
    async def script() -> None:
        held = Held()
        kept = held.step("a")
        held.outlet.close(1001, "old")
        kept.set_result(None)
        await asyncio.sleep(0.01)
        assert held.wire.came == [(0, "a"), (0, "1001 old")]

    run(script())


def test_when_the_client_is_gone_nothing_is_delivered_or_late() -> None:
    async def script() -> None:
        held = Held()
        first, _ = held.step("a"), held.step("b")
        held.outlet.shut()
        first.set_result(None)
        await asyncio.sleep(1)
        assert held.wire.came == []
        assert held.late == 0

    run(script())
