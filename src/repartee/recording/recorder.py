"""The recorder: sees each step of the sessions that are to be recorded, and keeps it.

On the event loop it only encodes events, which go on changing, and leaves the rest to the writer's
thread.
"""

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec

from repartee.protocol.server import ServerEvent
from repartee.recording.facts import write_event
from repartee.recording.format import Kind
from repartee.recording.opening import opened
from repartee.recording.shelf import folder_of, make, name
from repartee.recording.writer import DAY_S, Plain, Tape, Writer
from repartee.runtime.watching import Allowance, Opening, Step, Watcher
from repartee.session.commands import Show
from repartee.session.inputs import Heard, Input, Sounded
from repartee.settings import Recording

log = logging.getLogger(__name__)

_EVENTS = (ServerEvent, Show)
_encode = msgspec.json.Encoder().encode


class Recorder:
    """Observes sessions, and records those that the settings have recorded, while it is entered.

    Entering it raises SettingsError where the folder cannot be used.
    """

    def __init__(self, settings: Recording, clock: Callable[[], float] = time.time) -> None:
        self._which = settings.sessions
        self._folder = folder = folder_of(settings)
        self._clock = clock
        days = settings.keep_days
        self._writer = Writer(folder, None if days is None else days * DAY_S, clock=clock)

    def __enter__(self) -> Self:
        make(self._folder)
        self._writer.open()
        log.info("sessions are recorded", extra={"which": self._which, "folder": self._folder})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def watch(self, opening: Opening) -> Watcher | None:
        """Record this session, if it is to be."""
        if not self._wants(opening):
            return None
        session_id = opening.config.id
        path = self._folder / name(session_id, self._clock())
        return SessionRecorder(opening, Tape(path, session_id), self._writer, self._clock)

    def _wants(self, opening: Opening) -> bool:
        asked = opening.arrival.records
        if asked is False:
            return False
        return self._which == "all" or asked is True or opening.limits.recorded


class SessionRecorder:
    """Records one session."""

    def __init__(
        self, opening: Opening, tape: Tape, writer: Writer, clock: Callable[[], float] = time.time
    ) -> None:
        self._opening, self._clock = opening, clock
        self._tape, self._writer = tape, writer
        self._dialect = opening.dialect
        self._answers: list[str | None] = []
        if isinstance(opening.bounds.spent, Allowance):
            opening.bounds.spent.hears = self._answers.append

    def stepped(self, step: Step) -> None:
        """Keep what happened, and what it led to."""
        tape, event = self._tape, step.event
        if tape.ended:
            return
        put, now = self._writer.put, step.now
        if event is None:
            put(tape, now, opened(self._opening, self._clock))
        elif step.message:
            put(tape, now, Plain(Kind.CLIENT, blob=step.message), len(step.message))
        elif isinstance(event, Heard):
            put(tape, now, event, len(event.pcm))
        else:
            assert isinstance(event, Input), "what a client says has its message"
            put(tape, now, event, len(event.audio) if isinstance(event, Sounded) else 0)
        self._keep_outputs(step)

    def left(self, step: Step) -> None:
        """Keep the end."""
        if self._tape.ended:
            return
        self._writer.put(self._tape, step.now, Plain(Kind.LEFT))
        self._keep_outputs(step)
        self._writer.end(self._tape, step.now)

    def _keep_outputs(self, step: Step) -> None:
        tape, put, now = self._tape, self._writer.put, step.now
        for answer in self._answers:
            put(tape, now, Plain(Kind.SPENT, _encode(answer)))
        self._answers.clear()
        for output in step.outputs:
            if not isinstance(output, _EVENTS):
                put(tape, now, output, len(getattr(output, "pcm", b"")))
            elif (frame := write_event(output, self._dialect)) is not None:
                put(tape, now, Plain(Kind.SAID, blob=frame), len(frame))
