"""The events of a transcription session, from the client's side, for one turn (pure).

The shape is GA's: https://platform.openai.com/docs/guides/realtime-transcription.
"""

import base64
from collections.abc import Iterator
from typing import Any

from repartee.engines.remote.failure import Failure
from repartee.engines.remote.hints import in_a_prompt
from repartee.protocol.prompt import Hints

Event = dict[str, Any]

RATE = 24_000  # Hz of the API's PCM

_LONGEST = RATE * 2 * 5  # bytes of one event: 5 s, far below what any server takes
_SHORTEST = RATE * 2 // 10  # the API commits no less than 100 ms; silence makes up for it


def configuration(model: str, hints: Hints) -> Event:
    """How the turn is to be heard: by `model`, and over when it is committed."""
    asked = {"model": model, "language": hints.language, "prompt": in_a_prompt(hints)}
    sound = {
        "format": {"type": "audio/pcm", "rate": RATE},
        "transcription": {name: value for name, value in asked.items() if value},
        "turn_detection": None,
    }
    session = {"type": "transcription", "audio": {"input": sound}}
    return {"type": "session.update", "session": session}


def appends(pcm: bytes) -> Iterator[Event]:
    """The events that carry this sound."""
    for begin in range(0, len(pcm), _LONGEST):
        audio = base64.b64encode(pcm[begin : begin + _LONGEST]).decode()
        yield {"type": "input_audio_buffer.append", "audio": audio}


def ending(sent: int) -> Iterator[Event]:
    """The events that end a turn of which so many bytes were sent."""
    yield from appends(bytes(max(0, _SHORTEST - sent)))
    yield {"type": "input_audio_buffer.commit"}


class Transcript:
    """What was understood so far, and whether that is all."""

    def __init__(self) -> None:
        self.complete = False
        self._text = ""

    @property
    def text(self) -> str:
        """The words so far, which only become more.  White space around them means nothing."""
        return self._text.strip()

    def feed(self, event: Event) -> None:
        """Read one event; most say nothing of the words.  Raises Failure."""
        kind = str(event.get("type"))
        if kind == "error":
            raise Failure(event)
        match kind.removeprefix("conversation.item.input_audio_transcription."):
            case "delta":
                self._text += str(event.get("delta") or "")
            case "failed":
                raise Failure(event)
            case "completed":
                self.complete = True
                text = str(event.get("transcript") or "")
                if text.strip().startswith(self.text):  # else what was told already stands
                    self._text = text
