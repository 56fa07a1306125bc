"""The ear at the other end of a call: it hears piece after piece as time goes by.

It is told what is given to be played and when, reckons for itself what has been heard by now,
and holds the session's words against that.
"""

from collections import defaultdict, deque
from dataclasses import dataclass

from repartee.protocol.call import OutputBufferCleared, OutputBufferStarted, OutputBufferStopped
from repartee.protocol.server import (
    ConversationItemTruncated,
    OutputAudioTranscriptDelta,
    ResponseDone,
)
from repartee.session.commands import Duck, Hush, Play
from repartee.session.outbox import Output

PCM_BYTES_PER_MS = 48
ROUNDING_MS = 0.001  # of sums of milliseconds


@dataclass
class Piece:
    """Sound that is still to be heard."""

    response_id: str
    item_id: str
    ms: float
    heard_ms: float = 0.0


class Ear:
    """Listens from step to step."""

    def __init__(self) -> None:
        self.waiting: deque[Piece] = deque()
        self.softly = self.was_soft = False
        self.cuts = 0  # truncations of which the session alone knew
        self._now = 0.0
        self._heard_ms: dict[str, float] = defaultdict(float)  # of each item
        self._words_of = ("", "")  # the response and the item of the words said last
        self._flowing: set[str] = set()  # responses whose sound has begun and has not ended
        self._done: set[str] = set()
        self._cleared: set[str] = set()
        self._ends: dict[str, int] = {}  # where items were truncated

    def listen(self, now: float) -> None:
        """Time has gone by."""
        passed_ms, self._now = (now - self._now) * 1000, now
        while self.waiting and passed_ms >= self.waiting[0].ms + ROUNDING_MS:
            piece = self.waiting.popleft()
            passed_ms -= piece.ms
            self._heard_ms[piece.item_id] += piece.ms
        if self.waiting:
            self.waiting[0].ms -= passed_ms
            self.waiting[0].heard_ms += passed_ms
            self._heard_ms[self.waiting[0].item_id] += passed_ms

    @property
    def left_ms(self) -> float:
        """How long there is still something to hear."""
        return sum(piece.ms for piece in self.waiting)

    def told(self, output: Output, *, asked: bool) -> None:
        """Something that the session says or asks; `asked` where the client truncates."""
        match output:
            case OutputAudioTranscriptDelta(response_id=ref, item_id=item_id):
                self._words_of = (ref, item_id)
            case Play(pcm=pcm):
                assert self._words_of[0] not in self._cleared, "it is not to be heard"
                self.waiting.append(Piece(*self._words_of, len(pcm) / PCM_BYTES_PER_MS))
            case Hush():
                assert self.waiting, "there is nothing to be silenced"
                self.waiting.clear()
            case Duck(softly=softly):
                assert softly != self.softly
                self.softly = softly
                self.was_soft = True
            case OutputBufferStarted(response_id=ref):
                self._flowing.add(ref)
            case OutputBufferStopped(response_id=ref):
                left = [piece.ms for piece in self.waiting if piece.response_id == ref]
                assert sum(left) <= ROUNDING_MS, "it still sounds"
                self._flowing.remove(ref)
            case OutputBufferCleared(response_id=ref):
                self._flowing.discard(ref)
                self._cleared.add(ref)
            case ResponseDone(response=body):
                self._done.add(body.id)
            case ConversationItemTruncated(item_id=item_id, audio_end_ms=end_ms):
                self._judge_cut(item_id, end_ms, asked=asked)

    def _judge_cut(self, item_id: str, end_ms: int, *, asked: bool) -> None:
        earlier = self._ends.get(item_id)
        if not asked:
            heard_ms = self._heard_ms[item_id]
            wanted = heard_ms if earlier is None else min(heard_ms, earlier)
            assert abs(end_ms - wanted) <= 1 + ROUNDING_MS, (
                f"{wanted} ms of {item_id} were heard, not {end_ms}"
            )
            self.cuts += 1
        self._ends[item_id] = end_ms if earlier is None else min(end_ms, earlier)

    def step_is_over(self) -> None:
        """What the session has told by now agrees with what is heard."""
        waiting = {piece.response_id for piece in self.waiting}
        over = self._flowing & self._done - waiting
        assert not over, f"{over} have been heard to the end"
        if self.waiting and self.waiting[0].ms > ROUNDING_MS < self.waiting[0].heard_ms:
            assert self.waiting[0].response_id in self._flowing, "it sounds already"
