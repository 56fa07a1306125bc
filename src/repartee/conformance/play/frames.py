"""Frames as a report shows them: short, and without the audio."""

from typing import Any, Literal, NamedTuple

import msgspec

Side = Literal["client", "server"]

_ARROWS = {"client": "→", "server": "←"}
_LONGEST_TEXT = 80
_LONGEST_LINE = 500


class Frame(NamedTuple):
    """What one side sent; anything but an object stands for a frame that was no event."""

    side: Side
    event: Any

    def __str__(self) -> str:
        event = self.event
        sounds = isinstance(event, dict) and str(event.get("type")).endswith("audio.delta")
        text = msgspec.json.encode(_shortened(event, sounds)).decode()
        cut = text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE] + " …"
        return f"{_ARROWS[self.side]} {cut}"


def _shortened(value: Any, sounds: bool, name: str = "") -> Any:
    match value:
        case dict():
            return {key: _shortened(one, sounds, key) for key, one in value.items()}
        case list():
            return [_shortened(one, sounds) for one in value]
        case str() if name == "audio" or (sounds and name == "delta"):
            return f"({len(value)} characters of audio)"
        case str() if len(value) > _LONGEST_TEXT:
            return f"{value[:_LONGEST_TEXT]}… ({len(value)} characters)"
        case _:
            return value
