"""A client of a driver, without a network: what it is sent, and ways to wait for it."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from repartee.conformance.findings import Violation
from repartee.conformance.referee import Referee
from repartee.engines.fake import (
    FakeModel,
    FakeRecognizer,
    FakeSynthesizer,
    FakeTurnDetector,
    FakeVad,
)
from repartee.engines.protocols import Text
from repartee.protocol.beta import Beta
from repartee.protocol.config import Config
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.prompt import Prompt
from repartee.runtime.accounting import Account
from repartee.runtime.driver import Driver
from repartee.runtime.engines import Engines
from repartee.runtime.ids import session_ids
from repartee.runtime.watching import Watcher
from repartee.session.bounds import Bounds
from repartee.speech.listener import SpeechDetector
from repartee.speech.patience import Patience

LOUD = (
    b"\x00\x20" * 16 + b"\x00\xe0" * 16
) * 24  # 32 ms of a 750 Hz square that the fake detector takes for speech
SILENT = bytes(1536)


class Endless:
    """A model that never stops by itself, and tells when it was made to."""

    def __init__(self) -> None:
        self.stopped = False

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Text, None]:
        try:
            while True:
                yield Text("more ")
                await asyncio.sleep(0.01)
        finally:
            self.stopped = True


class EngineDouble:
    """The engines of a process, each replaceable."""

    def __init__(
        self, ears: Any = None, mind: Any = None, voice: Any = None, turn: Any = None
    ) -> None:
        self.detector = SpeechDetector(FakeVad())
        self.turn = turn or FakeTurnDetector()
        self.ears = ears or FakeRecognizer()
        self.mind = mind or FakeModel()
        self.voice = voice or FakeSynthesizer()


class ClientDouble:
    """A transport and its client in one; the referee watches."""

    def __init__(self, dialect: str = "ga") -> None:
        self.events: list[dict[str, Any]] = []
        self.violations: list[Violation] = []
        self.closed_with: tuple[int, str] | None = None
        self.ending = (1006, "lost")
        self.taking = asyncio.Event()
        self.taking.set()
        self._referee = Referee(dialect)
        self._gone = asyncio.Event()
        self._news = asyncio.Event()
        self._hear: Callable[[bytes], None]
        self._hear_binary: Callable[[], None]

    # The transport, as the driver sees it

    def listen(self, hear: Callable[[bytes], None], hear_binary: Callable[[], None]) -> None:
        self._hear, self._hear_binary = hear, hear_binary

    def send(self, frame: bytes) -> None:
        event = json.loads(frame)
        self.violations += self._referee.server(event)
        self.events.append(event)
        self._news.set()

    async def drained(self) -> None:
        await self.taking.wait()
        await asyncio.sleep(0)

    def close(self, code: int, reason: str) -> None:
        self.closed_with = self.ending = (code, reason)
        self._gone.set()

    async def wait_closed(self) -> None:
        await self._gone.wait()

    # The client

    def say(self, kind: str, **members: Any) -> None:
        event = {"type": kind, **members}
        self.violations += self._referee.client(event, asyncio.get_running_loop().time())
        self._hear(json.dumps(event).encode())

    def say_raw(self, message: bytes) -> None:
        self._hear(message)

    def say_binary(self) -> None:
        self._hear_binary()

    def append(self, pcm: bytes) -> None:
        self.say("input_audio_buffer.append", audio=base64.b64encode(pcm).decode())

    def speak(self, frames: int = 10, silent: int = 20) -> None:
        """A spoken turn, all at once."""
        self.append(LOUD * frames + SILENT * silent)

    async def until(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The `count`-th event of a kind, once it has come; 60 s of virtual time at most."""
        async with asyncio.timeout(60):
            while len(found := [one for one in self.events if one["type"] == kind]) < count:
                self._news.clear()
                await self._news.wait()
        return found[count - 1]

    def leave(self) -> None:
        self.ending = (1000, "client")
        self._gone.set()

    def finish(self) -> list[Violation]:
        return self.violations + self._referee.finish()


@asynccontextmanager
async def conversation(
    engines: Any = None,
    *,
    patience: Patience | None = None,
    bounds: Bounds | None = None,
    dialect: Dialect = GA,
    account: Account | None = None,
    watchers: Sequence[Watcher] = (),
    **config: Any,
) -> AsyncIterator[ClientDouble]:
    """A client in a running session; no rule was broken and no task is left when it ends."""
    before = asyncio.all_tasks()
    client = ClientDouble("beta" if isinstance(dialect, Beta) else "ga")
    driver = Driver(
        Config(id="sess_1", expires_at=3600, **config),
        client,
        cast("Engines", engines or EngineDouble()),
        new_id=session_ids(bytes(16)),
        bounds=bounds or Bounds(),
        patience=patience or Patience(),
        dialect=dialect,
        account=account,
        watchers=watchers,
    )
    running = asyncio.create_task(driver.run())
    await client.until("session.created")
    yield client
    client.leave()
    await running
    assert client.violations == []
    assert asyncio.all_tasks() == before
