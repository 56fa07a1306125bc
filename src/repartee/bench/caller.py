"""One session: what connects its line, its speaker and its book of turns."""

import asyncio
from collections.abc import Callable

from repartee.bench import events
from repartee.bench.plan import Plan
from repartee.bench.sound import Sounds
from repartee.bench.speaker import Speaker
from repartee.bench.turns import Conversation
from repartee.bench.wire import Line, NotConnected, OpenLine

_OPENING_S = 10.0  # until session.created


class Caller:
    """Calls the server once.  `lost` says why the server ended the line, if it did."""

    def __init__(self, plan: Plan, sounds: Sounds, slot: int, clock: Callable[[], float]) -> None:
        self.slot = slot
        self.conversation = Conversation(plan, seed=slot)
        self.speaker = Speaker(sounds, self.conversation, slot)
        self.connect_s = 0.0
        self.foreign = 0  # messages that are no events
        self.lost: str | None = None
        self._clock = clock
        self._line: Line | None = None
        self._created = asyncio.Event()
        self._hanging_up = False

    async def open(self, open_line: OpenLine, greeting: bytes) -> None:
        """Connect, wait for the session and configure it.  Raises NotConnected."""
        began = self._clock()
        self._line = await open_line(self._hear, self._lose)
        try:
            async with asyncio.timeout(_OPENING_S):
                await self._created.wait()
        except TimeoutError:
            await self.close()
            raise NotConnected("no session.created") from None
        if self.lost is not None:
            raise NotConnected(self.lost)
        self.connect_s = self._clock() - began
        self._line.send(greeting)

    async def close(self) -> None:
        """Hang up."""
        self._hanging_up = True
        if self._line is not None and self.lost is None:
            await self._line.close()

    def send(self, at: float) -> None:
        """Send the chunk that was spoken from `at` on."""
        assert self._line is not None
        self._line.send(self.speaker.chunk(at))

    def _hear(self, message: bytes | memoryview) -> None:
        now = self._clock()
        told = events.read(message)
        if told is None:
            self.foreign += 1
        elif told.type == "session.created":
            self._created.set()
        else:
            self.conversation.take(told, now)

    def _lose(self, reason: str) -> None:
        if not self._hanging_up:
            self.lost = reason
        self._created.set()
