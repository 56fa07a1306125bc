"""Answers that are sent while they are made."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from repartee.engines.protocols import EngineError
from repartee.server.exchange import Application, Message, Receive, Send
from repartee.server.problems import Problem, engine_failed

log = logging.getLogger(__name__)

EVENTS = "text/event-stream"


class Outflow:
    """The body of an answer; the head leaves with its first part, and not before."""

    def __init__(self, send: Send, media_type: str) -> None:
        self.begun = False
        self._send = send
        self._media_type = media_type

    async def write(self, data: bytes) -> None:
        """The next part; returns when the client can take more."""
        await self._begin()
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def event(self, event: Any) -> None:
        """The next part, a server-sent event with this JSON."""
        await self.write(b"data: %s\n\n" % msgspec.json.encode(event))

    async def end(self) -> None:
        """That was all."""
        await self._begin()
        await self._send({"type": "http.response.body", "body": b""})

    async def _begin(self) -> None:
        if self.begun:
            return
        self.begun = True
        headers = [(b"content-type", self._media_type.encode()), (b"cache-control", b"no-cache")]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})


Produce = Callable[[Outflow], Awaitable[None]]


def streamed(media_type: str, produce: Produce) -> Application:
    """An answer whose parts `produce` writes.

    An engine that fails before the first is told in a Problem, one that fails later in an event;
    where there are no events the answer is left without its end, so that nobody takes it for whole.
    """

    async def answer(_: Message, __: Receive, send: Send) -> None:
        flow = Outflow(send, media_type)
        try:
            await produce(flow)
        except EngineError as error:
            problem = failed(error)
            if not flow.begun:
                raise problem from None
            if media_type != EVENTS:
                return
            await flow.write(b"data: %s\n\n" % problem.body)
        await flow.end()

    return answer


def failed(error: EngineError) -> Problem:
    """What the client is told of an engine that failed."""
    log.warning("engine failed", extra={"code": error.code})
    return engine_failed(str(error), error.code)
