"""The words that pocketsphinx is to know: of its dictionary, those that are said most often.

The dictionary that comes with the model has 126 000 words, of which its language model knows
72 000.  The search tree over them costs memory, time to load and time to decode; the 20 000 most
frequent ones cover ordinary speech, and no more errors are made with them.
"""

import tempfile
import weakref
from array import array
from collections.abc import Iterator

import pocketsphinx  # type: ignore[import-untyped]


class Lexicon:
    """A dictionary file for decoders, cut down to the `size` most frequent words.

    The file has no name of its own, so that nothing is left behind however the process ends.
    """

    def __init__(self, size: int) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this object lives
        weakref.finalize(self, self._file.close)
        self._file.writelines(_frequent_lines(size))
        self._file.flush()

    @property
    def path(self) -> str:
        self._file.seek(0)  # where opening the path does not open the file anew
        return f"/dev/fd/{self._file.fileno()}"


def _frequent_lines(size: int) -> Iterator[bytes]:
    model = pocketsphinx.NGramModel.readfile(pocketsphinx.get_model_path("en-us/en-us.lm.bin"))
    # Numbers without their words: what is made here stays in the process.
    frequencies = array("i", (model.prob([_word(line)]) for line in _lines()))
    words = sorted(f for f, line in zip(frequencies, _lines(), strict=True) if b"(" not in line)
    least = words[-min(size, len(words))]
    for line, frequency in zip(_lines(), frequencies, strict=True):
        if frequency >= least:
            yield line


def _word(line: bytes) -> str:
    """The word that a line is about; "word(2)" is another way to say it."""
    return line.split(b" ", 1)[0].partition(b"(")[0].decode()


def _lines() -> Iterator[bytes]:
    """The lines of the model's dictionary: a word, and how it is said."""
    with open(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"), "rb") as file:
        yield from file
