"""What sessions leave behind is given back when it disturbs nobody."""

import asyncio
import base64
import ctypes
import gc
import json
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from repartee.runtime.driver import Driver
from repartee.runtime.sessions import Sessions
from repartee.server.leftovers import BUSY_S, QUIET_S, Leftovers, trimmer
from server.doorway import doorway
from server.visitors import enter
from transports.raw_socket import TEXT, close_frame, frame

SOUND = base64.b64encode(bytes(9600)).decode()
APPEND = json.dumps({"type": "input_audio_buffer.append", "audio": SOUND}).encode()


class Told:
    """Leftovers, what they did, and their one timer."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.asked: list[tuple[float, Callable[[], None]]] = []
        self.leftovers = Leftovers(
            lambda: self.done.append("trim"),
            collect=lambda: self.done.append("collect"),
            call_later=self.call_later,
        )

    def call_later(self, delay: float, call: Callable[[], None]) -> "Told":
        self.asked.append((delay, call))
        return self

    def cancel(self) -> None:
        self.asked.clear()

    @property
    def delays(self) -> list[float]:
        return [delay for delay, _ in self.asked]

    def come(self) -> list[str]:
        """The timer comes; what was done then."""
        self.done.clear()
        self.asked.pop()[1]()
        return self.done


def test_soon_after_the_last_session_everything_is_given_back() -> None:
    told = Told()
    told.leftovers.session_over(0)
    assert told.delays == [QUIET_S]
    assert told.come() == ["collect", "trim"]
    assert told.delays == []


def test_while_others_go_on_it_is_done_now_and_then() -> None:
    told = Told()
    for inside in (3, 2, 1):
        told.leftovers.session_over(inside)
    assert told.delays == [BUSY_S]
    assert told.come() == ["trim"]


def test_the_last_session_does_not_wait_for_those_before() -> None:
    told = Told()
    told.leftovers.session_over(1)
    told.leftovers.session_over(0)
    assert told.delays == [QUIET_S]


def test_nobody_who_has_come_meanwhile_waits_for_the_collector() -> None:
    told = Told()
    told.leftovers.session_over(0)
    told.leftovers.session_begins()
    assert told.come() == ["trim"]


def test_other_c_libraries_are_left_alone() -> None:
    told = Told()
    leftovers = Leftovers(None, call_later=told.call_later)
    leftovers.session_over(0)
    assert told.delays == []


def test_what_glibc_is_asked_for_is_what_it_understands() -> None:
    trim = trimmer()
    assert (trim is not None) == hasattr(ctypes.CDLL(None), "malloc_trim")
    if trim is not None:
        assert trim() in (0, 1)


async def test_a_session_that_is_over_is_freed_without_the_collector(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[weakref.ref[Driver]] = []

    def driver(*given: Any, **named: Any) -> Driver:
        one = make(*given, **named)
        made.append(weakref.ref(one))
        return one

    make = Sessions.driver
    monkeypatch.setattr(Sessions, "driver", driver)
    gc.disable()
    try:
        async with doorway(None) as door:
            client = await enter(door)
            await client.text()
            client.send(frame(TEXT, APPEND))
            client.send(close_frame(1000))
            await client.goodbye()
            while door.edge.sessions:
                await asyncio.wait(door.edge.sessions)
            assert [each() for each in made] == [None]
    finally:
        gc.enable()


async def test_the_server_thinks_of_it_when_a_session_is_over() -> None:
    told = Told()
    async with doorway() as door:
        door.edge.leftovers = told.leftovers
        clients = [await enter(door), await enter(door)]
        for left, delay in ((1, BUSY_S), (0, QUIET_S)):
            client = clients.pop()
            client.send(close_frame(1000))
            await client.goodbye()
            while len(door.edge.sessions) > left:
                await asyncio.wait(door.edge.sessions, return_when=asyncio.FIRST_COMPLETED)
            assert told.delays == [delay]
