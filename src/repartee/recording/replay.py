"""A recorded session run again through the core, as fast as it goes.

The same inputs at the same times must lead to the same bytes: if they do not, something decides
that should not, or this version decides otherwise than the one that recorded.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from repartee import __version__
from repartee.protocol.audio import BYTES_PER_MS
from repartee.protocol.client import ClientEvent
from repartee.protocol.decoding import Envelope
from repartee.protocol.errors import Refused
from repartee.protocol.screening import screen
from repartee.protocol.server import ServerEvent
from repartee.recording.facts import read_input, write_command, write_event
from repartee.recording.format import INPUTS, Damage, Entry, Kind, printable, read
from repartee.recording.opening import DIALECTS, Opened, Unmakeable, bounds, read_opening, session
from repartee.runtime.tokens import TokenCounter, token_counter
from repartee.session.commands import Show
from repartee.session.inputs import Input
from repartee.session.outbox import Output

_AROUND = 30  # characters shown on either side of a difference
_LONGEST_TYPE = 100
_NOTHING = "(nothing)"


class Difference(Struct, frozen=True, kw_only=True):
    """The first thing that is not as it was.

    `step` counts from 1, the beginning of the session; `at_s` are seconds since then.  `what` is
    the type of the event, or the command; `byte` where in it the difference begins, None where one
    side has nothing there.
    """

    step: int
    at_s: float
    after: str
    what: str
    byte: int | None
    recorded: str
    replayed: str

    def __str__(self) -> str:
        where = self.what if self.byte is None else f"{self.what}, byte {self.byte:,}"
        return (
            f"a difference in step {self.step:,}, at {self.at_s:.3f} s, after {self.after}: {where}"
            f"\n  recorded: {self.recorded}\n  replayed: {self.replayed}"
        )


class Verdict(Struct, frozen=True, kw_only=True):
    """What came of a replay; `whole` says that all was compared that was recorded."""

    file: str
    steps: int
    events: int
    difference: Difference | None
    whole: bool
    remarks: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return self.difference is None and self.whole

    def __str__(self) -> str:
        found = f"no difference: {self.steps:,} steps, {self.events:,} events"
        lines = (*self.remarks, found if self.difference is None else str(self.difference))
        return "\n".join(f"{self.file}: {line}" for line in lines)


class _Step(NamedTuple):
    """An input and what it led to; `is_cut` says that there may have been more of that."""

    entry: Entry
    led_to: Sequence[Entry]
    is_cut: bool = False


_Said = tuple[Kind, bytes]
"""What is compared: the frame of an event, or the text of a command."""


def replay(path: Path, counter: Callable[[str], TokenCounter] = token_counter) -> Verdict:
    """Run a recording again, up to the first difference.

    Raises NotARecording, Unmakeable, SettingsError where its token counter is not here, OSError.
    """
    reading = _Reading(path)
    steps = reading.steps()
    first = next(steps, None)
    if first is None or first.entry.kind is not Kind.OPENING:
        raise Unmakeable("its opening is lost")
    opened = read_opening(first.entry.text)
    if opened.repartee != __version__:
        reading.remarks.append(f"recorded by repartee {opened.repartee}, this is {__version__}")
    core = _Core(opened, first.entry.time, counter)
    number = events = 0
    difference = None
    for number, step in enumerate(chain((first,), steps), 1):
        recorded = [said for entry in step.led_to if (said := _said(entry))]
        difference = _difference(recorded, core.take(step), step, number, first.entry.time)
        if difference is not None:
            break
        events += sum(kind is Kind.SAID for kind, _ in recorded)
    return Verdict(
        file=str(path),
        steps=number,
        events=events,
        difference=difference,
        whole=reading.whole,
        remarks=(*reading.remarks, *core.remarks),
    )


class _Reading:
    """A file's steps, up to its end or its first hole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.remarks: list[str] = []
        self.whole = True

    def steps(self) -> Iterator[_Step]:
        """In order; once they are all read, `remarks` says how the file ended."""
        step: list[Entry] = []
        for entry in self._entries():
            if entry.kind in INPUTS and step:
                yield _Step(step[0], step[1:])
                step = []
            step.append(entry)
        if step:
            has_left = step[0].kind is Kind.LEFT
            if not has_left:
                self.remarks.append("the recording ends before its session did")
            yield _Step(step[0], step[1:], is_cut=not has_left)

    def _entries(self) -> Iterator[Entry]:
        for entry in read(self._path):
            if isinstance(entry, Damage):
                self.remarks.append(str(entry))
                if entry.is_tail:
                    return
                self.whole = False
                self.remarks.append("what follows cannot be run again")
                return
            if entry.kind is Kind.BROKEN:
                reason = msgspec.json.decode(entry.text, type=dict[str, str])["reason"]
                self.remarks.append(f"the recording was given up: {reason}")
                return
            yield entry


