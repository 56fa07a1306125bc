"""The assistant's sound on its way to the listener's ear, and how much of it has arrived there.

Sound is played from when it is given, piece after piece and in real time.  A *paced* transport
(a call) does just that: the client gets a stream of sound instead of events, is told when it
begins and ends, and when the user interrupts, the server itself truncates what was being played
to what was heard.  On a WebSocket the client plays what it was sent, and this is the most that
can be known.
"""

from math import inf
from typing import NamedTuple

from repartee.protocol.call import OutputBufferCleared, OutputBufferStarted, OutputBufferStopped
from repartee.protocol.server import ConversationItemTruncated
from repartee.session.commands import Duck, Hush, Play
from repartee.session.conversation import Conversation, Entry
from repartee.session.outbox import Outbox

_ROUNDING_S = 1e-6  # of sums of seconds


class _Piece(NamedTuple):
    """Sound without a gap: of which response and item, from when (s), and for how long (ms)."""

    ref: str
    entry: Entry
    begins: float
    ms: float

    @property
    def ends(self) -> float:
        return self.begins + self.ms / 1000

    def meets(self, following: "_Piece") -> bool:
        return following.begins - self.ends < _ROUNDING_S

    def heard_ms(self, now: float) -> float:
        return min(self.ms, max(0.0, now - self.begins) * 1000)


class Playback:
    """Moments in seconds of the driver's clock, as the outbox tells them."""

    def __init__(self, conversation: Conversation, outbox: Outbox, *, paced: bool = False) -> None:
        self.paced = paced
        self.until = -inf  # when all sound given so far has been played
        self._conversation = conversation
        self._outbox = outbox
        self._pieces: list[_Piece] = []  # of responses that still sound, if paced
        self._begun: set[str] = set()  # those of which the client was told
        self._complete: set[str] = set()  # those of which no more sound will come
        self._cleared: set[str] = set()  # those that go on, unheard
        self._softly = False

    def sounds(self, ref: str, entry: Entry, audio: bytes, ms: float) -> None:
        """So much more sound of an item of the response `ref` is there."""
        if self.paced and ref in self._cleared and entry.heard_ms is None:
            self._truncate(entry)
        if self.paced and entry.heard_ms is not None:
            return
        begins = max(self.until, self._outbox.now)
        self.until = begins + ms / 1000
        if self.paced:
            self._queue(_Piece(ref, entry, begins, ms), audio)

    def _queue(self, piece: _Piece, audio: bytes) -> None:
        """Have it played behind all else."""
        last = self._pieces[-1] if self._pieces else None
        if last is not None and last.entry is piece.entry and last.meets(piece):
            self._pieces[-1] = last._replace(ms=last.ms + piece.ms)
        else:
            self._pieces.append(piece)
        self.tick()
        self._outbox.ask(Play(audio))

    def completes(self, ref: str) -> None:
        """No more sound of this response will come."""
        self._cleared.discard(ref)
        if any(piece.ref == ref for piece in self._pieces):
            self._complete.add(ref)

    @property
    def deadline(self) -> float:
        """When a response will begin to be played, or will have been played to its end."""
        if not self._pieces:
            return inf
        begins = (piece.begins for piece in self._pieces if piece.ref not in self._begun)
        return min((*begins, *map(self._end, self._complete)), default=inf)

    def tick(self) -> None:
        """Say what has begun to be played, and what has been played to its end."""
        if not self._pieces:
            return
        now = self._outbox.now
        for ref in dict.fromkeys(piece.ref for piece in self._pieces if piece.begins <= now):
            if ref not in self._begun:
                self._begun.add(ref)
                self._outbox.say(OutputBufferStarted(response_id=ref))
            if ref in self._complete and self._end(ref) <= now:
                self._forget(ref)
                self._outbox.say(OutputBufferStopped(response_id=ref))

    def duck(self, softly: bool) -> None:
        """Play more softly, or as loud as before."""
        if self.paced and softly != self._softly:
            self._softly = softly
            self._outbox.ask(Duck(softly))

    def hush(self) -> None:
        """Nothing more is played: the client stops, or, if paced, we do."""
        now = self._outbox.now
        self.until = min(self.until, now)
        unheard = [piece for piece in self._pieces if piece.ends > now]
        if unheard:
            self._outbox.ask(Hush())
        for ref in dict.fromkeys(piece.ref for piece in unheard):
            self._outbox.say(OutputBufferCleared(response_id=ref))
        for entry in dict.fromkeys(piece.entry for piece in unheard):
            self._truncate(entry)
        for ref in dict.fromkeys(piece.ref for piece in unheard):
            if ref not in self._complete:
                self._cleared.add(ref)
            self._forget(ref)

    def _truncate(self, entry: Entry) -> None:
        """The item ends where it was heard to."""
        now = self._outbox.now
        played = sum(piece.heard_ms(now) for piece in self._pieces if piece.entry is entry)
        heard = int(min(played, entry.remaining_ms))
        entry.truncate(heard)
        if entry.id in self._conversation:
            self._outbox.say(
                ConversationItemTruncated(item_id=entry.id, content_index=0, audio_end_ms=heard)
            )

    def _end(self, ref: str) -> float:
        return max(piece.ends for piece in self._pieces if piece.ref == ref)

    def _forget(self, ref: str) -> None:
        self._begun.discard(ref)
        self._complete.discard(ref)
        self._pieces = [piece for piece in self._pieces if piece.ref != ref]
