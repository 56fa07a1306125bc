"""How a WebSocket to a Realtime server is opened and given up."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import httpx2

from repartee.engines.remote.faults import Faults, Refused, now, persist
from repartee.engines.remote.wire import Closing, Event, Foreign, Rejected, Wire, open_wire

_FAREWELL_S = 0.05  # for a close frame to get out

Take = Callable[[Event | Foreign | Closing], None]


class Dial:
    """Opens connections to one server, with the patience that its engine has."""

    def __init__(
        self,
        faults: Faults,
        headers: Mapping[str, str],
        *,
        connect_timeout_s: float,
        retries: int,
        retry_delay_s: float,
    ) -> None:
        self._faults = faults
        self._headers = headers
        self._connect_timeout_s = connect_timeout_s
        self._retries = retries
        self._retry_delay_s = retry_delay_s

    async def open(self, address: httpx2.URL, take: Take) -> Wire:
        """A connection whose events go to `take`.  Raises EngineError."""
        deadline = now() + self._connect_timeout_s
        attempt = partial(self._attempt, str(address), take, deadline)
        return await persist(attempt, deadline, self._retries, self._retry_delay_s)

    async def _attempt(self, address: str, take: Take, deadline: float) -> Wire:
        patience_s = max(0.0, deadline - now())
        try:
            async with asyncio.timeout_at(deadline):
                return await open_wire(address, take, self._headers, None, patience_s)
        except TimeoutError:
            what = "did not begin to answer in time"
            raise Refused(self._faults.error("timeout", what)) from None
        except Rejected as error:
            if error.status is None:
                what = "speaks no WebSocket: does {role}.url end in /v1?"
                raise Refused(self._faults.error("unreadable", what)) from None
            raise self._faults.refusal(error.status, error.body, error.retry_after) from None
        except OSError as error:
            raise self._faults.unreachable(error.strerror or error) from None


async def hang_up(wire: Wire) -> None:
    """Close a connection, without waiting for a server that does not answer."""
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await wire.close()
    finally:
        wire.abort()
