"""The driver: it waits, and never decides.

It joins one session, one transport and the engines.  Whatever happens comes through one door,
`_feed`, which tells the session and carries out what it answers: events go to the transport,
encoded at once since items are shared and go on changing; commands start, feed or cancel a task.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import inf
from typing import Protocol, assert_never

from msgspec import Struct, structs

from repartee.engines.protocols import EngineError
from repartee.engines.remote.tracing import trace_requests
from repartee.protocol import audio
from repartee.protocol.client import ClientEvent
from repartee.protocol.config import AnyConfig
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.items import InputAudio, Message
from repartee.protocol.screening import screen
from repartee.protocol.server import ConversationItemRetrieved, ServerEvent, SessionCreated
from repartee.runtime.accounting import Account
from repartee.runtime.early import Early
from repartee.runtime.engines import Engines
from repartee.runtime.ids import random_id
from repartee.runtime.inlet import Inlet
from repartee.runtime.loudspeaker import Loudspeaker
from repartee.runtime.outlet import Outlet
from repartee.runtime.watching import Ending, Step, Watcher, Watchers
from repartee.session.bounds import Bounds
from repartee.session.commands import (
    Close,
    Command,
    Duck,
    Guess,
    Hear,
    Hush,
    Judge,
    Listen,
    Play,
    Proceed,
    Record,
    Reply,
    Settle,
    Show,
    Stop,
    Transcribe,
)
from repartee.session.inputs import Failed, Input, Result, Tick
from repartee.session.outbox import Output
from repartee.session.session import Session
from repartee.speech.codec import decode, encode
from repartee.speech.patience import Patience
from repartee.speech.responder import Responder
from repartee.speech.transcriber import Transcriber
from repartee.speech.verdict import judge

log = logging.getLogger(__name__)


class Transport(Protocol):
    """One client's connection, as the driver sees it."""

    def listen(self, hear: Callable[[bytes], None], hear_binary: Callable[[], None]) -> None:
        """Tell `hear` of each text message in order, `hear_binary` of each binary one."""

    def send(self, frame: bytes) -> None:
        """Deliver one encoded event, in order; never waits."""

    async def drained(self) -> None:
        """Wait while the client is far behind in taking what was sent."""

    def close(self, code: int, reason: str) -> None:
        """End the connection."""

    async def wait_closed(self) -> None:
        """Wait until the client is gone."""


class Speaker(Protocol):
    """Plays sound to a client in real time, from when it is given; sound is 24 kHz mono s16."""

    def play(self, pcm: bytes) -> None:
        """Play this behind all else."""

    def hush(self) -> None:
        """Play nothing of what is still to be played."""

    def duck(self, softly: bool) -> None:
        """Play more softly, or as loud as before."""


