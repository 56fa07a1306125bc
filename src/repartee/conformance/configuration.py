"""The judge of the session object: what the server has shown, and how updates change it."""

from collections.abc import Iterator
from typing import Any

from repartee.conformance.findings import Findings

BYTES_PER_MS = {"audio/pcm": 48, "audio/pcmu": 8, "audio/pcma": 8}

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

# `model` is echoed as the one in force, whatever was asked; the published shape of the echo has
# no place for the last two.
_NOT_ECHOED = frozenset(
    {f"session.{key}" for key in ("id", "object", "expires_at", "model")}
    | {"session.truncation", "session.parallel_tool_calls"}
)

# What is not echoed of objects that are: secrets of tool servers, and members that the published
# shape of the echo lacks.
_HIDDEN = frozenset({"authorization", "headers", "delay", "keywords"})


class Configuration:
    """The effective session: `shown` is the last session object the server has sent."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
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
            self._findings.note("session-merge", f"{path} was said and is shown otherwise")
        if said.get("prompt") is None:  # a prompt may bring fields of its own
            self._judge_drift(before, shown, said)
        self._refused.clear()

    def _judge_drift(
        self, before: dict[str, Any], shown: dict[str, Any], said: dict[str, Any]
    ) -> None:
        for path in _drift(before, shown, said, "session"):
            value = _at(shown, path)
            was_refused = any(_at(one, path) == value is not None for one in self._refused)
            rule = "refused-update" if was_refused else "session-merge"
            self._findings.note(rule, f"{path} changed although the update does not say so")

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
        if place in _NOT_ECHOED:
            continue
        if value is None:
            if place in _NULLABLE and shown.get(key) is not None:
                yield place
        elif place in _MERGED and isinstance(value, dict) and isinstance(shown.get(key), dict):
            yield from _unmet(value, shown[key], place)
        elif not shows(_echoed(key, value), shown.get(key)):
            yield place


def _echoed(key: str, value: Any) -> object:
    if key == "tools" and isinstance(value, list):
        return [_without_hidden(tool) for tool in value]
    return _without_hidden(value) if key == "transcription" else value


def _without_hidden(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: one for name, one in value.items() if name not in _HIDDEN}


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
