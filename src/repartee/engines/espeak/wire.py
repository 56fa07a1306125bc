"""What the voice and its worker process say to each other."""

from msgspec import Struct


class Options(Struct, frozen=True):
    """`language` is spoken where a request names none, or one that espeak-ng does not know."""

    language: str


class Voice(Struct, frozen=True):
    """How to sound: one of espeak-ng's variants, and its parameters, 0…100 (volume 0…200)."""

    variant: str
    pitch: int
    range: int  # of the pitch, from monotonous to lively
    volume: int


class Utterance(Struct, frozen=True):
    """The request: text that follows is to be spoken so."""

    voice: Voice
    language: str | None = None


class Sound(Struct, frozen=True):
    """Mono s16 PCM at `RATE`, and with how many further characters of the text it begins."""

    pcm: bytes
    characters: int = 0


RATE = 22_050
