"""From a model's tokens to words: where they begin, when they were said, how certain they are."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

TIME_MS = 20  # from one place of the encoder's output to the next
LEAST_LOGPROB = -100.0  # where a probability is told as zero

# Written without spaces between words: each character stands for itself.
UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})


class Piece(NamedTuple):
    """A word with the space before it, if one is, and its tokens.

    `logprob` is the sum of its tokens' log probabilities, each given the sound and all tokens
    before it: the chain rule, so that it is the word's own.
    """

    text: str
    tokens: tuple[int, ...]
    logprob: float = 0.0
    start_ms: int = 0
    end_ms: int = 0


def pieces(texts: Sequence[str], tokens: Sequence[Sequence[int]], language: str) -> list[Piece]:
    """The words that `texts` make, each of which is at least a whole character, with its `tokens`.

    Punctuation belongs to the word before it.  Where words have spaces, the first has one, too: it
    may follow others.
    """
    words: list[tuple[str, tuple[int, ...]]] = []
    for text, own in zip(texts, tokens, strict=True):
        begins = language in UNSPACED or text[:1].isspace() or not words
        if words and (not begins or not words[-1][0].strip()):
            before, others = words.pop()
            words.append((before + text, (*others, *own)))
        else:
            words.append((text, tuple(own)))
    if language not in UNSPACED and words and not words[0][0][:1].isspace():
        words[0] = (f" {words[0][0]}", words[0][1])
    return [Piece(text, own) for text, own in words if text.strip()]


def timed(
    words: Iterable[Piece],
    probabilities: Sequence[float],
    path: Sequence[tuple[int, int]],
    length_ms: int,
) -> list[Piece]:
    """The words with their certainty and their place in the sound, which is `length_ms` long.

    `probabilities` has one for each token.  `path` pairs tokens with places in the sound, as
    dynamic time warping found them; it never goes back.
    """
    begins: dict[int, int] = {}
    for token, place in path:
        begins.setdefault(token, min(place * TIME_MS, length_ms))
    found, first = [], 0
    for word in words:
        last = first + len(word.tokens)
        found.append(
            word._replace(
                logprob=sum(map(_logprob, probabilities[first:last])),
                start_ms=begins.get(first, length_ms),
                end_ms=begins.get(last, length_ms),
            )
        )
        first = last
    return found


def joined(words: Iterable[Piece]) -> str:
    return "".join(word.text for word in words).strip()


def _logprob(probability: float) -> float:
    """Natural logarithm, in the range that JSON can carry; rounding may tell more than one."""
    return max(LEAST_LOGPROB, math.log(min(1.0, probability))) if probability > 0 else LEAST_LOGPROB
