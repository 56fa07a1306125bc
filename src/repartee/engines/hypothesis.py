"""What a recogniser understands: see `engines.protocols`, and `Recognizer` there."""

from msgspec import Struct


class Word(Struct, frozen=True):
    """One recognised word with its natural-log posterior and its place in the audio (ms)."""

    text: str
    logprob: float
    start_ms: int
    end_ms: int


class Words(Struct, frozen=True):
    """The whole hypothesis so far; the first `stable` characters will never be taken back.

    The last one an engine yields has `final=True` and is stable throughout.  Audio without
    speech gives a final hypothesis with empty text.

    A `complete` one is what the final hypothesis would be, words and all, if nothing but silence
    followed; it is only given in answer to a pause.  It need not be stable.
    """

    text: str
    stable: int = 0
    final: bool = False
    words: tuple[Word, ...] = ()
    complete: bool = False
