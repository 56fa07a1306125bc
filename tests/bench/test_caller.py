"""One session, on a line that the test holds."""

import json
from typing import Any

import pytest

from repartee.bench import events
from repartee.bench.caller import Caller
from repartee.bench.plan import Plan
from repartee.bench.sound import Sounds, Utterance
from repartee.bench.wire import Hear, Lose, NotConnected

SOUNDS = Sounds((Utterance("a", (b"a1",), 0.0, 0.02),), (b"-",))


class Held:
    """A line, and what is on its other end."""

    def __init__(self, first: str = "session.created") -> None:
        self.sent: list[bytes] = []
        self.closed = 0
        self.now = 5.0
        self.first = first

    async def __call__(self, hear: Hear, lose: Lose) -> "Held":
        self.hear, self.lose = hear, lose
        self.now = 5.25
        if self.first:
            self.tell(self.first)
        else:
            lose("closed by the server with 4000")
        return self

    def tell(self, kind: str, **fields: Any) -> None:
        self.hear(json.dumps({"type": kind, **fields}).encode())

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    async def close(self) -> None:
        self.closed += 1
        self.lose("connection lost")


async def opened() -> tuple[Caller, Held]:
    line = Held()
    caller = Caller(Plan(), SOUNDS, 0, lambda: line.now)
    await caller.open(line, b"hello")
    return caller, line


async def test_it_connects_configures_and_speaks() -> None:
    caller, line = await opened()
    assert caller.connect_s == 0.25
    caller.conversation.begin(6.0)
    caller.send(5.98)
    caller.send(6.0)
    assert line.sent == [b"hello", b"-", b"a1"]


async def test_what_it_hears_is_noted_with_its_time() -> None:
    caller, line = await opened()
    caller.conversation.speak(5.0, 6.0)
    line.now = 5.5
    line.tell(events.STARTED, item_id="i")
    line.hear(b"nonsense")
    assert caller.conversation.turns[0].started == 5.5
    assert caller.foreign == 1


async def test_a_line_that_ends_by_itself_is_lost() -> None:
    caller, line = await opened()
    line.lose("closed by the server with 1001")
    await caller.close()
    assert caller.lost == "closed by the server with 1001"
    assert line.closed == 0


async def test_hanging_up_is_no_loss() -> None:
    caller, line = await opened()
    await caller.close()
    assert caller.lost is None
    assert line.closed == 1


async def test_a_line_that_ends_before_the_session_begins_is_not_connected() -> None:
    line = Held(first="")
    with pytest.raises(NotConnected, match="closed by the server with 4000"):
        await Caller(Plan(), SOUNDS, 0, lambda: line.now).open(line, b"hello")