class Driver:
    """One session at work; its client comes in by the `inlet`."""

    _timer: asyncio.TimerHandle | None = None
    _due = inf  # when it will be

    def __init__(
        self,
        config: AnyConfig,
        transport: Transport,
        engines: Engines,
        *,
        new_id: Callable[[str], str],
        bounds: Bounds,
        patience: Patience,
        dialect: Dialect = GA,
        account: Account | None = None,
        said: Struct | None = None,
        speaker: Speaker | None = None,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        """`said` as in `Session`; with a `speaker` its sound is played, and not sent in events."""
        self._loop = asyncio.get_running_loop()
        self._transport, self._account = transport, account
        self._outlet = Outlet(transport, late=account.count_late if account else None)
        self._engines, self._patience = engines, patience
        self._dialect, self._bounds = dialect, bounds
        self._watchers = Watchers(watchers)
        self._begun = self._loop.time()
        paced = speaker is not None
        self._session = session = Session(
            config, new_id=new_id, now=self._begun, bounds=bounds, said=said, paced=paced
        )
        self._speaker = speaker
        self.inlet = Inlet(
            engines.detector,
            read=self._read,
            tell=self._feed,
            room=lambda: session.room,
            is_call=paced,
            indifference=lambda: session.indifference,
        )
        self._loudspeaker = Loudspeaker(self.inlet.listener)
        self._works: dict[str, asyncio.Task[None]] = {}
        self._transcribers: dict[str, Transcriber] = {}
        self._early: dict[str, Early] = {}

    def _read(self, message: bytes) -> ClientEvent | Refused:
        return screen(message, self._bounds.caps.event_bytes) or self._dialect.decode(message)

    async def run(self) -> None:
        """Serve the client until it is gone; nothing of the session is left afterwards."""
        try:
            outputs = self._session.open()
            self._obey(outputs)
            self._watchers.stepped(Step(None, outputs, self._begun))
            self._transport.listen(self.inlet.hear, self.inlet.hear_binary)
            await self._transport.wait_closed()
        finally:
            self.inlet.close()
            self._outlet.shut()
            if self._timer is not None:
                self._timer.cancel()
            works = tuple(self._works.values())
            for work in works:
                work.cancel()
            self._settle_accounts()
            await asyncio.gather(*works, return_exceptions=True)
            if forget := getattr(self._engines.mind, "forget", None):
                forget(self._session.config.id)

    def greeting(self) -> bytes | None:
        """`session.created` for a client that joins later, with the configuration in force."""
        event = SessionCreated(session=self._session.config)
        event.event_id = random_id("event")
        return self._dialect.encode(event)

    def _feed(self, event: ClientEvent | Input | Refused, message: bytes = b"") -> None:
        """The one door: tell the session, and obey it.  A fault here is ours: 1011."""
        outputs: list[Output] = []
        now = self._loop.time()
        try:
            outputs = self._session.step(event, now)
            if outputs:  # most frames say nothing
                self._obey(outputs)
        except Exception:
            log.exception("session failed at %s", type(event).__name__)
            self._session.closed = True
            self._outlet.close(1011, "internal error")
        self._watchers.stepped(Step(event, outputs, now, message))

    def _obey(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, ServerEvent):
                self._say(output)
            else:
                self._do(output)
        self._outlet.step_is_over()
        self._wake_at(self._session.deadline)

    def _say(self, event: ServerEvent) -> None:
        frame = self._dialect.encode(event)
        if frame is not None:
            self._outlet.send(frame)
        if self._speaker is None:
            self._loudspeaker.follow(event, self._session.config)

    def _do(self, command: Command) -> None:  # noqa: C901 - one case for each command
        match command:
            case Hear(ref=ref, pcm=pcm, encoding=encoding):
                self._transcribers[ref].hear(pcm, encoding)
            case Listen():
                self.inlet.configure(command)
            case Transcribe(ref=ref, hints=hints):
                transcriber = Transcriber(ref, self._engines.ears, hints, self._patience.ears_s)
                self._transcribers[ref] = transcriber
                self._start(ref, partial(transcriber.run, self._tell))
            case Guess(ref=ref):
                self._transcribers[ref].guess()
            case Judge(ref=ref):
                self._start(ref, partial(judge, command, self._engines.turn, self._tell))
            case Settle(ref=ref):
                self._transcribers[ref].settle()
            case Reply():
                self._reply(command)
            case Proceed(ref=ref):
                if early := self._early.get(ref):
                    early.proceed()
            case Play() | Hush() | Duck():
                self._play(command)
            case Show(event=event, have=have, wanted=wanted):
                self._say(recoded(event, have, wanted))
            case Stop(ref=ref):
                self._stop(ref)
            case Close(code=code, reason=reason):
                self._outlet.close(code, reason)
            case Record():
                self._record(command)
            case _:
                assert_never(command)

    def _play(self, command: Play | Hush | Duck) -> None:
        assert self._speaker is not None
        match command:
            case Play(pcm=pcm):
                self._speaker.play(pcm)
                self.inlet.listener.sent(pcm, "audio/pcm")
            case Hush():
                self._speaker.hush()
                self.inlet.listener.hushed()
            case Duck(softly=softly):
                self._speaker.duck(softly)

    def _record(self, record: Record) -> None:
        """What is said next waits until the record is kept."""
        kept = self._account.keep(record) if self._account else None
        if kept is not None:
            self._outlet.hold(kept)

    def _settle_accounts(self) -> None:
        """The client is gone; what its unfinished answers cost is kept all the same."""
        now = self._loop.time()
        outputs = self._session.leave(now)
        for output in outputs:
            if isinstance(output, Record) and self._account is not None:
                self._account.keep(output)
        told: tuple[int, str] | None = getattr(self._transport, "ending", None)
        ending = None if told is None else Ending(*told)
        self._watchers.left(Step(None, outputs, now, ending=ending))

    def _reply(self, reply: Reply) -> None:
        engines, patience, count = self._engines, self._patience, self._bounds.count
        if reply.early:
            self._early[reply.ref] = Early()
        responder = Responder(reply, engines.mind, engines.voice, patience, self._tell, count)
        self._start(reply.ref, responder.run)

    def _start(self, ref: str, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._guard(ref, work), name=ref)
        self._works[ref] = task
        # Not in the task itself, which never runs if it is cancelled at once.
        task.add_done_callback(lambda _: self._forget(ref))

    def _stop(self, ref: str) -> None:
        if work := self._works.get(ref):
            work.cancel()

    def _forget(self, ref: str) -> None:
        del self._works[ref]
        self._transcribers.pop(ref, None)
        self._early.pop(ref, None)
        self._watchers.rested(ref, self._loop.time())

    async def _guard(self, ref: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do a piece of work; its failure is a fact like any other."""
        trace_requests(partial(self._watchers.traceparent, ref))
        try:
            await work()
        except asyncio.CancelledError:
            # A task that ends by it keeps the traceback, which keeps all that was worked on, itself
            # included, until the garbage collector comes; and nobody asks how this task has ended.
            return
        except EngineError as failure:
            self._feed(Failed(ref, failure.code, str(failure)))
        except Exception:
            log.exception("engine failed")
            self._feed(Failed(ref, "engine_error", "An engine failed; see the server's log."))

    async def _tell(self, fact: Result) -> None:
        """Engines' way in; a slow client slows them, never its own words."""
        self._feed(fact)
        if early := self._early.get(fact.ref):
            await early.told(fact)
        await self._transport.drained()

    def _wake_at(self, deadline: float) -> None:
        """One timer; when it is due, the deadline may have moved on, as with every event."""
        if self._session.closed or (self._timer is not None and self._due <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = deadline  # uvloop's handle cannot tell, where it is due within a millisecond
        self._timer = self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        """Time has come, or not yet: then the timer is armed again, for a loop may wake early."""
        self._timer = None
        if self._loop.time() >= self._session.deadline:
            self.inlet.listener.tell_held()
            self._feed(Tick())
        self._wake_at(self._session.deadline)


def recoded(
    event: ConversationItemRetrieved, have: audio.Encoding, wanted: audio.Encoding
) -> ConversationItemRetrieved:
    """The item with its user's sound in another encoding."""
    item = event.item
    assert isinstance(item, Message)
    content = [
        structs.replace(part, audio=encode(decode(part.audio, have), wanted))
        if isinstance(part, InputAudio) and part.audio
        else part
        for part in item.content
    ]
    return structs.replace(event, item=structs.replace(item, content=content))