class _Core:
    """The session, made again, and told again what happened."""

    def __init__(self, opened: Opened, now: float, counter: Callable[[str], TokenCounter]) -> None:
        self.remarks: list[str] = []
        self._dialect = DIALECTS[opened.dialect]
        self._spent: list[str | None] = []
        self._bounds = bounds(opened, self._answer, counter)
        self._session = session(opened, now, self._bounds)

    def take(self, step: _Step) -> list[_Said]:
        """What one step leads to now."""
        self._spent = [_spent(entry) for entry in step.led_to if entry.kind is Kind.SPENT]
        said = []
        for output in self._outputs(step.entry):
            if not isinstance(output, ServerEvent | Show):
                said.append((Kind.ASKED, write_command(output)))
            elif (frame := write_event(output, self._dialect)) is not None:
                said.append((Kind.SAID, frame))
        return said

    def _outputs(self, entry: Entry) -> list[Output]:
        try:
            if entry.kind is Kind.OPENING:
                return self._session.open()
            if entry.kind is Kind.LEFT:
                return self._session.leave(entry.time)
            return self._session.step(self._input(entry), entry.time)
        except Unmakeable:
            raise
        except Exception as fault:  # the driver, too, ends a session that fails
            self.remarks.append(f"the session failed: {type(fault).__name__}: {fault}")
            self._session.closed = True
            return []

    def _input(self, entry: Entry) -> ClientEvent | Input | Refused:
        if entry.kind is not Kind.CLIENT:
            try:
                return read_input(entry.kind, entry.text, entry.blob)
            except ValueError as error:
                place = f"the input at byte {entry.offset:,}"
                raise Unmakeable(f"{place} cannot be read: {error}") from None
        screened = screen(entry.blob, self._bounds.caps.event_bytes)
        return screened or self._dialect.decode(entry.blob)

    def _answer(self) -> str | None:
        """As it was answered then; a session without limits was always told None."""
        return self._spent.pop(0) if self._spent else None


def _spent(entry: Entry) -> str | None:
    return msgspec.json.decode(entry.text, type=str | None)


def _said(entry: Entry) -> _Said | None:
    if entry.kind is Kind.SAID:
        return Kind.SAID, entry.blob
    return (Kind.ASKED, entry.text) if entry.kind is Kind.ASKED else None


def _difference(
    recorded: Sequence[_Said], replayed: Sequence[_Said], step: _Step, number: int, begun: float
) -> Difference | None:
    """The first, if any; where a recording was cut, more may be said now."""
    for was, now in zip_longest(recorded, replayed):
        if was == now or (was is None and step.is_cut):
            continue
        said = was or now
        assert said is not None
        there, here = (b"" if each is None else each[1] for each in (was, now))
        byte = _common(there, here)
        return Difference(
            step=number,
            at_s=round(step.entry.time - begun, 6),
            after=_described(step.entry),
            what=_named(said),
            byte=None if was is None or now is None else byte,
            recorded=_excerpt(there, byte),
            replayed=_excerpt(here, byte),
        )
    return None


def _common(one: bytes, other: bytes) -> int:
    """How many bytes two contents begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _excerpt(content: bytes, byte: int) -> str:
    """What stands around a place."""
    if not content:
        return _NOTHING
    start, end = max(byte - _AROUND, 0), byte + _AROUND
    text = printable(content[start:end].decode(errors="replace"))
    return f"{'…' if start else ''}{text}{'…' if end < len(content) else ''}"


def _described(entry: Entry) -> str:
    """An input in a few words."""
    match entry.kind:
        case Kind.OPENING:
            return "the opening"
        case Kind.CLIENT:
            return f"the client's {_type(entry.blob)}"
        case Kind.HEARD:
            return f"{len(entry.blob) / BYTES_PER_MS:g} ms of sound"
        case Kind.LEFT:
            return "the client had left"
        case _:
            return _type(entry.text)


def _named(said: _Said) -> str:
    """The type of an event, or the name of a command."""
    kind, content = said
    return _type(content) if kind is Kind.SAID else str(msgspec.json.decode(content)["name"])


def _type(message: bytes) -> str:
    """The type that a JSON object says it has."""
    try:
        return printable(str(msgspec.json.decode(message, type=Envelope).type)[:_LONGEST_TYPE])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "unreadable message"
