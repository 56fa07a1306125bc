"""Two runs of one user, turn by turn: what was understood, and how long everything took."""

import re
from collections.abc import Iterator

from msgspec import Struct

from repartee.recording.inspection.turns import Inspection, Kind, Turn

APART_S = 2.0  # by which turns that the user began may lie apart and still be the same

# Turns that the user begins, so that both runs have them at the same time.
_BY_USER: tuple[Kind, ...] = ("spoken", "pushed", "asked", "aside")

STAGES = ("stopped", "transcribed", "text", "sent", "done")
_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")

Times = dict[str, tuple[float | None, float | None]]


class WordErrors(Struct, frozen=True):
    """Words inserted, deleted or replaced, and how many the reference has."""

    errors: int = 0
    words: int = 0

    def __add__(self, other: "WordErrors") -> "WordErrors":
        return WordErrors(self.errors + other.errors, self.words + other.words)


class TurnPair(Struct, frozen=True, kw_only=True):
    """A turn then and now; None where one run does not have it.  Times are in ms, then and now."""

    kind: Kind
    then: int | None
    now: int | None
    heard_then: str | None = None
    heard_now: str | None = None
    said_now: str = ""
    words: WordErrors | None = None
    times: Times = {}


class Comparison(Struct, frozen=True, kw_only=True):
    """Of a recording with what other engines made of it."""

    file: str
    engines_then: dict[str, str]
    engines_now: dict[str, str]
    fast: bool
    turns: list[TurnPair]
    words: WordErrors
    medians: Times
    notes: list[str]


def compare(
    file: str, then: Inspection, now: Inspection, notes: list[str], *, fast: bool = False
) -> Comparison:
    """What differs.  Of a `fast` run times say nothing, and are left out."""
    pairs = [_pair(one, other, fast=fast) for one, other in _aligned(then.turns, now.turns)]
    known = {fault.code for fault in then.faults}
    faults = [f"{each.code}: {each.message}" for each in now.faults if each.code not in known]
    return Comparison(
        file=file,
        engines_then=then.engines,
        engines_now=now.engines,
        fast=fast,
        turns=pairs,
        words=sum((pair.words for pair in pairs if pair.words), WordErrors()),
        medians=_medians(pairs),
        notes=[*notes, *faults],
    )


def word_errors(reference: str, hypothesis: str) -> WordErrors:
    """The Levenshtein distance in words, whose case and punctuation do not count."""
    there, here = (_WORD.findall(text.casefold()) for text in (reference, hypothesis))
    row = list(range(len(here) + 1))
    for number, word in enumerate(there, 1):
        diagonal, row[0] = row[0], number
        for place, other in enumerate(here, 1):
            replaced = diagonal + (word != other)
            diagonal = row[place]
            row[place] = min(replaced, row[place] + 1, row[place - 1] + 1)
    return WordErrors(row[-1], len(there))


def _aligned(then: list[Turn], now: list[Turn]) -> Iterator[tuple[Turn | None, Turn | None]]:
    """Turns of the same kind, in order; what the user began also at about the same time."""
    left = list(now)
    for turn in then:
        place = next((n for n, each in enumerate(left) if _is_same(turn, each)), None)
        if place is None:
            yield turn, None
            continue
        for extra in left[:place]:
            yield None, extra
        yield turn, left[place]
        del left[: place + 1]
    for extra in left:
        yield None, extra


def _is_same(turn: Turn, other: Turn) -> bool:
    kinds = {turn.kind, other.kind}
    if len(kinds) > 1:
        return kinds == {"asked", "continued"}  # a function was called in one run alone
    return turn.kind not in _BY_USER or abs(turn.begun_s - other.begun_s) <= APART_S


def _pair(then: Turn | None, now: Turn | None, *, fast: bool) -> TurnPair:
    known = then or now
    assert known is not None
    both = then is not None and now is not None
    heard_then, heard_now = then.heard if then else None, now.heard if now else None
    is_spoken = both and known.item_id is not None and heard_then is not None
    return TurnPair(
        kind=known.kind,
        then=then.number if then else None,
        now=now.number if now else None,
        heard_then=heard_then,
        heard_now=heard_now,
        said_now=now.said if now else "",
        words=word_errors(heard_then or "", heard_now or "") if is_spoken else None,
        times={} if fast else {stage: (_at(then, stage), _at(now, stage)) for stage in STAGES},
    )


def _at(turn: Turn | None, stage: str) -> float | None:
    found: float | None = getattr(turn.moments, stage) if turn else None
    return found


def _medians(pairs: list[TurnPair]) -> Times:
    """Over the spoken turns that have both."""
    medians: Times = {}
    for stage in STAGES:
        times = [pair.times.get(stage, (None, None)) for pair in pairs if pair.kind == "spoken"]
        both = [(one, other) for one, other in times if one is not None and other is not None]
        if both:
            then, now = (sorted(side) for side in zip(*both, strict=True))
            medians[stage] = (then[(len(then) - 1) // 2], now[(len(now) - 1) // 2])
    return medians
