"""What the contract refuses in a session.update."""

from collections.abc import Iterator
from typing import Any

from repartee.conformance.judges.configuration import TURNLESS
from repartee.conformance.judges.requests import Ask
from repartee.conformance.refusals.domains import said_at, value_refusals
from repartee.conformance.refusals.refusal import Facts, Refusal, missing

_SWITCHED = (
    r"Passing a realtime session update event to a transcription session is not allowed\.",
    r"Passing a transcription session update event to a realtime session is not allowed\.",
)
_NO_DETECTION = r"Turn detection is not supported for this transcription model\."

_DETECTION = "session.audio.input.turn_detection"


def update_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """The errors that a session.update deserves."""
    session = ask.event["session"]
    yield from _type_refusals(session, facts)
    yield from value_refusals(session, "session")
    yield from _detection_refusals(session, facts)
    yield from _lock_refusals(session, facts)


def _type_refusals(session: dict[str, Any], facts: Facts) -> Iterator[Refusal]:
    kind = session.get("type")
    if kind is None:
        yield missing("session.type", "update-type")
    elif kind not in ("realtime", "transcription"):
        yield Refusal("update-type")
    elif kind != facts.session.shown.get("type"):
        yield Refusal("update-type", message=_SWITCHED[kind == "transcription"])


def _detection_refusals(session: dict[str, Any], facts: Facts) -> Iterator[Refusal]:
    is_semantic = said_at(session, f"{_DETECTION}.type") == "semantic_vad"
    if is_semantic and said_at(session, f"{_DETECTION}.idle_timeout_ms") is not None:
        yield Refusal("update-value")
    if facts.session.realtime or said_at(session, _DETECTION) is None:
        return
    shown = facts.session.audio_input.get("transcription") or {}
    model = said_at(session, "session.audio.input.transcription.model") or shown.get("model")
    if model in TURNLESS:
        yield Refusal("turnless-model", message=_NO_DETECTION)


def _lock_refusals(session: dict[str, Any], facts: Facts) -> Iterator[Refusal]:
    yield from voice_refusals(said_at(session, "session.audio.output.voice"), facts)
    shown, said = facts.session.shown.get("tracing"), session.get("tracing")
    if shown is not None and "tracing" in session and said != shown:
        # Whether it can be switched off again is not established.
        yield Refusal("tracing-lock", must=said is not None)


def voice_refusals(voice: object, facts: Facts) -> Iterator[Refusal]:
    """The voice cannot change once the conversation holds assistant audio."""
    heard = facts.responses.voices
    if voice is None or not heard:
        return
    was_heard, is_current = str(voice) in heard, voice == facts.session.audio_output.get("voice")
    if not (was_heard and is_current):
        # Whether audio that was deleted, or the voice of a single response, counts is open.
        must = facts.voice_is_locked and not was_heard and not is_current
        yield Refusal("voice-lock", "cannot_update_voice", None, must=must)
