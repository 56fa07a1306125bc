"""A call with its sidebands: one session that several connections see and steer.

The caller's connection is the main one: engines wait for it alone, and its end is the end of all.
"""

from collections.abc import Callable

from repartee.transports.messages import POLICY_VIOLATION
from repartee.transports.websocket import Transport, WebSocketTransport

MOST_SIDEBANDS = 8  # of one call
MOST_UNTAKEN = 32 * 1024 * 1024  # bytes: the longest event, an item with its sound, and half of it


class Fanout:
    """A session's transport that is several.

    All are told the same: what goes wrong with an event of one client is told to the others as
    well, and only its `event_id` says whose it was.  What they send is heard in the order it came,
    sound included: what a sideband appends joins the caller's.
    """

    def __init__(self, main: Transport) -> None:
        self._main = main
        self._sidebands: list[WebSocketTransport] = []
        self._hear: Callable[[bytes], None] | None = None
        self._hear_binary: Callable[[], None] | None = None

    @property
    def open(self) -> bool:
        """Whether there is a session to take part in."""
        return self._hear is not None and not self._main.closed

    @property
    def full(self) -> bool:
        """Whether there is no room for another sideband."""
        return len(self._sidebands) >= MOST_SIDEBANDS

    async def attend(self, sideband: WebSocketTransport, greeting: bytes) -> None:
        """Let a sideband take part until it is gone; `greeting` is the first it is told.

        One that is too slow is cut off (1008), and slows nobody.
        """
        self._sidebands.append(sideband)
        try:
            sideband.send(greeting)
            sideband.listen(self._take, self._take_binary)
            await sideband.wait_closed()
        finally:
            self._sidebands.remove(sideband)

    # What a session uses

    @property
    def ending(self) -> tuple[int, str]:
        """That of the caller's connection."""
        return self._main.ending

    def listen(self, hear: Callable[[bytes], None], hear_binary: Callable[[], None]) -> None:
        self._hear, self._hear_binary = hear, hear_binary
        self._main.listen(hear, hear_binary)

    def send(self, frame: bytes) -> None:
        self._main.send(frame)
        for sideband in self._sidebands:
            if sideband.untaken + len(frame) > MOST_UNTAKEN:
                sideband.close(POLICY_VIOLATION, "slow_consumer")
            sideband.send(frame)  # into the void, if it is closed

    async def drained(self) -> None:
        await self._main.drained()

    def close(self, code: int, reason: str) -> None:
        self._main.close(code, reason)
        for sideband in self._sidebands:
            sideband.close(code, reason)

    async def wait_closed(self) -> None:
        await self._main.wait_closed()

    # What sidebands send; nobody listens any more once the caller is gone

    def _take(self, message: bytes) -> None:
        if self.open and self._hear is not None:
            self._hear(message)

    def _take_binary(self) -> None:
        if self.open and self._hear_binary is not None:
            self._hear_binary()
