"""The judge of the session object: what the server has shown, and how updates change it."""

from collections.abc import Iterator
from typing import Any

from repartee.conformance.dialects.dialect import Dialect
from repartee.conformance.findings import Findings

BYTES_PER_MS = {"audio/pcm": 48, "audio/pcmu": 8, "audio/pcma": 8}

# Models that transcribe as they hear, and know of no turns.
TURNLESS = frozenset({"gpt-realtime-whisper", "gpt-live-transcribe"})

# Null means "off" or "none" for these; anywhere else an explicit null is as good as absent.
_NULLABLE = frozenset(
    {
        "session.audio.input.turn_detection",
        "session.audio.input.transcription",
        "session.audio.input.noise_reduction",
        "session.tracing",
        "session.prompt",
        "session.include",
    }
)

# Objects that are merged member by member; all others are replaced as a whole.
_MERGED = frozenset({"session", "session.audio", "session.audio.input", "session.audio.output"})

_IDENTITY = ("id", "object", "type", "model", "expires_at")

# `model` is echoed as the one in force, whatever was asked.
_NOT_ECHOED = frozenset(
    {f"session.{key}" for key in ("id", "object", "expires_at", "model", "client_secret")}
)

# What may be missing from the echo: the published shape has no place for the first two, and
# sessions that only transcribe, of the older dialect, are told their modalities in vain.
_MAY_BE_HIDDEN = frozenset(
    {"session.truncation", "session.parallel_tool_calls", "session.output_modalities"}
)

# The same within objects: secrets of tool servers, members that the published shape lacks, and
# the two flags that have no effect in a transcription session.
_HIDDEN = frozenset(
    {"authorization", "headers", "delay", "keywords", "create_response", "interrupt_response"}
)


class Configuration:
    """The effective session: `shown` is the last session object the server has sent."""

    def __init__(self, findings: Findings, dialect: Dialect) -> None:
        self._findings = findings
        self._dialect = dialect
        self.shown: dict[str, Any] = {}
        self._refused: list[dict[str, Any]] = []

    def refused(self, said: object) -> None:
        """The server refused an update that said this."""
        if isinstance(said, dict):
            self._refused.append(said)

    def updated(self, shown: dict[str, Any], said: dict[str, Any]) -> None:
        """The server answered an update that said `said` with the session `shown`."""
        before, self.shown = self.shown, shown
        if not before:
            return
        for key in _IDENTITY:
            if before.get(key) != shown.get(key):
                self._findings.note(
                    "session-identity", f"{key} was {before.get(key)!r}, is {shown.get(key)!r}"
                )
        for path in _unmet(said, shown, "session"):
            name = self._dialect.path(path)
            self._findings.note("session-merge", f"{name} was said and is shown otherwise")
        self._judge_strength(before, said)
        # A prompt may bring fields of its own, and take them along when it goes.
        prompts = (said.get("prompt"), before.get("prompt"))
        if "prompt" not in said or prompts == (None, None):
            self._judge_drift(before, shown, said)
        self._refused.clear()

    def _judge_drift(
        self, before: dict[str, Any], shown: dict[str, Any], said: dict[str, Any]
    ) -> None:
        for path in _drift(before, shown, said, "session"):
            value = _at(shown, path)
            if path.endswith(".turn_detection") and value is None and self._is_turnless:
                continue  # the model that was asked for has none
            was_refused = any(_at(one, path) == value is not None for one in self._refused)
            rule = "refused-update" if was_refused else "session-merge"
            name = self._dialect.path(path)
            self._findings.note(rule, f"{name} changed although the update does not say so")

    def _judge_strength(self, before: dict[str, Any], said: dict[str, Any]) -> None:
        """Of noise reduction alone, what the update does not say of an object is kept."""
        path = "session.audio.input.noise_reduction"
        if not isinstance(_at(said, path), dict) or _at(said, f"{path}.strength") is not None:
            return
        was, now = (_at(one, f"{path}.strength") for one in (before, self.shown))
        if None not in (was, now) and was != now:
            name = self._dialect.path(f"{path}.strength")
            self._findings.note("session-merge", f"{name} changed although nobody said so")

    @property
    def _is_turnless(self) -> bool:
        transcription = self.audio_input.get("transcription") or {}
        return not self.realtime and transcription.get("model") in TURNLESS

    @property
    def realtime(self) -> bool:
        """Whether this is a realtime session, not one that only transcribes."""
        return self.shown.get("type") != "transcription"

    @property
    def audio_input(self) -> dict[str, Any]:
        """session.audio.input"""
        return self.shown.get("audio", {}).get("input", {}) or {}

    @property
    def audio_output(self) -> dict[str, Any]:
        """session.audio.output"""
        return self.shown.get("audio", {}).get("output", {}) or {}

    @property
    def input_format(self) -> str:
        """The format of appended audio, such as "audio/pcm"."""
        return str(self.audio_input.get("format", {}).get("type", "audio/pcm"))

    @property
    def output_format(self) -> str:
        """The format of spoken audio, where a response does not say otherwise."""
        return str(self.audio_output.get("format", {}).get("type", "audio/pcm"))

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        """The turn detection in force; None means that the client commits."""
        return self.audio_input.get("turn_detection")


def shows(said: object, shown: object) -> bool:
    """Whether `shown` holds all that `said` says; it may hold more members."""
    if isinstance(said, dict):
        return isinstance(shown, dict) and all(
            value is None or shows(value, shown.get(key)) for key, value in said.items()
        )
    if isinstance(said, list):
        return (
            isinstance(shown, list)
            and len(said) == len(shown)
            and all(shows(one, other) for one, other in zip(said, shown, strict=True))
        )
    return said == shown


def _unmet(said: dict[str, Any], shown: dict[str, Any], path: str) -> Iterator[str]:
    for key, value in said.items():
        place = f"{path}.{key}"
        if place in _NOT_ECHOED or (place in _MAY_BE_HIDDEN and key not in shown):
            continue
        if value is None:
            if place in _NULLABLE and shown.get(key) is not None:
                yield place
        elif place in _MERGED and isinstance(value, dict) and isinstance(shown.get(key), dict):
            yield from _unmet(value, shown[key], place)
        elif not shows(_echoed(value, shown.get(key)), shown.get(key)):
            yield place


def _echoed(said: object, shown: object) -> object:
    """What of the value has to be shown: a member that may be hidden need not be there."""
    if isinstance(said, list) and isinstance(shown, list) and len(said) == len(shown):
        return [_echoed(one, other) for one, other in zip(said, shown, strict=True)]
    if isinstance(said, dict) and isinstance(shown, dict):
        return {key: one for key, one in said.items() if key in shown or key not in _HIDDEN}
    return said


def _drift(
    before: dict[str, Any], shown: dict[str, Any], said: dict[str, Any], path: str
) -> Iterator[str]:
    for key in before.keys() | shown.keys():
        place = f"{path}.{key}"
        old, new, word = before.get(key), shown.get(key), said.get(key)
        if path == "session" and key in _IDENTITY:
            continue
        if place in _MERGED and isinstance(old, dict) and isinstance(new, dict):
            yield from _drift(old, new, word if isinstance(word, dict) else {}, place)
        elif old != new and word is None and not (key in said and place in _NULLABLE):
            yield place


def _at(session: dict[str, Any], path: str) -> object:
    value: object = session
    for name in path.split(".")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value
