"""What the beta dialect refuses for reasons of its own; the rest it shares with GA."""

from collections.abc import Callable, Iterator
from typing import Any

from repartee.conformance.judges import requests
from repartee.conformance.judges.requests import Ask
from repartee.conformance.refusals.domains import number
from repartee.conformance.refusals.refusal import Refusal

_MODALITIES = (["text"], ["audio", "text"])

_FORMATS = ("pcm16", "g711_ulaw", "g711_alaw")

_DOMAINS: dict[str, Callable[[Any], bool]] = {
    "modalities": lambda value: isinstance(value, list) and sorted(map(str, value)) in _MODALITIES,
    "temperature": number(0.6, 1.2),
    "input_audio_format": lambda value: value in _FORMATS,
    "output_audio_format": lambda value: value in _FORMATS,
}

_OBJECTS = {
    requests.UPDATE: ("session", "update-value"),
    requests.CREATE_RESPONSE: ("response", "response-request"),
}


def beta_refusals(ask: Ask) -> Iterator[Refusal]:
    """The errors that the event deserves in the beta dialect only."""
    if ask.kind not in _OBJECTS:
        return
    root, rule = _OBJECTS[ask.kind]
    said = ask.raw.get(root)
    for name, fits in _DOMAINS.items():
        value = said.get(name) if isinstance(said, dict) else None
        if value is not None and not fits(value):
            yield Refusal(rule)
