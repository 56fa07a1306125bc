"""Which voice a worker process is to be; requests and results are those of sherpa-onnx's voices."""

from msgspec import Struct


class Voice(Struct, frozen=True):
    """The net in the file `model`, and what is to be known for asking it.

    `ids` leads from each sign that the net knows, a code point, to its numbers.  `language` is what
    espeak-ng is to read the text in; empty: the signs are those of the text itself.  `noise`,
    `length` and `rhythm` are the net's three scales: how much it varies its sound, how long it
    makes it, how much it varies the length of its sounds.  `voices` leads from the API's names to
    speakers, of whom there are `count`; `speakers` are their names, in order, if they have any.
    """

    model: str
    ids: dict[str, tuple[int, ...]]
    language: str
    rate: int  # Hz
    noise: float
    length: float
    rhythm: float
    voices: dict[str, int | str]
    speakers: tuple[str, ...]
    count: int
    threads: int
    provider: str
