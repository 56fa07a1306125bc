"""What is wrong with a turn: events that are missing, doubled or out of order."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from repartee.bench import events
from repartee.bench.turns import Turn

_LISTENING = (events.STARTED, events.STOPPED, events.COMMITTED)
_WHOLE = (*_LISTENING, events.CREATED, events.DONE)


def is_answered(turn: Turn, listening_only: bool) -> bool:
    """Whether the turn got what it is owed: an answer that sounds and comes to its end.

    One that was spoken into need not; without answers, being heard is enough.
    """
    if listening_only:
        return turn.committed is not None
    answer = turn.answer
    if answer is None or answer.first is None:
        return False
    return turn.interrupted or answer.status == "completed"


def faults(turn: Turn, listening_only: bool) -> Iterator[str]:
    """Each in a few words; every event is due exactly once, in this order."""
    due = _LISTENING if listening_only else _WHOLE
    counts = Counter(turn.seen)
    for kind in due:
        if not counts[kind]:
            yield f"{kind} missing"
        elif counts[kind] > 1:
            yield f"{kind} more than once"
    firsts = [kind for kind in dict.fromkeys(turn.seen) if kind in due]
    for kind, later in pairwise(firsts):
        if due.index(kind) > due.index(later):
            yield f"{kind} before {later}"
    if any(answer.after_end for answer in turn.answers):
        yield "sound after response.done"
    if listening_only and turn.answers:
        yield "response.created though none was asked for"
