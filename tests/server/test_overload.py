"""How late the event loop is, and who is refused for it."""

import asyncio
import json
import logging
from collections.abc import Callable

import pytest

from repartee.server.app import exposed
from repartee.server.overload import INTERVAL_S, SAMPLES, Lag, Probe, Recent
from repartee.telemetry.metrics import Metrics
from server.doorway import doorway, edge_of, furnished
from server.visitors import enter
from transports.raw_socket import UPGRADE, close_frame

LIMIT_S = 0.02
UPGRADE_LINES = [f"{name}: {value}" for name, value in UPGRADE.items() if name != "Host"]


def noted(*late_s: float, limit_s: float | None = LIMIT_S) -> Lag:
    lag = Lag(limit_s)
    for each in late_s:
        lag.note(each)
    return lag


# The decision


def test_a_loop_that_is_late_a_tenth_of_the_time_is_overloaded() -> None:
    lag = noted(*[0.021] * 4)
    assert not lag.overloaded
    lag.note(0.021)
    assert lag.overloaded


def test_how_late_makes_no_difference() -> None:
    assert not noted(9.0, 9.0, 9.0, 9.0).overloaded
    assert not noted(*[LIMIT_S] * SAMPLES).overloaded


def test_what_was_late_long_ago_does_not_count() -> None:
    lag = noted(1, 1, 1, 1, *[0.0] * SAMPLES, 1, 1, 1, 1)
    assert not lag.overloaded
    assert lag.recent == Recent(0.0, 1)


def test_it_opens_only_at_half_the_limit() -> None:
    lag = noted(*[0.03] * SAMPLES)
    for _ in range(SAMPLES):
        lag.note(0.011)
        assert lag.overloaded
    for _ in range(SAMPLES - 5):
        lag.note(0.0)
        assert lag.overloaded
    lag.note(0.0)
    assert not lag.overloaded
    for _ in range(SAMPLES):
        lag.note(0.019)
    assert not lag.overloaded


def test_without_a_limit_it_is_measured_all_the_same() -> None:
    lag = noted(*[1.0] * SAMPLES, 2.0, limit_s=None)
    assert not lag.overloaded
    assert lag.recent == Recent(1.0, 2.0)


def test_nothing_is_remembered_of_those_who_have_left() -> None:
    lag = noted(*[1.0] * SAMPLES)
    lag.forget()
    assert not lag.overloaded
    assert lag.recent == Recent(0.0, 0.0)


def test_each_sample_is_told_to_who_keeps_statistics() -> None:
    told: list[float] = []
    lag = Lag(None)
    lag.observe = told.append
    lag.note(0.5)
    lag.note(0.0)
    assert told == [0.5, 0.0]


def test_a_change_is_logged_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        noted(*[0.03] * SAMPLES, *[0.0] * SAMPLES)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "overloaded",
        "overloaded no more",
    ]


# The probe


class Clock:
    """Time that passes when told to, and one timer."""

    def __init__(self) -> None:
        self.now = 100.0
        self.asked: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, delay: float, call: Callable[[], None]) -> "Clock":
        self.asked.append((self.now + delay, call))
        return self

    def cancel(self) -> None:
        self.asked.clear()

    def come(self, late_s: float) -> None:
        """The loop comes to the timer so late."""
        (due, call) = self.asked.pop()
        self.now = due + late_s
        call()


def test_the_probe_tells_how_late_it_was_asked() -> None:
    clock, told = Clock(), list[float]()
    lag = Lag(None)
    lag.observe = told.append
    probe = Probe(lag, call_later=clock.call_later, clock=lambda: clock.now)
    probe.start()
    probe.start()
    assert [due for due, _ in clock.asked] == [100.0 + INTERVAL_S]
    clock.come(0.25)
    clock.come(-0.001)  # a loop may round down
    clock.come(0.5)
    assert told == [pytest.approx(0.25), 0.0, pytest.approx(0.5)]


def test_what_waits_for_its_turn_counts_as_well() -> None:
    clock, told = Clock(), list[float]()
    lag = Lag(None)
    lag.observe = told.append
    late = iter((0.3, 0.1))
    probe = Probe(
        lag, backlog=lambda: next(late), call_later=clock.call_later, clock=lambda: clock.now
    )
    probe.start()
    clock.come(0.2)
    clock.come(0.2)
    assert told == [pytest.approx(0.3), pytest.approx(0.2)]


def test_the_probe_sleeps_while_nobody_is_inside() -> None:
    clock, lag = Clock(), Lag(LIMIT_S)
    probe = Probe(lag, call_later=clock.call_later, clock=lambda: clock.now)
    probe.start()
    for _ in range(SAMPLES):
        clock.come(1)
    assert lag.overloaded
    probe.stop()
    assert clock.asked == []
    assert not lag.overloaded
    probe.stop()
    probe.start()
    assert len(clock.asked) == 1


# The server


async def test_an_overloaded_server_takes_no_session_but_sidebands() -> None:
    async with doorway(max_lag_ms=20) as door:
        client = await enter(door)
        for _ in range(SAMPLES):
            door.edge.lag.note(1.0)
        answer = await door.ask("\n".join(["GET /v1/realtime", *UPGRADE_LINES]))
        assert (answer.status, answer.code) == (503, "server_overloaded")
        assert int(answer.headers["retry-after"]) > 0
        assert (await door.ask("GET /readyz")).status == 503
        assert (await door.ask("GET /healthz")).status == 200
        sideband = await door.connect()
        await sideband.request("/v1/realtime?call_id=rtc_1")
        assert json.loads(await sideband.text())["error"]["code"] == "call_not_found"
        client.send(close_frame(1000))
        await client.goodbye()


async def test_the_loop_is_watched_while_somebody_is_inside() -> None:
    told: asyncio.Queue[float] = asyncio.Queue()
    async with doorway(max_lag_ms=20) as door:
        door.edge.lag.observe = told.put_nowait
        first, second = await enter(door), await enter(door)
        assert await told.get() >= 0
        for client in (first, second):
            assert door.edge._probe._timer is not None
            client.send(close_frame(1000))
            await client.goodbye()
        while door.edge.sessions:
            await asyncio.wait(door.edge.sessions)
        assert door.edge._probe._timer is None


async def test_metrics_are_told_of_every_sample() -> None:
    settings, metrics = furnished(), Metrics()
    edge = edge_of(settings)
    async with exposed(settings, edge, metrics):
        edge.lag.note(0.004)
    assert metrics.snapshot().spreads["event_loop_lag_seconds"][()].counts[1] == 1
