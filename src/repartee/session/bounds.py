"""What a session may use, and what its engines can do."""

from collections.abc import Callable
from math import ceil

from msgspec import Struct

from repartee.protocol.template import Prompts
from repartee.session.caps import Caps
from repartee.session.tolerance import Tolerance

CHARACTERS_PER_TOKEN = 4


def estimate_tokens(text: str) -> int:
    """Tokens of a text where no tokenizer is named: one for every four characters."""
    return ceil(len(text) / CHARACTERS_PER_TOKEN)


def _nothing_locked(_: Struct, __: Struct) -> str | None:
    return None


def _nothing_spent() -> str | None:
    return None


class Bounds(Struct, frozen=True):
    """Of one session; told by the operator's settings, by the engines they chose, and by the key
    of its client.

    `locked` tells of two configurations, a session's or a response's, at which field the second may
    not differ from the first as it does; `spent` why there is nothing left for a response.
    """

    minutes: float = 60  # of its life
    idle_minutes: float | None = None  # without a word of the client
    window: int = 28_224  # tokens of input that the language model takes
    longest: int | None = None  # tokens of an answer
    caps: Caps = Caps()
    sees: bool = False  # whether the language model sees images
    hears: bool = False  # whether it is told what the user said as sound
    speaks: bool = False  # whether it speaks itself
    logprobs: bool = False  # whether the recogniser tells how sure it is
    guesses: bool = False  # whether transcripts are asked for before turns are over
    foresees: bool = False  # whether answers are prepared before turns are over
    tolerance: Tolerance | None = None  # of speech over answers; where None, it ends them
    count: Callable[[str], int] = estimate_tokens  # tokens of a text
    prompts: Prompts = {}
    locked: Callable[[Struct, Struct], str | None] = _nothing_locked
    spent: Callable[[], str | None] = _nothing_spent
