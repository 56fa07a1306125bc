"""What the contract refuses in a session.update."""

from collections.abc import Callable, Iterator
from typing import Any

from repartee.conformance.refusal import Facts, Refusal, missing
from repartee.conformance.requests import Ask

_SWITCHED = (
    r"Passing a realtime session update event to a transcription session is not allowed\.",
    r"Passing a transcription session update event to a realtime session is not allowed\.",
)

# The members that each object may have.  What a client echoes of a session object (id, object,
# expires_at) is not listed as unknown either: no source tells what happens to it.
_MEMBERS: dict[str, frozenset[str]] = {
    path: frozenset(members.split())
    for path, members in {
        "session": "type id object expires_at model output_modalities instructions audio include "
        "tracing tools tool_choice parallel_tool_calls reasoning max_output_tokens truncation "
        "prompt",
        "session.audio": "input output",
        "session.audio.input": "format transcription noise_reduction turn_detection",
        "session.audio.input.format": "type rate",
        "session.audio.input.noise_reduction": "type strength",
        "session.audio.input.transcription": "model language languages keywords prompt delay",
        "session.audio.input.turn_detection": "type threshold prefix_padding_ms "
        "silence_duration_ms idle_timeout_ms eagerness create_response interrupt_response",
        "session.audio.output": "format voice speed",
        "session.audio.output.format": "type rate",
    }.items()
}

_FUNCTION_MEMBERS = frozenset({"type", "name", "description", "parameters"})
_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")
_LOGPROBS = "item.input_audio_transcription.logprobs"


def update_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """The errors that a session.update deserves."""
    session = ask.event["session"]
    yield from _type_refusals(session, facts)
    yield from _unknown(session, "session")
    yield from _value_refusals(session)
    yield from _tool_refusals(session)
    yield from _lock_refusals(session, facts)


def _type_refusals(session: dict[str, Any], facts: Facts) -> Iterator[Refusal]:
    kind = session.get("type")
    if kind is None:
        yield missing("session.type", "update-type")
    elif kind not in ("realtime", "transcription"):
        yield Refusal("update-type")
    elif kind != facts.session.shown.get("type"):
        yield Refusal("update-type", message=_SWITCHED[kind == "transcription"])


def _unknown(said: dict[str, Any], path: str) -> Iterator[Refusal]:
    for key, value in said.items():
        place = f"{path}.{key}"
        if value is None:
            continue  # as good as not said
        if key not in _MEMBERS[path]:
            yield Refusal("update-unknown", "unknown_parameter", place)
        elif place in _MEMBERS and isinstance(value, dict):
            yield from _unknown(value, place)


def _number(least: float, most: float) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and least <= value <= most

    return fits


# Where the value stands, which values are legal, and whether the error's param is established.
_DOMAINS: tuple[tuple[str, Callable[[Any], bool], bool], ...] = (
    ("session.output_modalities", lambda value: value in (["audio"], ["text"]), False),
    (
        "session.max_output_tokens",
        lambda value: value == "inf" or (isinstance(value, int) and _number(1, 4096)(value)),
        True,
    ),
    ("session.include", lambda value: value in ([], [_LOGPROBS]), False),
    ("session.reasoning.effort", lambda value: value in _EFFORTS, False),
    ("session.audio.output.speed", _number(0.25, 1.5), False),
    ("session.audio.input.turn_detection.threshold", _number(0, 1), True),
    ("session.audio.input.turn_detection.idle_timeout_ms", _number(5000, 30000), False),
    (
        "session.audio.input.turn_detection.eagerness",
        lambda value: value in ("low", "medium", "high", "auto"),
        False,
    ),
)


def _value_refusals(session: dict[str, Any]) -> Iterator[Refusal]:
    for path, fits, param_known in _DOMAINS:
        value = said_at(session, path)
        if value is not None and not fits(value):
            yield Refusal("update-value", param=path if param_known else ...)
    for side in ("input", "output"):
        is_pcm = said_at(session, f"session.audio.{side}.format.type") == "audio/pcm"
        if is_pcm and said_at(session, f"session.audio.{side}.format.rate") not in (24000, None):
            yield Refusal("update-value")
    detection = "session.audio.input.turn_detection"
    is_semantic = said_at(session, f"{detection}.type") == "semantic_vad"
    if is_semantic and said_at(session, f"{detection}.idle_timeout_ms") is not None:
        yield Refusal("update-value")


def _tool_refusals(session: dict[str, Any]) -> Iterator[Refusal]:
    choice, tools = session.get("tool_choice"), session.get("tools")
    if isinstance(choice, dict) and choice.get("type") == "function" and "name" not in choice:
        yield missing("session.tool_choice.name", "update-value")
    for place, tool in enumerate(tools if isinstance(tools, list) else []):
        if isinstance(tool, dict) and tool.get("type") == "function":
            for key, value in tool.items():
                if value is not None and key not in _FUNCTION_MEMBERS:
                    path = f"session.tools[{place}].{key}"
                    yield Refusal("update-unknown", "unknown_parameter", path)


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


def said_at(session: dict[str, Any], path: str) -> Any:
    """The value that an update says at a dotted path; None if it does not say so."""
    value: Any = session
    for name in path.split(".")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value
