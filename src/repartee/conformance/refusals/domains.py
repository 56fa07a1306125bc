"""Which values the members of a session, and of one response, may have."""

from collections.abc import Callable, Iterator
from typing import Any

from repartee.conformance.refusals.refusal import Refusal, missing

LOGPROBS = "item.input_audio_transcription.logprobs"

_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")
_CHOICES = ("none", "auto", "required")
_FORMATS = ("audio/pcm", "audio/pcmu", "audio/pcma")


def number(least: float, most: float) -> Callable[[Any], bool]:
    """Whether a value is a number within these bounds."""

    def fits(value: Any) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and least <= value <= most

    return fits


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in values


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and number(0, float("inf"))(value)


def _is_limit(value: Any) -> bool:
    return value == "inf" or (isinstance(value, int) and number(1, 4096)(value))


# Where the value stands, which values are legal, and whether the error's param is established.
_COMMON: tuple[tuple[str, Callable[[Any], bool], bool], ...] = (
    ("output_modalities", lambda value: value in (["audio"], ["text"]), False),
    ("instructions", _is_text, False),
    ("max_output_tokens", _is_limit, True),
    ("reasoning.effort", _one_of(*_EFFORTS), False),
    ("tools", lambda value: isinstance(value, list), False),
    (
        "tool_choice",
        lambda value: (
            (value.get("type") if isinstance(value, dict) else value)
            in (*_CHOICES, "function", "mcp")
        ),
        False,
    ),
    ("parallel_tool_calls", _is_flag, False),
    ("audio.output.format.type", _one_of(*_FORMATS), False),
)

_DETECTION = "audio.input.turn_detection"

_SESSION = (
    *_COMMON,
    ("include", lambda value: value in ([], [LOGPROBS]), False),
    ("audio.input.format.type", _one_of(*_FORMATS), False),
    ("audio.input.noise_reduction.type", _one_of("near_field", "far_field"), False),
    ("audio.input.transcription.model", _is_text, False),
    ("audio.input.transcription.language", _is_text, False),
    ("audio.input.transcription.prompt", _is_text, False),
    ("audio.input.transcription.delay", _one_of(*_EFFORTS), False),
    ("audio.output.speed", number(0.25, 1.5), False),
    (f"{_DETECTION}.type", _one_of("server_vad", "semantic_vad"), False),
    (f"{_DETECTION}.threshold", number(0, 1), True),
    (f"{_DETECTION}.prefix_padding_ms", _is_whole, False),
    (f"{_DETECTION}.silence_duration_ms", _is_whole, False),
    (f"{_DETECTION}.idle_timeout_ms", number(5000, 30000), False),
    (f"{_DETECTION}.eagerness", _one_of("low", "medium", "high", "auto"), False),
    (f"{_DETECTION}.create_response", _is_flag, False),
    (f"{_DETECTION}.interrupt_response", _is_flag, False),
    (
        "truncation",
        lambda value: (
            (value.get("type") if isinstance(value, dict) else value)
            in ("auto", "disabled", "retention_ratio")
        ),
        False,
    ),
    ("truncation.retention_ratio", number(0, 1), False),
    ("truncation.token_limits.post_instructions", _is_whole, False),
)


def value_refusals(said: dict[str, Any], root: str) -> Iterator[Refusal]:
    """The values outside of their domain; `root` is what errors call the object."""
    rule = "update-value" if root == "session" else "response-request"
    for path, fits, param_known in _SESSION if root == "session" else _COMMON:
        place = f"{root}.{path}"
        value = said_at(said, place)
        if value is not None and not fits(value):
            yield Refusal(rule, param=place if param_known else ...)
    for side in ("input", "output"):
        is_pcm = said_at(said, f"{root}.audio.{side}.format.type") == "audio/pcm"
        if is_pcm and said_at(said, f"{root}.audio.{side}.format.rate") not in (24000, None):
            yield Refusal(rule)
    yield from _choice_refusals(said.get("tool_choice"), root, rule)
    if isinstance(said.get("prompt"), dict) and said["prompt"].get("id") is None:
        yield missing(f"{root}.prompt.id", rule)


def _choice_refusals(choice: object, root: str, rule: str) -> Iterator[Refusal]:
    needed = {"function": "name", "mcp": "server_label"}
    kind = choice.get("type") if isinstance(choice, dict) else None
    name = needed.get(kind) if isinstance(kind, str) else None
    if isinstance(choice, dict) and name is not None and choice.get(name) is None:
        yield missing(f"{root}.tool_choice.{name}", rule)


def said_at(said: dict[str, Any], path: str) -> Any:
    """The value at a dotted path whose first name is that of `said`; None if there is none."""
    value: Any = said
    for name in path.split(".")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value
