"""A stage whose session is traced: what a receiver of its spans gets, and in which tree."""

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from repartee.keys.limits import Limits
from repartee.protocol.client import ClientEvent
from repartee.protocol.config import Config, TranscriptionConfig
from repartee.protocol.errors import Refused
from repartee.runtime.watching import Arrival, Ending, Opening, Step
from repartee.session.bounds import Bounds
from repartee.session.inputs import Input
from repartee.session.outbox import Output
from repartee.settings import Choice, Model, Session, Tracing
from repartee.telemetry.exporting import Exporting
from repartee.telemetry.tracing import TracedSession, TracingObserver
from stage import Stage

EPOCH_S = 1_800_000_000  # when stages begin
MODEL = Model(
    ears=Choice("faster-whisper", {"model": "small"}),
    mind=Choice("openai", {"model": "qwen3", "api_key": "sk-secret"}),
    voice=Choice("piper"),
    session=Session(),
)
AUTO = {"type": "session.update", "session": {"type": "realtime", "tracing": "auto"}}


class Observed(Stage):
    """A session that a watcher sees, as the operator's `settings` have it."""

    def __init__(
        self,
        bounds: Bounds | None = None,
        *,
        settings: Tracing | None = None,
        arrival: Arrival | None = None,
        environ: dict[str, str] | None = None,
        **config: Any,
    ) -> None:
        self.memory = InMemorySpanExporter()
        settings = settings or Tracing(export="on")
        exporting = Exporting(settings, SimpleSpanProcessor(self.memory))
        kind = TranscriptionConfig if config.get("transcribes") else Config
        opening = Opening(
            config=kind(id="sess_1"),
            bounds=bounds or Bounds(),
            said=None,
            seed=bytes(16),
            dialect=config.get("dialect"),  # type: ignore[arg-type]  # nobody asks
            counter="characters",
            model=MODEL,
            arrival=arrival or Arrival(transport="webrtc" if config.get("paced") else "websocket"),
            key_id=None,
            limits=Limits(),
            paced=bool(config.get("paced")),
        )
        config.pop("dialect", None)
        observer = TracingObserver(
            settings, exporting, environ or {}, clock=lambda: EPOCH_S * 10**9
        )
        self.watcher: TracedSession | None = observer.watch(opening)
        self._event: ClientEvent | Input | Refused | None = None
        super().__init__(bounds, **config)

    def feed(self, event: ClientEvent | Input | Refused) -> list[dict[str, Any]]:
        self._event = event
        return super().feed(event)

    def _take(self, outputs: list[Output]) -> list[dict[str, Any]]:
        if self.watcher is not None:
            self.watcher.stepped(Step(self._event, outputs, self.now))
        return super()._take(outputs)

    def leave(self) -> None:
        """The client is gone."""
        outputs = self.session.leave(self.now)
        if self.watcher is not None:
            self.watcher.left(Step(None, outputs, self.now, ending=Ending(1000, "client")))

    @property
    def spans(self) -> list[ReadableSpan]:
        """All that were told so far, those of a turn together."""
        return [*self.memory.get_finished_spans()]

    @property
    def turns(self) -> list[ReadableSpan]:
        """The spans that are turns."""
        return [span for span in self.spans if "repartee.turn.number" in attributes(span)]

    def parts(self, turn: ReadableSpan) -> list[ReadableSpan]:
        """What lies below a turn."""
        found = [span for span in self.spans if span.parent and span.parent == turn.context]
        return sorted(found, key=lambda span: span.start_time or 0)

    def part(self, name: str) -> ReadableSpan:
        """The only span of this name."""
        (found,) = (span for span in self.spans if span.name == name)
        return found


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def between(span: ReadableSpan) -> tuple[float, float]:
    """Seconds from the beginning of the session to those of the span's own beginning and end."""
    assert span.start_time is not None
    assert span.end_time is not None
    epoch_ns = EPOCH_S * 10**9
    return (span.start_time - epoch_ns) / 1e9, (span.end_time - epoch_ns) / 1e9
