"""What tracing costs the event loop: of a turn that is traced, and of a session that does not ask.

A spoken turn of ten seconds, with an answer of thirty words, is told to the watcher as the driver
would; what takes the spans throws them away, in a thread of its own as the exporter does.
"""

import itertools
import sys
import time
from collections.abc import Iterator, Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from repartee.keys.limits import Limits
from repartee.protocol.config import Config
from repartee.protocol.ga import GA
from repartee.runtime.watching import Arrival, Opening, Step
from repartee.session.bounds import Bounds
from repartee.session.commands import Reply, Transcribe
from repartee.session.inputs import Finished, Heard, Input, Said, Sounded, Transcribed
from repartee.session.session import Session
from repartee.settings import Settings, Tracing
from repartee.telemetry.exporting import Exporting
from repartee.telemetry.tracing import TracedSession, TracingObserver

TURNS = 300
FRAME = bytes(1536)  # 32 ms
FRAME_S = 0.032
LOUD, WAITING, PLAYING = 60, 20, 230  # frames


class Sink(SpanExporter):
    """Takes spans and forgets them."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


class Played:
    """A session, and what its watcher is told."""

    def __init__(self, config: Config) -> None:
        names = itertools.count()
        self._session = Session(config, new_id=lambda kind: f"{kind}_{next(names)}", now=0.0)
        self._now = 0.0
        self._heard = ""  # the ref of the last recognition
        self.opening = Step(None, self._session.open(), 0.0)

    def turn(self) -> Iterator[Step]:
        for _ in range(LOUD):
            yield self._hear(0.9)
        for _ in range(WAITING):
            yield self._hear(0.0)
        yield (step := self._step(Transcribed(self._heard, "What is it?", final=True)))
        (reply,) = (it.ref for it in step.outputs if isinstance(it, Reply))
        for _ in range(30):
            yield self._step(Said(reply, "word "))
            yield self._step(Sounded(reply, FRAME, 32.0, "word "))
        yield self._step(Finished(reply))
        for _ in range(PLAYING):
            yield self._hear(0.0)

    def _hear(self, speech: float) -> Step:
        self._now += FRAME_S
        step = self._step(Heard(FRAME, speech))
        for output in step.outputs:
            if isinstance(output, Transcribe):
                self._heard = output.ref
        return step

    def _step(self, event: Input) -> Step:
        return Step(event, self._session.step(event, self._now), self._now)


def watcher(config: Config, exporting: Exporting) -> TracedSession:
    opening = Opening(
        config=config,
        bounds=Bounds(),
        said=None,
        seed=bytes(16),
        dialect=GA,
        counter="characters",
        model=Settings().model(None),
        arrival=Arrival(),
        key_id=None,
        limits=Limits(),
        paced=False,
    )
    watching = TracingObserver(Tracing(export="on"), exporting, {}).watch(opening)
    assert watching is not None
    return watching


def cost(config: Config, exporting: Exporting) -> tuple[float, float]:
    """Microseconds of this thread for a turn, and for a frame of sound in which nothing happens."""
    played = Played(config)
    watching = watcher(config, exporting)
    watching.stepped(played.opening)
    steps = [step for _ in range(TURNS) for step in played.turn()]
    quiet = [step for step in steps if isinstance(step.event, Heard) and not step.outputs]
    return timed(watching, steps) / TURNS, timed(watcher(config, exporting), quiet) / len(quiet)


def timed(watching: TracedSession, steps: Sequence[Step]) -> float:
    began = time.thread_time_ns()
    for step in steps:
        watching.stepped(step)
    return (time.thread_time_ns() - began) / 1000


def main() -> None:
    exporting = Exporting(Tracing(), BatchSpanProcessor(Sink(), max_queue_size=100_000))
    for name, config in (("asked", Config(tracing="auto")), ("not asked", Config())):
        turn, frame = cost(config, exporting)
        sys.stdout.write(f"{name:10} {turn:8.0f} µs a turn, {frame:5.2f} µs of it a frame\n")


if __name__ == "__main__":
    main()
