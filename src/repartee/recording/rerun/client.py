"""The recorded client as a new session sees it: it takes everything and remembers the names."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from repartee.recording.inspection.wire import name
from repartee.recording.rerun.names import Named, Names, Place

Event = dict[str, Any]

REST_S = 30.0  # how long what has yet to come is waited for


class Client:
    """A transport, and the loudspeaker of a call, which is off."""

    def __init__(self) -> None:
        self.names = Names()
        self.closed: str | None = None  # why the server has closed the session
        self._hear: Callable[[bytes], None]
        self._owed: set[str] = set()  # responses that are being given, items without their words
        self._writes_down = False
        self._listened, self._news = asyncio.Event(), asyncio.Event()
        self._gone = asyncio.Event()

    # As the driver sees it

    def listen(self, hear: Callable[[bytes], None], hear_binary: Callable[[], None]) -> None:
        """Text goes to `hear`; this client says nothing in binary."""
        self._hear = hear
        self._listened.set()

    def send(self, frame: bytes) -> None:
        """Learn what is named in it, and what has yet to come."""
        event: Event = msgspec.json.decode(frame)
        self.names.hear(event, asyncio.get_running_loop().time())
        self._follow(event)
        self._news.set()

    async def drained(self) -> None:
        """It takes all there is, and lets others work."""
        await asyncio.sleep(0)

    def close(self, code: int, reason: str) -> None:
        self.closed = f"{code} {reason}".rstrip()
        self.leave()

    async def wait_closed(self) -> None:
        await self._gone.wait()

    def play(self, pcm: bytes) -> None:
        """Nobody listens."""

    def hush(self) -> None:
        """There was nothing to be heard."""

    def duck(self, softly: bool) -> None:
        """Nor was it loud."""

    # As the one who plays it does

    @property
    def gone(self) -> bool:
        return self._gone.is_set()

    async def listened(self) -> None:
        """Wait until what is said is heard."""
        await self._listened.wait()

    def say(self, message: bytes) -> None:
        """Send a message."""
        self._hear(message)

    def leave(self) -> None:
        """It is over."""
        self._gone.set()
        self._news.set()

    async def until(self, when: float) -> None:
        """Wait until then, on the event loop's clock, or until it is over."""
        left = when - asyncio.get_running_loop().time()
        if left > 0:
            await self._wait(lambda: False, left)

    async def rest(self) -> bool:
        """Wait until nothing more has to come; whether that was so within 30 s."""
        return await self._wait(lambda: not self._owed, REST_S)

    async def named(self, place: Place, seconds: float) -> Named:
        """Wait until something is named there.  Raises Unknown if it is not within so long."""
        await self._wait(lambda: self.names.has(place), seconds)
        return self.names.at(place)

    async def _wait(self, come: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while not come() and not self.gone:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _follow(self, event: Event) -> None:
        """Whether answers, and words of items, have yet to come."""
        match name(event["type"]):
            case "session.created" | "session.updated":
                session = event["session"]
                told = session.get("audio", {}).get("input", {}).get("transcription")
                self._writes_down = bool(told or session.get("input_audio_transcription"))
            case "response.created":
                self._owed.add(event["response"]["id"])
            case "response.done":
                self._owed.discard(event["response"]["id"])
            case "input_audio_buffer.committed" if self._writes_down:
                self._owed.add(event["item_id"])
            case (
                "conversation.item.input_audio_transcription.completed"
                | "conversation.item.input_audio_transcription.failed"
            ):
                self._owed.discard(event["item_id"])
