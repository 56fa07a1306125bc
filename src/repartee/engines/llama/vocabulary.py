"""Control tokens of a GGUF file, and text in which they are nothing but text.

llama.cpp reads a conversation as one text, chat template and all; whoever writes `<|im_end|>` in a
message would end it there, and could go on as somebody else.
"""

import mmap
import re
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

# The layout is that of the GGUF specification, version 2 and 3, little-endian.
_MAGIC = b"GGUF"
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_TOKENS, _KINDS = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
_UNKNOWN, _CONTROL = 2, 3

# Some files have these as plain tokens; llama.cpp takes them for control tokens all the same.
_MARKER = re.compile(r"<\|[^<>]+\|>|<(start|end)_of_\w+>|</?s>")

JOINER = "\u2060"  # a word joiner: nothing to be seen, and no place where a word ends


class Unreadable(ValueError):
    """A file is no GGUF, or ends too early; the message says which."""


class _Reader:
    """Reads one value after the other."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        self._at += size
        if self._at > len(self._data):
            raise Unreadable("it is cut off")
        return self._data[self._at - size : self._at]

    def number(self, kind: str = "Q", count: int = 1) -> Any:
        """As many numbers of the kind that `struct` calls so: a tuple, one alone without it."""
        layout = f"<{count}{kind}"
        found = struct.unpack(layout, self.take(struct.calcsize(layout)))
        return found[0] if count == 1 else found

    def string(self) -> bytes:
        return self.take(self.number())

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            kind, count = self.number("I"), self.number()
            if kind in _SCALARS:
                return self.number(_SCALARS[kind], count) if count != 1 else [self.value(kind)]
            return [self.value(kind) for _ in range(count)]
        if kind not in _SCALARS:
            raise Unreadable("its metadata is broken")
        return self.number(_SCALARS[kind])


def control_tokens(path: Path) -> list[str]:
    """The texts that mean more than they say to the model in `path`.

    Raises Unreadable, and OSError.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise Unreadable("it is no GGUF file")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = _metadata(_Reader(data), {_TOKENS, _KINDS})
    texts = [token.decode("utf-8", "replace") for token in found.get(_TOKENS, ())]
    kinds = found.get(_KINDS, ())
    controls = {text for text, kind in zip(texts, kinds, strict=False) if _is_control(kind)}
    controls.update(filter(_MARKER.fullmatch, texts))
    return sorted(text for text in controls if len(text) > 1)


def _is_control(kind: int) -> bool:
    return kind in (_UNKNOWN, _CONTROL)


def _metadata(reader: _Reader, wanted: set[str]) -> dict[str, Any]:
    reader.take(len(_MAGIC))
    if reader.number("I") not in (2, 3):
        raise Unreadable("it is of a version of GGUF that is not known here")
    _, entries = reader.number(), reader.number()
    found: dict[str, Any] = {}
    for _ in range(entries):
        key, value = reader.string().decode("utf-8", "replace"), reader.value(reader.number("I"))
        if key in wanted:
            found[key] = value
        if len(found) == len(wanted):
            break
    return found


def breaker(controls: Iterable[str]) -> Callable[[Any], Any]:
    """A function that makes text of all control tokens in a JSON value, by a sign amid each.

    The names of fields stay as they are: no client chooses them where a template writes them.
    """
    texts = sorted(controls)
    firsts = "".join(sorted({re.escape(text[0]) for text in texts}))
    # Looks ahead, so that one which begins within another is found, too; and at one letter first,
    # as some models have thousands of them.
    ahead = "|".join(map(re.escape, texts))
    begin = re.compile(f"(?=[{firsts}])(?={ahead})(.)", re.DOTALL) if texts else None

    def broken(value: Any) -> Any:
        if isinstance(value, str):
            return begin.sub(rf"\1{JOINER}", value) if begin else value
        if isinstance(value, list):
            return [broken(each) for each in value]
        if isinstance(value, dict):
            return {key: broken(each) for key, each in value.items()}
        return value

    return broken
