"""What counts tokens of text where the language model's endpoint does not: as settings name it."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from msgspec import Struct

from repartee.session.bounds import estimate_tokens
from repartee.settings import SettingsError

CHARACTERS = "characters"

# A tokenizer takes 5 ms for this much, and the event loop waits meanwhile.  A longer text, which a
# client may send, is taken to have as many tokens a character as its beginning.
LONGEST = 16_000

REMEMBERED = 10_000  # texts: each response counts the whole conversation again


class TokenCounter(Struct, frozen=True):
    """Counts; `name` is what a record of usage says of who counted."""

    name: str
    count: Callable[[str], int]


def token_counter(tokenizer: str) -> TokenCounter:
    """The counter for the setting `session.tokenizer`.

    It is "characters", or the path of a `tokenizer.json` in the format of Hugging Face's
    tokenizers.  Raises SettingsError.
    """
    if tokenizer == CHARACTERS:
        return TokenCounter(CHARACTERS, estimate_tokens)
    return TokenCounter(tokenizer, _Tokenizer(_encoder(tokenizer)))


def _encoder(path: str) -> Callable[[str], int]:
    setting = f"session.tokenizer {path}"
    if not Path(path).is_file():
        raise SettingsError(f'{setting}: there is no such file; "{CHARACTERS}" needs none')
    try:
        tokenizers = import_module("tokenizers")  # an extra: loaded only where it is asked for
    except ImportError as error:
        remedy = "pip install 'repartee[tokenizer]'"
        raise SettingsError(f"{setting} needs the package tokenizers: {remedy}") from error
    try:
        made = tokenizers.Tokenizer.from_file(path)
    except Exception as error:  # the package raises nothing more precise
        raise SettingsError(f"{setting} cannot be read: {error}") from error
    made.no_truncation()  # some files say how much of a text a model takes
    made.no_padding()
    return lambda text: len(made.encode(text, add_special_tokens=False).ids)


class _Tokenizer:
    """A tokenizer that never takes long, and remembers.

    It remembers hashes, which tell nothing of what was said.
    """

    def __init__(self, encode: Callable[[str], int]) -> None:
        self._encode = encode
        self._counts: dict[int, int] = {}

    def __call__(self, text: str) -> int:
        key = hash(text)
        if (known := self._counts.get(key)) is not None:
            return known
        if len(self._counts) >= REMEMBERED:
            self._counts.clear()
        self._counts[key] = counted = self._count(text)
        return counted

    def _count(self, text: str) -> int:
        # Half a surrogate pair is text to Python and to no tokenizer.
        beginning = text[:LONGEST].encode(errors="replace").decode()
        counted = self._encode(beginning)
        return counted if len(text) <= LONGEST else -(-counted * len(text) // LONGEST)
