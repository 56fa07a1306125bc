"""What a session may use, and what its engines can do."""

from collections.abc import Callable
from math import ceil

from msgspec import Struct

from repartee.protocol.template import Prompts

CHARACTERS_PER_TOKEN = 4


def estimate_tokens(text: str) -> int:
    """Tokens of a text where no tokenizer is named: one for every four characters."""
    return ceil(len(text) / CHARACTERS_PER_TOKEN)


class Caps(Struct, frozen=True):
    """What one session may hold, and how often it may ask; `settings.Limits` says the same."""

    event_bytes: int = 256 * 1024
    items: int = 1000
    text_characters: int = 4_000_000
    image_bytes: int = 32 * 1024 * 1024
    instructions_characters: int = 256_000
    tools: int = 128
    tools_bytes: int = 256_000
    updates_per_s: float = 20
    responses: int = 16


class Bounds(Struct, frozen=True):
    """Of one session; told by the operator's settings and by the engines they chose."""

    minutes: float = 60  # of its life
    idle_minutes: float | None = None  # without a word of the client
    window: int = 28_224  # tokens of input that the language model takes
    longest: int | None = None  # tokens of an answer
    sees: bool = False  # whether the language model sees images
    logprobs: bool = False  # whether the recogniser tells how sure it is
    count: Callable[[str], int] = estimate_tokens  # tokens of a text
    prompts: Prompts = {}
    caps: Caps = Caps()
