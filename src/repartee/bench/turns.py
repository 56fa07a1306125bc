"""What was said in one session, and what the server made of it."""

import random
from collections import Counter
from math import inf

from msgspec import Struct, field

from repartee.bench import events
from repartee.bench.answers import Answer
from repartee.bench.events import Response, Told, sound_ms
from repartee.bench.plan import Plan

_INTO_ANSWER_S = 0.5  # after its first sound an answer is spoken into, at the earliest ...
_SPREAD_S = 0.2  # ... and so much later at most, lest it always falls between the same two pieces
_MOST_NAMES = 50  # different codes of errors that are kept apart
_HEARD = (events.STARTED, events.STOPPED, events.COMMITTED)


class Turn(Struct):
    """An utterance and its answer; times are seconds on the caller's clock.

    `began` and `ended` are when the first and the last loud sample were spoken.
    """

    number: int
    began: float
    ended: float
    seen: list[str] = field(default_factory=list)  # events of this turn, in their order
    started: float | None = None
    stopped: float | None = None
    committed: float | None = None
    answers: list[Answer] = field(default_factory=list)
    interrupts: Answer | None = None  # the answer that this turn was spoken into
    interrupted: bool = False  # whether this turn's own answer was spoken into
    given_up: bool = False

    @property
    def answer(self) -> Answer | None:
        """The one that counts: a turn cut in two by the server may have had others before."""
        return self.answers[-1] if self.answers else None


class Conversation:
    """Keeps book of one session's turns.

    `next_at` is when the next turn may begin, or this one is given up; it is told, never waited
    for here.
    """

    def __init__(self, plan: Plan, seed: int = 0) -> None:
        self.turns: list[Turn] = []
        self.errors: Counter[str] = Counter()
        self.too_late = 0  # interruptions of answers that the server had already sent as a whole
        self.next_at = inf
        self._plan = plan
        self._spread = random.Random(seed)
        self._closing = False
        self._items: dict[str, Turn] = {}
        self._answers: dict[str, tuple[Turn, Answer]] = {}
        self._heard: Turn | None = None  # the last turn that the server knows to be over

    @property
    def settled(self) -> bool:
        """Whether nothing will be said, and nothing is waited for."""
        return self.next_at == inf

    def begin(self, at: float) -> None:
        """The first turn may begin then."""
        self.next_at = at

    def close(self) -> None:
        """No turn begins any more, and so none interrupts."""
        self._closing = True
        latest = self.turns[-1] if self.turns else None
        if latest is None or self._is_over(latest):
            self.next_at = inf
        elif latest.interrupted:
            latest.interrupted = False
            self.next_at = self._patience_ends(latest)

    def may_speak(self) -> bool:
        """What to do now that `next_at` has come: whether the next turn begins."""
        latest = self.turns[-1] if self.turns else None
        if latest is not None and not latest.interrupted and not self._is_over(latest):
            latest.given_up = True
        if self._closing or self._has_said_all:
            self.next_at = inf
            return False
        return True

    def speak(self, began: float, ended: float) -> None:
        """The next turn begins; when its first and its last loud sample are spoken."""
        turn = Turn(len(self.turns) + 1, began, ended)
        latest = self.turns[-1] if self.turns else None
        if latest is not None and latest.interrupted and latest.answer is not None:
            if latest.answer.ended is None:
                turn.interrupts = latest.answer
            else:
                self.too_late += 1
        self.turns.append(turn)
        self.next_at = self._patience_ends(turn)

    def take(self, told: Told, now: float) -> None:
        """An event came."""
        if told.type == events.AUDIO:
            self._sound(told, now)
        elif told.type in _HEARD:
            self._hear(told, now)
        elif told.type in (events.CREATED, events.DONE):
            self._answer(told, now)
        elif told.type == "error":
            problem = told.error
            name = (problem and (problem.code or problem.type)) or "no code"
            self.errors[name if len(self.errors) < _MOST_NAMES else "others"] += 1

    def _hear(self, told: Told, now: float) -> None:
        turn = self._turn_of(told.item_id)
        if turn is None:
            self.errors[f"{told.type} though nobody has spoken"] += 1
            return
        turn.seen.append(told.type)
        if told.type == events.STARTED:
            if turn.started is None:
                turn.started = now
            if turn.interrupts is not None and turn.interrupts.hushed is None:
                turn.interrupts.hushed = now
        elif told.type == events.STOPPED:
            turn.stopped = now
            self._heard = turn
        else:
            turn.committed = now
            self._heard = turn
            if self._plan.listening_only:
                self._pause(turn, now)

    def _turn_of(self, item_id: str | None) -> Turn | None:
        latest = self.turns[-1] if self.turns else None
        if item_id is None or latest is None:
            return latest
        return self._items.setdefault(item_id, latest)

    def _answer(self, told: Told, now: float) -> None:
        response = told.response or Response()
        ref = response.id or ""
        if told.type == events.CREATED:
            turn = self._heard or (self.turns[-1] if self.turns else None)
            if turn is None:
                self.errors["response.created though nobody has spoken"] += 1
                return
            answer = Answer(ref, now)
            turn.seen.append(told.type)
            turn.answers.append(answer)
            self._answers[ref] = turn, answer
        elif ref in self._answers:
            turn, answer = self._answers[ref]
            turn.seen.append(told.type)
            answer.end(response.status, now)
            if turn.answer is answer:
                self._pause(turn, now)

    def _sound(self, told: Told, now: float) -> None:
        ref = told.response_id or ""
        if ref not in self._answers:
            return
        turn, answer = self._answers[ref]
        begins = answer.first is None
        answer.sound(sound_ms(told.delta or ""), now)
        if begins and turn is self.turns[-1] and self._is_to_be_interrupted(turn):
            turn.interrupted = True
            self.next_at = now + _INTO_ANSWER_S + _SPREAD_S * self._spread.random()

    def _is_to_be_interrupted(self, turn: Turn) -> bool:
        every = self._plan.barge_in
        return every > 0 and turn.number % every == 0 and not (self._closing or self._has_said_all)

    @property
    def _has_said_all(self) -> bool:
        return self._plan.turns is not None and len(self.turns) >= self._plan.turns

    def _pause(self, turn: Turn, now: float) -> None:
        """The turn is over; the next one comes when its answer has been played, and a pause."""
        if turn is not self.turns[-1]:
            return
        if self._closing or self._has_said_all:
            self.next_at = inf
        elif not turn.interrupted:
            played = turn.answer.plays_until if turn.answer else now
            self.next_at = max(now, played) + self._plan.pause_ms / 1000

    def _patience_ends(self, turn: Turn) -> float:
        return turn.ended + self._plan.silence_ms / 1000 + self._plan.patience_s

    def _is_over(self, turn: Turn) -> bool:
        if self._plan.listening_only:
            return turn.committed is not None
        return turn.answer is not None and turn.answer.ended is not None
