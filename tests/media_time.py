"""A session that hears sound as fast as it can be computed, on a clock that follows the sound.

The listener and the session are the real ones; what the session asks of the driver is carried out
at once by small doubles.  So an hour takes seconds, and nothing depends on the machine.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from repartee.engines.protocols import Vad
from repartee.protocol.client import ClientEvent
from repartee.protocol.config import Config
from repartee.protocol.server import (
    Error,
    InputAudioBufferCommitted,
    ServerEvent,
    SpeechStarted,
    SpeechStopped,
)
from repartee.session.bounds import Bounds
from repartee.session.commands import (
    Close,
    Command,
    Guess,
    Hear,
    Judge,
    Listen,
    Proceed,
    Record,
    Reply,
    Settle,
    Show,
    Stop,
    Transcribe,
)
from repartee.session.inputs import (
    Finished,
    Heard,
    Input,
    Judged,
    Said,
    Sounded,
    Tick,
    Transcribed,
)
from repartee.session.outbox import Output
from repartee.session.session import Session
from repartee.speech.listener import SpeechDetector

BYTES_PER_S = 48_000
ANSWER_MS = 400.0

TICK = Tick()


class MediaTime:
    """One session; `config` is that of `Config`.

    `events` are what the client was told, each with its time in seconds; `items` the sound of each
    user item as the recogniser had it.  `pace` is how many seconds of sound come in one.  `judge`
    is asked whether a speaker who has paused is done (sound and words lately -> probability).
    """

    def __init__(
        self,
        vad: Vad,
        *,
        judge: Callable[[bytes, str], float] | None = None,
        pace: float = 1.0,
        bounds: Bounds | None = None,
        **config: Any,
    ) -> None:
        numbers = itertools.count()
        self.now = 0.0
        self.heard = 0  # bytes, that the session was told of
        self.events: list[tuple[float, ServerEvent]] = []
        self.items: defaultdict[str, bytearray] = defaultdict(bytearray)
        self._pace = pace
        self._judge = judge
        self._calls: list[_Call] = []
        self._facts: list[Input] = []
        detector = SpeechDetector(vad, call_later=self._call_later, clock=lambda: 0.0)
        self.listener = detector.listener(self.hear)
        self.session = Session(
            Config(id="sess_1", expires_at=3600, **config),
            new_id=lambda prefix: f"{prefix}_{next(numbers)}",
            now=0.0,
            bounds=bounds,
        )
        self._obey(self.session.open())

    def append(self, pcm: bytes, event_id: str | None = None) -> None:
        """The client sends sound; whole frames of it are judged."""
        self.listener.hear(pcm, event_id)
        while self._calls:
            self._calls.pop(0)()

    def hear(self, heard: Heard) -> None:
        """The session hears sound that was judged already; timers due before go off."""
        self.heard += len(heard.pcm)
        now = self.heard / BYTES_PER_S / self._pace
        while self.session.deadline <= now and not self.session.closed:
            self.now = self.session.deadline
            self._step(TICK)
        self.now = now
        self._step(heard)

    def tell(self, event: ClientEvent) -> None:
        """The client sends something else."""
        self.listener.flush()
        self._step(event)

    def all(self, kind: type[ServerEvent]) -> list[Any]:
        """The events of a kind."""
        return [event for _, event in self.events if isinstance(event, kind)]

    @property
    def turns(self) -> list[tuple[int, int]]:
        """Of each committed turn that detection found, its begin and end in ms."""
        started = {event.item_id: event.audio_start_ms for event in self.all(SpeechStarted)}
        stopped = {event.item_id: event.audio_end_ms for event in self.all(SpeechStopped)}
        ids = [event.item_id for event in self.all(InputAudioBufferCommitted)]
        return [(started[item_id], stopped[item_id]) for item_id in ids if item_id in started]

    @property
    def errors(self) -> list[str]:
        return [str(event.error.message) for event in self.all(Error)]

    def _call_later(self, _delay: float, call: Callable[[], None]) -> "_Call":
        self._calls.append(_Call(call))
        return self._calls[-1]

    def _step(self, event: ClientEvent | Input) -> None:
        self._obey(self.session.step(event, self.now))
        while self._facts:
            self._obey(self.session.step(self._facts.pop(0), self.now))

    def _obey(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, ServerEvent):
                self.events.append((self.now, output))
            else:
                self._facts += self._do(output)

    def _do(self, command: Command) -> list[Input]:
        """Carry out a command; what is told of it."""
        match command:
            case Listen():
                self.listener.configure(command)
            case Hear(ref=ref, pcm=pcm):
                self.items[ref] += pcm
            case Settle(ref=ref):
                return [Transcribed(ref, "so it was", stable=9, final=True)]
            case Judge(ref=ref, pcm=pcm, text=text):
                return [Judged(ref, self._judge(pcm, text))] if self._judge else []
            case Reply(ref=ref, voice=voice):
                sound = [Sounded(ref, bytes(2), ANSWER_MS, "Yes.")] if voice else []
                return [Said(ref, "Yes."), *sound, Finished(ref)]
            case Transcribe() | Guess() | Proceed() | Stop() | Record() | Close() | Show():
                pass
            case _:
                raise AssertionError(f"nobody here can {type(command).__name__}")
        return []


class _Call:
    """A call to come."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def __call__(self) -> None:
        if self._call is not None:
            self._call()

    def cancel(self) -> None:
        self._call = None
