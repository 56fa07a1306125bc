"""One connection to a Realtime server: its conversation, and the answers that are under way.

What comes is read as it comes, whether or not anybody still waits for it: the server's
conversation has it all the same.
"""

import asyncio
from collections.abc import AsyncGenerator
from itertools import count

import httpx2

from repartee.engines.protocols import EngineError, Result
from repartee.engines.realtime.answer import Answer
from repartee.engines.realtime.events import answer, configuration
from repartee.engines.realtime.mirror import Mirror
from repartee.engines.remote.dial import Dial, hang_up
from repartee.engines.remote.failure import Failure
from repartee.engines.remote.faults import Faults
from repartee.engines.remote.wire import Closing, Event, Foreign, Wire
from repartee.engines.speech_endpoint.marks import Tempo
from repartee.protocol.prompt import Prompt

_BEGIN_S = 5.0  # after which a connection is taken for dead that says nothing to a question
_CANCEL = "cancel"  # such an event may come too late, and nobody minds


class Lost(Exception):
    """The connection can be used no more; on another one, the answer may be had."""

    def __init__(self, error: EngineError) -> None:
        super().__init__(str(error))
        self.error = error


class _Ask:
    """One answer that is wanted."""

    def __init__(self, name: str, tempo: Tempo) -> None:
        self.name = name
        self.answer = Answer(tempo)
        self.response: str | None = None  # its id, once it is known
        self.wanted = True
        self.inbox: asyncio.Queue[list[Result] | Exception | None] = asyncio.Queue()


