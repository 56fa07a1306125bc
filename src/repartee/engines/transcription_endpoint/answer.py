"""What a transcription endpoint answers, whole or as a stream, as text and words (pure)."""

import codecs
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import msgspec
from msgspec import Struct

from repartee.engines.protocols import Word
from repartee.engines.remote.faults import error_message


class UnreadableAnswer(ValueError):
    """The answer is not what it should be; the message goes on after "cannot be read"."""


class ErrorAnswer(Exception):
    """The endpoint reported an error in place of an answer; the message is its own."""


class Token(Struct):
    """A piece of the transcript with its natural-log posterior; `bytes` where it is no UTF-8."""

    token: str
    logprob: float
    bytes: list[int] | None = None


class _Delta(Struct):
    content: str | None = None


class _Choice(Struct):
    delta: _Delta | None = None


class _Said(Struct):
    """An event of a stream, or the answer as a whole, which has no `type`."""

    type: str = ""
    delta: str = ""
    text: str | None = None
    logprobs: list[Token] | None = None
    choices: list[_Choice] | None = None  # in vLLM's streams, which are those of its chats
    error: Any = None


class Transcript:
    """The answer to one turn: its text so far, which only grows, and whether that is all."""

    def __init__(self) -> None:
        self.complete = False
        self.tokens: list[Token] | None = None
        self._text = ""

    @property
    def text(self) -> str:
        """What was understood so far.  White space around it means nothing."""
        return self._text.strip()

    def feed(self, data: str | bytes) -> None:
        """A whole answer or an event.  Raises UnreadableAnswer and ErrorAnswer."""
        if data == "[DONE]":
            self.complete = True
            return
        try:
            said = msgspec.json.decode(data, type=_Said)
        except msgspec.MsgspecError:
            raise UnreadableAnswer("it is no transcript") from None
        if said.error or said.type == "error":
            raise ErrorAnswer(error_message(data))
        self._text += said.delta + _content(said.choices)
        if said.text is not None and said.type in ("", "transcript.text.done"):
            self._end(said.text, said.logprobs)

    def _end(self, text: str, tokens: list[Token] | None) -> None:
        if text.strip().startswith(self.text):  # else what was told already stands
            self._text = text
        self.tokens = tokens
        self.complete = True


def words_of(text: str, tokens: Sequence[Token] | None, ms: int) -> tuple[Word, ...]:
    """The words of `text`, each with the sum of its tokens' logarithms.

    Nothing is told of when a word was said: of `ms` each gets its share by its length.  Raises
    UnreadableAnswer where the tokens are not those of the text.
    """
    words = text.split()
    ends = list(accumulate(map(len, words)))
    sums = [0.0] * len(words)
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    told = ""
    for each in tokens or ():
        piece = decode(each.token.encode() if each.bytes is None else bytes(each.bytes))
        if words:  # white space and half a character belong to the word that comes
            sums[min(bisect_right(ends, len(told)), len(words) - 1)] += each.logprob
        told += "".join(piece.split())
    if told != "".join(words):
        raise UnreadableAnswer("its log probabilities are not those of its words")
    begins = [0, *ends]
    return tuple(
        Word(word, min(0.0, logprob), ms * begin // ends[-1], ms * end // ends[-1])
        for word, logprob, begin, end in zip(words, sums, begins, ends, strict=False)
    )


def _content(choices: list[_Choice] | None) -> str:
    delta = choices[0].delta if choices else None
    return (delta.content or "") if delta else ""
