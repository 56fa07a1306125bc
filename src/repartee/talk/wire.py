"""The connection of a conversation: what the server says waits in a queue until it is asked for."""

import asyncio

from repartee.talk import TalkError
from repartee.transports import client
from repartee.transports.client import (
    Absent,
    Closing,
    Event,
    Foreign,
    Place,
    Refused,
    Unreachable,
)

_VANISHED = 1006  # RFC 6455 §7.4.1: no close frame came


class Closed(TalkError):
    """The server ended the connection."""


class Wire:
    """An open connection.  `events` holds what the server said, and at the end a `Closed`."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event | Closed] = asyncio.Queue()
        self._socket: client.Wire | None = None

    async def open(self, place: Place) -> None:
        """Connect.  Raises client.Unreachable and client.Refused."""
        headers = {"Authorization": f"Bearer {place.key}"} if place.key else {}
        query = {"model": place.model}
        self._socket = await client.connect(place, self._take, query=query, headers=headers)

    def send(self, event: Event) -> None:
        """Send an event; one sent after the end goes nowhere."""
        if self._socket is not None:
            self._socket.send(event)

    async def close(self) -> None:
        """Say goodbye and wait until the connection is down."""
        if self._socket is not None:
            await self._socket.close()

    def _take(self, told: Event | Foreign | Closing) -> None:
        self.events.put_nowait(told if isinstance(told, dict) else _end(told))


def _end(told: Foreign | Closing) -> Closed:
    match told:
        case Foreign(problem=problem):
            return Closed(f"the server sends {problem}")
        case Closing(code=code) if code == _VANISHED:
            return Closed("the server is gone")
        case Closing(code=code, reason=reason):
            said = reason or "no reason given"
            return Closed(f"the server closed the connection: {said} ({code})")


async def connect(place: Place) -> Wire:
    """Open a session of the model at `place`.  Raises TalkError."""
    wire = Wire()
    try:
        await wire.open(place)
    except Absent as error:
        remedy = "start a server with `repartee serve`, or use --local"
        raise TalkError(f"{error}: {remedy}") from None
    except Unreachable as error:
        raise TalkError(str(error)) from None
    except Refused as error:
        raise TalkError(f"{place.url} does not answer as a Realtime server: {error}") from None
    return wire
