"""Tracing: who watches sessions for those that want their spans, and writes them turn by turn.

A session is traced from when its field `tracing` is set.  The ids of a turn's spans follow from
the session's seed, so that engines can be told to which trace their work belongs long before the
turn is over and its spans are made.
"""

import time
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Literal

import msgspec
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from repartee.protocol import config as protocol
from repartee.protocol.client import SessionUpdate
from repartee.protocol.server import ConversationCreated, SessionCreated, SessionUpdated
from repartee.runtime.watching import Opening, Step
from repartee.settings import Choice, Tracing
from repartee.telemetry import genai
from repartee.telemetry.exporting import Exporting
from repartee.telemetry.genai import Value
from repartee.telemetry.spans import Scene, Span, Worker, spans, voice_key
from repartee.telemetry.turn import Turn
from repartee.telemetry.turns import Turns

Asked = Literal["auto"] | protocol.Tracing

USUAL_NAME = "Agent workflow"  # of a workflow that has none: what OpenAI's Agents SDK calls it
_LONGEST_NOTE = 512  # characters of a value of the client's own; text that is longer was refused
_KINDS = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}


class TracingObserver:
    """Watches sessions that are, or may come to be, traced."""

    def __init__(
        self,
        settings: Tracing,
        exporting: Exporting,
        environ: Mapping[str, str],
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._settings = settings
        self._exporting = exporting
        self._latest = genai.wants_latest(environ)
        self._clock = clock

    def watch(self, opening: Opening) -> "TracedSession | None":
        """See `Observer`."""
        transcribes = isinstance(opening.config, protocol.TranscriptionConfig)
        if transcribes and self._settings.sessions == "asked":
            return None
        return TracedSession(opening, self._settings, self._exporting, self._latest, self._clock)


class TracedSession:
    """Watches one session; nothing is told of it before somebody wants that."""

    def __init__(
        self,
        opening: Opening,
        settings: Tracing,
        exporting: Exporting,
        latest: bool,
        clock: Callable[[], int],
    ) -> None:
        self._opening = opening
        self._exporting = exporting
        self._captures, self._latest = settings.capture_content, latest
        self._clock = clock
        self._wanted: Asked | None = "auto" if settings.sessions == "all" else None
        self._asked: Asked | None = None
        self._scene: Scene | None = None
        self._turns = Turns(paced=opening.paced, speaks=opening.bounds.speaks)
        self._ids = Ids(opening.seed)
        self._client = _client_context(opening.arrival.traceparent)
        self._parent = self._client if opening.arrival.is_server else None
        self._epoch_ns = 0  # of the loop's clock, once the session has begun
        self._begun = 0.0
        self._conversation: str | None = None
        self._told = 0  # turns
        self._previous: SpanContext | None = None

    def stepped(self, step: Step) -> None:
        """See `Watcher`."""
        if step.event is None:
            self._begun = step.now
            self._epoch_ns = self._clock() - round(step.now * 1e9)
        if step.event is None or isinstance(step.event, SessionUpdate):
            self._look(step)
        self._write(self._turns.follow(step))

    def left(self, step: Step) -> None:
        """See `Watcher`."""
        self._write(self._turns.leave(step))
        if self._scene is not None:
            known: dict[str, Value | None] = {
                "repartee.session.close_code": step.ending.code if step.ending else None,
                "repartee.session.end_reason": step.ending.why if step.ending else None,
                "repartee.session.turns": self._told,
                "repartee.session.duration_s": step.now - self._begun,
            }
            self._write_moment(genai.SESSION_ENDED, step.now, known)

    def traceparent(self, ref: str, role: str) -> str | None:
        """To which span what an engine of this role does for the work `ref` belongs."""
        turn = self._turns.of(ref)
        if self._scene is None or turn is None:
            return None
        trace_id = self._trace_id(turn.number)
        key = voice_key(ref) if role == "voice" else ref
        flags = int(self._exporting.samples(trace_id, self._parent))
        return f"00-{trace_id:032x}-{self._ids.span(turn.number, key):016x}-{flags:02x}"

    def _look(self, step: Step) -> None:
        """See whether the session is to be traced, and under which names."""
        asked = self._asked
        for output in step.outputs:
            match output:
                case ConversationCreated(conversation=body):
                    self._conversation = body.id
                case SessionCreated(session=config) | SessionUpdated(session=config):
                    asked = getattr(config, "tracing", None) or self._wanted
        if asked is not None and asked != self._asked:
            self._ask(asked)

    def _ask(self, asked: Asked) -> None:
        is_new, self._asked = self._scene is None, asked
        self._scene = self._make_scene(asked)
        if is_new:
            self._write_moment(genai.SESSION_STARTED, self._begun, {})

    def _make_scene(self, asked: Asked) -> Scene:
        opening, named = self._opening, protocol.Tracing() if asked == "auto" else asked
        model = opening.model
        shared: dict[str, Value | None] = {
            genai.CONVERSATION_ID: named.group_id or self._conversation,
            "repartee.session.id": opening.config.id,
        }
        more: dict[str, Value | None] = {
            "repartee.conversation.id": self._conversation,
            "repartee.session.model": getattr(opening.config, "model", None),
            "repartee.session.transport": opening.arrival.transport,
            "repartee.call.id": opening.arrival.call_id,
        }
        for name, value in (named.metadata or {}).items():
            more[f"repartee.metadata.{name}"] = _plain(value)
        return Scene(
            workflow=named.workflow_name or USUAL_NAME,
            ears=_worker(model.ears),
            mind=_worker(model.mind),
            voice=_worker(model.voice),
            shared=shared,
            named=more,
            captures=self._captures,
            latest=self._latest,
        )

    def _write(self, turns: list[Turn]) -> None:
        if self._scene is None:
            return
        for turn in turns:
            whole, *parts = spans(turn, self._scene)
            links = [self._previous] if self._previous else []
            if self._parent is None and self._client is not None:
                links.append(get_current_span(self._client).get_span_context())
            self._previous = self._write_span(whole, turn.number, self._parent, links)
            inside = set_span_in_context(NonRecordingSpan(self._previous), Context())
            for part in parts:
                self._write_span(part, turn.number, inside, [])
            self._told += 1

    def _write_moment(self, name: str, now: float, known: dict[str, Value | None]) -> None:
        """A span without length: what happened to the session, and not to a turn."""
        assert self._scene is not None
        everything = {**self._scene.shared, **self._scene.named, **known}
        told = genai.attributes(everything, latest=self._latest)
        shown = name if self._latest else name.removeprefix(genai.CLIENT)
        moment = Span(key=name, name=shown, began=now, ended=now, attributes=told)
        self._write_span(moment, 0, self._parent, [self._previous] if self._previous else [])

    def _write_span(
        self, told: Span, number: int, parent: Context | None, links: list[SpanContext]
    ) -> SpanContext:
        ids = self._exporting.ids
        ids.trace_id, ids.span_id = self._trace_id(number), self._ids.span(number, told.key)
        span = self._exporting.tracer.start_span(
            told.name,
            context=parent or Context(),
            kind=_KINDS[told.kind],
            attributes=told.attributes,
            links=[Link(link) for link in links],
            start_time=self._moment(told.began),
        )
        if told.error is not None:
            span.set_status(Status(StatusCode.ERROR, told.error))
        span.end(self._moment(told.ended))
        return span.get_span_context()

    def _trace_id(self, number: int) -> int:
        if self._parent is not None:
            return get_current_span(self._parent).get_span_context().trace_id
        return self._ids.trace(number)

    def _moment(self, now: float) -> int:
        """In nanoseconds since 1970."""
        return self._epoch_ns + round(now * 1e9)


class Ids:
    """Those of a session's traces and spans, drawn from its seed, of which they tell nothing."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def trace(self, number: int) -> int:
        """The trace of a turn, by its number."""
        return self._draw(f"{number}", 16)

    def span(self, number: int, key: str) -> int:
        """A span of a turn."""
        return self._draw(f"{number} {key}", 8)

    def _draw(self, name: str, size: int) -> int:
        drawn = blake2b(name.encode(), digest_size=size, key=self._seed, person=b"trace")
        return int.from_bytes(drawn.digest()) or 1  # 0 is no id


def _client_context(traceparent: str | None) -> Context | None:
    """The span to which the client says that it belongs, where that can be read."""
    if traceparent is None:
        return None
    carrier = {"traceparent": traceparent}
    context = TraceContextTextMapPropagator().extract(carrier, Context())
    return context if get_current_span(context).get_span_context().is_valid else None


def _worker(choice: Choice) -> Worker:
    model = choice.options.get("model")
    return Worker(choice.engine, model if isinstance(model, str) else None)


def _plain(value: object) -> Value:
    """A value of the client's own as an attribute takes it; what is no scalar as JSON."""
    if isinstance(value, str | bool | int | float):
        return value
    return msgspec.json.encode(value).decode()[:_LONGEST_NOTE]
