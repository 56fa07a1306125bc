"""The log of sessions: a line for each beginning, each end, each response, each failure.

What a line says beside its event are numbers, and names that the server gave: never what somebody
said, nor a key.
"""

import logging
from collections.abc import Mapping

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
                _tell(logging.INFO, "session started", who, _beginning(who))
            case Answered():
                _tell(logging.INFO, "response done", who, _answer(fact))
            case Recognized(item=item, outcome=outcome, seconds=seconds):
                level = logging.INFO if who.kind == "transcription" else logging.DEBUG
                more: dict[str, object] = {"item": item, "outcome": outcome, "ms": _ms(seconds)}
                _tell(level, "transcription done", who, more)
            case Interrupted():
                _tell(logging.DEBUG, "answer interrupted", who, {})
            case ToolAnswered(seconds=seconds):
                _tell(logging.DEBUG, "tool answered", who, {"ms": _ms(seconds)})
            case Failure(engine=engine, code=code, ref=ref):
                more = {"engine": engine, "code": failure_kind(code), "ref": ref}
                _tell(logging.WARNING, "engine failed", who, more)
            case Ended():
                _tell(logging.INFO, "session ended", who, _end(fact))


def _tell(level: int, event: str, who: Who, more: Mapping[str, object]) -> None:
    if log.isEnabledFor(level):
        whole = {"session": who.session, "call": who.call, "trace": who.trace, **more}
        known = {name: value for name, value in whole.items() if value is not None}
        log.log(level, event, extra=known)


def _beginning(who: Who) -> dict[str, object]:
    return {
        "key_id": who.key_id,
        "model": who.model,
        "transport": who.transport,
        "api": who.api,
        "kind": who.kind,
    }


def _answer(fact: Answered) -> dict[str, object]:
    usage = fact.usage
    return {
        "response": fact.response,
        "item": fact.item,
        "outcome": fact.outcome,
        "code": fact.code,
        "ms": _ms(fact.seconds),
        "first_sound_ms": _ms(fact.first_sound_s),
        **{f"{stage}_ms": _ms(seconds) for stage, seconds in fact.stages.items()},
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
    }


def _end(fact: Ended) -> dict[str, object]:
    return {
        "outcome": end_reason(fact),
        "code": fact.ending.code if fact.ending else None,
        "ms": _ms(fact.seconds),
        "responses": fact.responses,
        "heard_ms": _ms(fact.heard_s),
        "said_ms": _ms(fact.said_s),
    }


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(1000 * seconds)
