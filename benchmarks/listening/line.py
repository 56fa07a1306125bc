"""A client on the line to a driver, without a network; it knows when it was told what."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from client_double import ClientDouble
from microphone import chunks
from recordings import RATE, Samples
from repartee.protocol.config import Config
from repartee.runtime.driver import Driver
from repartee.runtime.engines import Engines
from repartee.runtime.ids import session_ids
from repartee.session.bounds import Bounds
from repartee.speech.patience import Patience

PIECE = RATE // 50  # samples of 20 ms


class Line(ClientDouble):
    """Its `moments` are those of its `events`, in seconds of the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[float] = []

    def send(self, frame: bytes) -> None:
        self.moments.append(asyncio.get_running_loop().time())
        super().send(frame)

    def when(self, kind: str) -> list[float]:
        """The moments of all events of a kind."""
        every = zip(self.moments, self.events, strict=True)
        return [moment for moment, event in every if event["type"] == kind]

    async def speak(self, sound: Samples) -> float:
        """Send sound as a microphone gives it; when it began."""
        loop = asyncio.get_running_loop()
        begun = due = loop.time()
        for piece in chunks(sound, PIECE):
            due += PIECE / RATE
            await asyncio.sleep(due - loop.time())
            self.append(piece)
        return begun


@asynccontextmanager
async def line(
    engines: Engines, bounds: Bounds | None = None, **config: Any
) -> AsyncIterator[Line]:
    """A client in a session with these engines; `config` is that of `Config`."""
    client = Line()
    driver = Driver(
        Config(id="sess_1", expires_at=3600, **config),
        client,
        engines,
        new_id=session_ids(bytes(16)),
        bounds=bounds or Bounds(),
        patience=Patience(),
    )
    running = asyncio.create_task(driver.run())
    await client.until("session.created")
    yield client
    client.leave()
    await running
