"""Text that a simple regular expression matches, made by construction.

Patterns in tool schemas are mostly plain: classes, counts, groups.  Writing a match instead of
searching for one means that no pattern, however hostile, can cost more than its own length.
"""

import re
from collections.abc import Callable, Iterator

Write = Callable[[int], str]  # how often to repeat what may be repeated freely -> text

_LONGEST = 2048  # characters of a pattern, and of what is written for it
_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": " ", "S": "a"}
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_RANGES = {"d": "09", "w": "azAZ09__", "s": "\t\r  "}
_COUNT = re.compile(r"\{(\d{1,4})(,?)(\d{0,4})\}")
_OPENING = re.compile(r"(?:\((?:\?:)?)*")
_CLOSING = re.compile(r"\)*(?:\|[^()]*)?")
_GROUP = re.compile(r"\(\?(?::|P?<[^>=!]+>)|\((?!\?)")
_ORDINARY = "a0A b_-.@/1"  # tried, in this order, where a class says only what is not meant


class Unwritable(ValueError):
    """The pattern uses what this module does not know."""


def matches(pattern: str, shortest: int = 0) -> Iterator[str]:
    """Texts that `pattern` matches, of growing length; none where it is not simple enough."""
    if len(pattern) > _LONGEST:
        return
    try:
        write = _Pattern(pattern).whole()
        for repeats in sorted({0, 1, 2, min(shortest, _LONGEST)}):
            yield write(repeats)
    except (Unwritable, RecursionError):
        return


class _Pattern:
    """A recursive descent over the pattern; each part becomes a function that writes it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Write:
        write = self._alternatives()
        if self._at < len(self._text):
            raise Unwritable("a bracket is closed that was never opened")
        return write

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        taken = self._peek()
        if not taken:
            raise Unwritable("the pattern ends too soon")
        self._at += 1
        return taken

    def _alternatives(self) -> Write:
        first = self._sequence()
        while self._peek() == "|":  # any one will do
            self._take()
            self._sequence()
        return first

    def _sequence(self) -> Write:
        parts: list[Write] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._counted(self._one()))
        return lambda repeats: _short("".join(part(repeats) for part in parts))

    def _one(self) -> Write:
        if group := _GROUP.match(self._text, self._at):
            self._at = group.end()
            inner = self._alternatives()
            if self._take() != ")":
                raise Unwritable("a group is not closed")
            return inner
        character = self._take()
        if character in "(*+?":  # look-arounds, flags, and counts of nothing
            raise Unwritable(f"{character} is not understood here")
        if character in "^$":
            return self._anchor(character)
        text = self._character(character)
        return lambda repeats: text

    def _anchor(self, character: str) -> Write:
        before, after = self._text[: self._at - 1], self._text[self._at :]
        kept = _OPENING.fullmatch(before) if character == "^" else _CLOSING.fullmatch(after)
        return (lambda repeats: "") if kept else _unwritable

    def _character(self, first: str) -> str:
        match first:
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case ".":
                return "a"
            case _:
                return first

    def _escape(self) -> str:
        character = self._take()
        if character.isalnum() and character not in _CLASSES | _CONTROL:
            raise Unwritable("references and Unicode classes are not understood")
        return _CLASSES.get(character) or _CONTROL.get(character) or character

    def _class(self) -> str:
        excluded = self._peek() == "^"
        if excluded:
            self._take()
        ranges = self._range()  # a bracket in the first place stands for itself
        while self._peek() != "]":
            ranges += self._range()
        self._take()
        if not excluded:
            return ranges[0]
        bounds = list(zip(ranges[::2], ranges[1::2], strict=True))
        free = (each for each in _ORDINARY if not any(a <= each <= b for a, b in bounds))
        return next(free, "\N{SNOWMAN}")

    def _range(self) -> str:
        """One member of a class, as pairs of first and last character."""
        low = self._take()
        if low == "\\":
            if self._peek() in _RANGES:
                return _RANGES[self._take()]
            low = self._escape()
        high = low
        if self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
            self._take()
            high = self._take()
            high = self._escape() if high == "\\" else high
        return low + high

    def _counted(self, item: Write) -> Write:
        low, high = 1, 1
        if found := _COUNT.match(self._text, self._at):
            self._at = found.end()
            low = int(found[1])
            high = int(found[3] or _LONGEST) if found[2] else low
        elif self._peek() and self._peek() in "*+?":
            low, high = {"*": (0, _LONGEST), "+": (1, _LONGEST), "?": (0, 1)}[self._take()]
        else:
            return item
        if self._peek() and self._peek() in "?+":  # lazy and possessive counts match as much
            self._take()
        return lambda repeats: _times(item(0), min(high, max(low, repeats)))


def _unwritable(repeats: int) -> str:
    raise Unwritable("an anchor stands where nothing written can satisfy it")


def _times(text: str, count: int) -> str:
    if len(text) * count > _LONGEST:
        raise Unwritable("what it matches is too long")
    return text * count


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise Unwritable("what it matches is too long")
    return text
