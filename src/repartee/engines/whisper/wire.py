"""What the recogniser and its worker process say to each other.

The results have the fields of `engines.protocols.Words`, as which they are read.
"""

from msgspec import Struct


class Options(Struct, frozen=True):
    """How to decode; see `FasterWhisper`.  `model` is a folder."""

    model: str
    device: str
    compute_type: str
    threads: int
    at_once: int
    beam_size: int
    partials_s: float
    vad: bool


class Turn(Struct, frozen=True):
    """The request: one turn, and what is known of it beforehand."""

    language: str | None = None
    prompt: str = ""
    keywords: tuple[str, ...] = ()


class Word(Struct, frozen=True):
    """See `engines.protocols.Word`."""

    text: str
    logprob: float
    start_ms: int
    end_ms: int


class Words(Struct, frozen=True):
    """See `engines.protocols.Words`."""

    text: str
    stable: int = 0
    final: bool = False
    words: tuple[Word, ...] = ()
    complete: bool = False
