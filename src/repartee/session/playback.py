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


class _Piece(NamedTuple):
    """Sound without a gap: of which response and item, from when (s), and for how long (ms)."""

    ref: str
    entry: Entry
    begins: float
    ms: float

    @property
    def ends(self) -> float:
        return self.begins + self.ms / 1000

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
        self._complete: set[str] = set()  # those of which no more sound will come
        self._softly = False

    def sounds(self, ref: str, entry: Entry, audio: bytes, ms: float) -> None:
        """So much more sound of an item of the response `ref` is there."""
        begins = max(self.until, self._outbox.now)
        self.until = begins + ms / 1000
        if not self.paced or entry.heard_ms is not None:
            return
        if not any(piece.ref == ref for piece in self._pieces):
            self._outbox.say(OutputBufferStarted(response_id=ref))
        last = self._pieces[-1] if self._pieces else None
        if last is not None and last.entry is entry and last.ends == begins:
            self._pieces[-1] = last._replace(ms=last.ms + ms)
        else:
            self._pieces.append(_Piece(ref, entry, begins, ms))
        self._outbox.ask(Play(audio))

    def completes(self, ref: str) -> None:
        """No more sound of this response will come."""
        if any(piece.ref == ref for piece in self._pieces):
            self._complete.add(ref)

    @property
    def deadline(self) -> float:
        """When a response will have been played to its end."""
        return min((self._end(ref) for ref in self._complete), default=inf)

    def tick(self) -> None:
        """Say what has been played to its end."""
        for ref in sorted(self._complete, key=self._end):
            if self._outbox.now < self._end(ref):
                return
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
            self._forget(ref)

    def _truncate(self, entry: Entry) -> None:
        """The item ends where it was heard to."""
        now = self._outbox.now
        heard = int(sum(piece.heard_ms(now) for piece in self._pieces if piece.entry is entry))
        entry.truncate(heard)
        if entry.id in self._conversation:
            self._outbox.say(
                ConversationItemTruncated(item_id=entry.id, content_index=0, audio_end_ms=heard)
            )

    def _end(self, ref: str) -> float:
        return max(piece.ends for piece in self._pieces if piece.ref == ref)

    def _forget(self, ref: str) -> None:
        self._complete.discard(ref)
        self._pieces = [piece for piece in self._pieces if piece.ref != ref]
