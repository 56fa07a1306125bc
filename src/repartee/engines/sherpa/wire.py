"""What ears and voice say to their worker processes, and these to them.

What is heard comes back as `engines.hypothesis` has it.
"""

from msgspec import Struct


class Ears(Struct, frozen=True):
    """Which recogniser to make: `files` by their role, of a `family` of models."""

    family: str
    files: dict[str, str]
    threads: int
    provider: str
    language: str  # spoken where a turn names none; empty: whatever the model makes of it
    hotwords: bool
    tail_ms: int  # of silence that a streaming model needs until it has told all it heard
    posteriors: bool  # whether it tells how sure it is of each word


class Turn(Struct, frozen=True):
    """The request: one turn, in `language`, with the words in `hotwords` more likely than usual."""

    language: str = ""
    hotwords: tuple[str, ...] = ()


class Voice(Struct, frozen=True):
    """Which voice to make: `files` by their role, of a `family` of models.

    `voices` leads from the API's names to the model's speakers, by number or by name; names it
    has none for find theirs with "*", or are spread over all.  `speakers` are the names the model
    has for its own, in order; for models that speak like a recording, those of the recordings.
    """

    family: str
    files: dict[str, str]
    threads: int
    provider: str
    language: str
    rate: int
    steps: int
    voices: dict[str, int | str]
    speakers: tuple[str, ...]


class Utterance(Struct, frozen=True):
    """The request: text that follows is to be spoken so.  `speed` 1 is the usual one."""

    voice: str
    speed: float = 1.0


class Sound(Struct, frozen=True):
    """Mono s16 PCM, and with how many further characters of the text it begins."""

    pcm: bytes
    characters: int = 0
