"""The log of sessions: a line for each beginning, each end, each response, each failure.

What a line says beside its event are numbers, and names that the server gave: never what somebody
said, nor a key.
"""

import logging
from typing import Any

from repartee.telemetry.facts import (
    Answered,
    Began,
    Ended,
    Fact,
    Failure,
    Interrupted,
    Recognized,
    ToolAnswered,
    Who,
)
from repartee.telemetry.words import end_reason, failure_kind

log = logging.getLogger(__name__)


class Lifecycle:
    """Listens to journals."""

    def told(self, who: Who, fact: Fact) -> None:
        match fact:
            case Began():
                more = {"transport": who.transport, "api": who.api, "kind": who.kind}
                _line("session started", who, key_id=who.key_id, model=who.model, **more)
            case Answered():
                _line("response done", who, **_answer(fact))
            case Recognized(item=item, outcome=outcome, seconds=seconds):
                level = logging.INFO if who.kind == "transcription" else logging.DEBUG
                more = {"item": item, "outcome": outcome, "ms": _ms(seconds)}
                _line("transcription done", who, level, **more)
            case Interrupted():
                _line("answer interrupted", who, logging.DEBUG)
            case ToolAnswered(seconds=seconds):
                _line("tool answered", who, logging.DEBUG, ms=_ms(seconds))
            case Failure(engine=engine, code=code, ref=ref):
                kind = failure_kind(code)
                _line("engine failed", who, logging.WARNING, engine=engine, code=kind, ref=ref)
            case Ended():
                _line("session ended", who, **_end(fact))


def _answer(fact: Answered) -> dict[str, Any]:
    usage = fact.usage
    return _given(
        response=fact.response,
        item=fact.item,
        outcome=fact.outcome,
        code=fact.code,
        ms=_ms(fact.seconds),
        first_sound_ms=_ms(fact.first_sound_s),
        **{f"{stage}_ms": _ms(seconds) for stage, seconds in fact.stages.items()},
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
    )


def _end(fact: Ended) -> dict[str, Any]:
    return _given(
        outcome=end_reason(fact),
        code=fact.ending.code if fact.ending else None,
        ms=_ms(fact.seconds),
        responses=fact.responses,
        heard_ms=_ms(fact.heard_s),
        said_ms=_ms(fact.said_s),
    )


def _line(event: str, who: Who, level: int = logging.INFO, **more: Any) -> None:
    if log.isEnabledFor(level):
        whose = _given(session=who.session, call=who.call, trace=who.trace)
        log.log(level, event, extra={**whose, **_given(**more)})


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(1000 * seconds)