class Link:
    """The server's session that stands behind one of ours."""

    def __init__(self, dial: Dial, faults: Faults, address: httpx2.URL, timeout_s: float) -> None:
        """`timeout_s` is the longest silence of a server that owes an answer."""
        self.usable = True
        self._dial = dial
        self._faults = faults
        self._address = address
        self._timeout_s = timeout_s
        self._begin_s = min(timeout_s, _BEGIN_S)
        self._wire: Wire | None = None
        self._dialling = asyncio.Lock()
        self._mirror = Mirror()
        self._tempo = Tempo()
        self._numbers = count(1)
        self._asks: dict[str, _Ask] = {}
        self._active: _Ask | None = None  # the one that writes the server's conversation
        self._idle = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return bool(self._asks)

    async def ask(self, prompt: Prompt, voice: str | None) -> AsyncGenerator[Result, None]:
        """The answer to `prompt`, spoken in `voice` or written.

        Raises EngineError, and Lost where it should be asked for on another connection.
        """
        wire = await self._connect(voice)
        ask = _Ask(str(next(self._numbers)), self._tempo)
        if not prompt.aside:
            await self._take_floor(ask)
        self._asks[ask.name] = ask
        try:
            if not prompt.aside:
                for event in tuple(self._mirror.catch_up(prompt.lines)):
                    self._send(wire, event, ask)
            self._send(wire, answer(prompt, voice, ask.name), ask)
            while (results := await self._next(ask)) is not None:
                for result in results:
                    yield result
        finally:
            self._give_up(wire, ask)

    async def close(self) -> None:
        """Say goodbye."""
        self.usable = False
        wire, self._wire = self._wire, None
        if wire is not None:
            await hang_up(wire)

    async def _connect(self, voice: str | None) -> Wire:
        async with self._dialling:
            self._require_usable()
            if self._wire is None:
                self._wire = await self._dial.open(self._address, self._take)
                self._wire.send({"event_id": "configuration", **configuration(voice)})
            return self._wire

    def _require_usable(self) -> None:
        if not self.usable:
            raise Lost(self._faults.error("cut_off", "closed the connection"))

    async def _take_floor(self, ask: _Ask) -> None:
        """Wait until the answer before, which nobody wants any more, has ended there, too."""
        try:
            async with asyncio.timeout(self._timeout_s):
                while self._active is not None:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            what = "did not end an answer that was cancelled"
            raise Lost(self._faults.error("timeout", what)) from None
        self._require_usable()
        self._active = ask

    def _send(self, wire: Wire, event: Event, ask: _Ask) -> None:
        kind = "ask" if event["type"] == "response.create" else "line"
        wire.send({"event_id": f"{kind}_{ask.name}", **event})

    async def _next(self, ask: _Ask) -> list[Result] | None:
        """What the answer gives next; None at its end."""
        begun = ask.response is not None
        try:
            async with asyncio.timeout(self._timeout_s if begun else self._begin_s):
                came = await ask.inbox.get()
        except TimeoutError:
            self.usable = False
            error = self._faults.error("timeout", "was silent for too long")
            raise error if begun else Lost(error) from None
        if isinstance(came, Exception):
            raise came
        return came

    def _give_up(self, wire: Wire, ask: _Ask) -> None:
        """Nobody reads the answer any more; if it still goes on, it should not."""
        ask.wanted = False
        if ask.response is not None and not ask.answer.done:
            self._cancel(wire, ask.response)

    def _cancel(self, wire: Wire, response: str) -> None:
        wire.send({"event_id": _CANCEL, "type": "response.cancel", "response_id": response})

    # What comes

    def _take(self, event: Event | Foreign | Closing) -> None:
        match event:
            case Closing(code=code, reason=reason):
                what = f"closed the connection ({code} {reason})"
                self._lose(self._faults.error("cut_off", what))
            case Foreign():
                what = "sent what is no event: is {role}.url right?"
                self._lose(self._faults.error("unreadable", what))
            case {"type": "error"}:
                self._fail(Failure(event))
            case {"type": "response.created", "response": {"id": str(response)}}:
                self._begin(event, response)
            case {"response_id": str(response)} | {"response": {"id": str(response)}}:
                self._read(event, response)

    def _begin(self, event: Event, response: str) -> None:
        metadata = event["response"].get("metadata")
        name = metadata.get("ask") if isinstance(metadata, dict) else None
        ask = self._asks.get(str(name))
        if ask is None:
            return
        ask.response = response
        ask.inbox.put_nowait([])
        if not ask.wanted and self._wire is not None:
            self._cancel(self._wire, response)

    def _read(self, event: Event, response: str) -> None:
        ask = next((each for each in self._asks.values() if each.response == response), None)
        if ask is None:
            return
        try:
            results = ask.answer.feed(event)
        except Failure as failure:
            ask.inbox.put_nowait(self._error(failure))
        except ValueError:
            what = "sent sound that cannot be read"
            ask.inbox.put_nowait(self._faults.error("unreadable", what))
        else:
            if results:
                ask.inbox.put_nowait(results)
        if ask.answer.done:
            self._end(ask)

    def _end(self, ask: _Ask) -> None:
        """Nothing more comes of an answer."""
        ask.answer.done = True
        ask.inbox.put_nowait(None)
        self._asks.pop(ask.name, None)
        if self._active is ask:
            self._mirror.add(ask.answer.held)
            self._active = None
            self._idle.set()

    def _fail(self, failure: Failure) -> None:
        """The server reports an error: of an answer, or of something that leaves none possible."""
        kind, _, name = failure.event_id.partition("_")
        if kind == _CANCEL:
            return
        error = self._error(failure)
        ask = self._asks.get(name)
        if kind == "ask":
            if ask is not None:
                ask.inbox.put_nowait(error)
                self._end(ask)
        elif failure.reason != "failed" or kind == "configuration":
            self._lose(error, again=False)  # another connection would be told the same
        else:
            self._lose(error)

    def _error(self, failure: Failure) -> EngineError:
        return self._faults.error(failure.reason, f"failed: {failure}")

    def _lose(self, error: EngineError, *, again: bool = True) -> None:
        """The connection is gone, or its conversation is not what it should be."""
        self.usable = False
        for ask in tuple(self._asks.values()):
            ask.inbox.put_nowait(Lost(error) if again else error)
            self._end(ask)
        if self._wire is not None:
            self._wire.abort()
