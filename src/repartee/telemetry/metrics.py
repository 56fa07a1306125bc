"""The metrics of a process: what listeners are told, added up; and what others count, asked for."""

from collections.abc import Iterator, Sequence
from typing import get_args

from repartee.protocol import call, client, server
from repartee.protocol.audio import BYTES_PER_MS
from repartee.telemetry import instruments as metric
from repartee.telemetry.facts import (
    Answered,
    Began,
    Ended,
    Fact,
    Failure,
    FirstSounded,
    Interrupted,
    Staged,
    Stopped,
    Told,
    ToolAnswered,
    Who,
)
from repartee.telemetry.journal import Counts
from repartee.telemetry.tally import Reading, Source, Tally
from repartee.telemetry.words import close_code, end_reason, error_code, failure_kind


class Metrics:
    """Listens to journals, and keeps a tally."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._tally = Tally()
        self._sources: list[Source] = [self._counted]

    def ask(self, *sources: Source) -> None:
        """Ask these, too, whenever somebody wants to know."""
        self._sources += sources

    def observe_lag(self, late_s: float) -> None:
        """The event loop came so much later than it was asked to."""
        self._tally.observe(metric.EVENT_LOOP_LAG, late_s)

    def snapshot(self) -> Tally:
        """All that is known now; it goes on changing."""
        snapshot = Tally()
        snapshot.merge(self._tally)
        for source in self._sources:
            for reading in source():
                snapshot.add(reading.instrument, reading.value, *reading.labels)
        return snapshot

    def told(self, who: Who, fact: Fact) -> None:  # noqa: C901 - one case for each fact
        tally = self._tally
        match fact:
            case Began():
                tally.add(metric.SESSIONS_ACTIVE, 1, who.model, who.transport, who.api)
            case Ended():
                tally.add(metric.SESSIONS_ACTIVE, -1, who.model, who.transport, who.api)
                self._end(who, fact)
            case Staged(stage=stage, seconds=seconds):
                tally.observe(metric.STAGE, seconds, stage, who.model)
            case FirstSounded(seconds=seconds):
                tally.observe(metric.TURN_RESPONSE_LATENCY, seconds, who.model)
            case Answered():
                self._answer(who, fact)
            case Interrupted():
                tally.add(metric.INTERRUPTIONS, 1, who.model)
            case Stopped(seconds=seconds):
                tally.observe(metric.CANCEL, seconds)
            case Failure(engine=engine, code=code):
                tally.add(metric.ENGINE_ERRORS, 1, engine, failure_kind(code))
            case ToolAnswered(kind=kind, seconds=seconds):
                tally.observe(metric.TOOL, seconds, kind)
            case Told(code=code):
                tally.add(metric.CLIENT_ERRORS, 1, error_code(code))

    def _end(self, who: Who, ended: Ended) -> None:
        reason = end_reason(ended)
        code = close_code(ended.ending)
        self._tally.add(metric.SESSIONS, 1, reason, code, who.transport, who.api)
        self._tally.observe(metric.SESSION_DURATION, ended.seconds)
        if reason == "slow_consumer":
            self._tally.add(metric.SLOW_CONSUMER)

    def _answer(self, who: Who, answered: Answered) -> None:
        self._tally.add(metric.RESPONSES, 1, who.model, answered.outcome)
        if answered.lead_s is not None:
            self._tally.observe(metric.OUTPUT_LEAD, answered.lead_s)
        if (usage := answered.usage) is None:
            return
        read, wrote = usage.input_token_details, usage.output_token_details
        for kind, count in (
            ("input_text", read.text_tokens),
            ("input_audio", read.audio_tokens),
            ("cached", read.cached_tokens),
            ("output_text", wrote.text_tokens),
            ("output_audio", wrote.audio_tokens),
        ):
            self._tally.add(metric.TOKENS, count, kind, who.model)

    def _counted(self) -> Iterator[Reading]:
        counts = self.counts
        yield Reading(metric.AUDIO, counts.heard_bytes / BYTES_PER_MS / 1000, ("in",))
        yield Reading(metric.AUDIO, counts.said_s, ("out",))
        for engine, number in counts.inflight.items():
            yield Reading(metric.ENGINE_INFLIGHT, number, (engine,))
        for kind, number in [*counts.events.items()]:
            if name := EVENT_NAMES.get(kind):
                yield Reading(metric.EVENTS, number, (name,))


def _events() -> Iterator[tuple[type, str]]:
    said: Sequence[type] = [
        each
        for module in (server, call)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, server.ServerEvent)
    ]
    for kind in (*get_args(client.ClientEvent), *said):
        if name := kind.__struct_config__.tag:  # those without one are never said
            yield kind, str(name)


EVENT_NAMES: dict[type, str] = dict(_events())
"""Every event that there is, by GA's name for it."""
