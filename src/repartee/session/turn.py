"""The user's turn: the input buffer, and where speech begins and ends in it.

Positions are bytes of 24 kHz PCM since the session began, so that offsets told to the client
count all audio it ever sent: "audio_start_ms … from the start of all audio written to the
buffer during the session".  Time here is media time only; a client may send faster than it
speaks.
"""

from enum import Enum, auto
from typing import NamedTuple

from repartee.protocol.audio import BUFFER_BYTES, ms, size
from repartee.protocol.config import SemanticVad, ServerVad, TurnDetection
from repartee.session.gate import Gate

UNSPOKEN_MS = 2_000  # how much sound without speech is kept while speech is being waited for

# Of semantic_vad, how long a user may pause before the turn ends.  The API tells the longest wait
# alone (8, 4 and 2 s); a model of where sentences end, which would end most turns sooner, is not
# asked.
_PAUSE_MS = {"low": 2_000, "medium": 1_000, "auto": 1_000, "high": 500}


class Detection(NamedTuple):
    """How the edges of turns are found: the probability that is speech, and two times in ms."""

    threshold: float
    prefix_ms: int
    silence_ms: int


def detection(vad: TurnDetection | None) -> Detection | None:
    """What a kind of turn detection comes to."""
    match vad:
        case ServerVad():
            return Detection(vad.threshold, vad.prefix_padding_ms, vad.silence_duration_ms)
        case SemanticVad(eagerness=eagerness):
            usual = ServerVad()
            return Detection(usual.threshold, usual.prefix_padding_ms, _PAUSE_MS[eagerness])
        case None:
            return None


class Edge(Enum):
    """What a stretch of sound did to the turn."""

    STARTED = auto()
    STOPPED = auto()


class InputBuffer:
    """Sound since the last commit or clear, and where it stands in the session."""

    def __init__(self) -> None:
        self._sound = bytearray()
        self.end = 0

    @property
    def start(self) -> int:
        return self.end - len(self._sound)

    def __len__(self) -> int:
        return len(self._sound)

    def write(self, pcm: bytes) -> None:
        self._sound += pcm
        self.end += len(pcm)

    def trim(self, position: int) -> None:
        """Forget what lies before `position`."""
        if position > self.start:
            del self._sound[: position - self.start]

    def take(self) -> bytes:
        """All of it; the buffer is empty afterwards."""
        sound = bytes(self._sound)
        self._sound.clear()
        return sound

    def since(self, position: int) -> bytes:
        """What lies behind `position`."""
        return bytes(self._sound[max(position - self.start, 0) :])


class Turn:
    """What the user is saying.

    `item_id` is the item that the sound will become, `announced` whether the client was told of
    it by speech_started, `recognized` how far its sound went to the recogniser.
    """

    def __init__(self, vad: TurnDetection | None) -> None:
        self.vad = detection(vad)
        self.idle_ms = _idle_ms(vad)
        self.buffer = InputBuffer()
        self.item_id: str | None = None
        self.announced = False
        self.began = 0
        self.recognized = 0
        self._gate = Gate()
        self._last_speech = 0

    def detect(self, vad: TurnDetection | None) -> None:
        """Change how turns end; a turn that runs goes on."""
        if vad is None or self.vad is None:
            self._gate.open = self.announced
            self._last_speech = self.buffer.end
        self.vad, self.idle_ms = detection(vad), _idle_ms(vad)

    def hear(self, pcm: bytes, speech: float | None) -> Edge | None:
        """Take sound; whether speech began or ended with it."""
        if not self.announced and self.vad is not None:
            self.buffer.trim(
                self.buffer.end + len(pcm) - BUFFER_BYTES
            )  # nobody may commit for hours
        begin = self.buffer.end
        self.buffer.write(pcm)
        if self.vad is None or speech is None:
            return None
        if self._gate.judge(speech, self.vad.threshold):
            self._last_speech = self.buffer.end
            return None if self.announced else self._start(begin, self.vad)
        if not self.announced and self.item_id is None:
            kept_ms = max(UNSPOKEN_MS, self.vad.prefix_ms, self.idle_ms)
            self.buffer.trim(self.buffer.end - size(kept_ms))
        elif self.announced and self._silent(self.vad):
            return Edge.STOPPED
        return None

    def _start(self, begin: int, vad: Detection) -> Edge:
        """Speech began at `begin`; the turn begins `prefix_ms` earlier."""
        self.began = max(begin - size(vad.prefix_ms), self.buffer.start)
        if self.item_id is None:
            self.buffer.trim(self.began)
        self.announced = True
        return Edge.STARTED

    def _silent(self, vad: Detection) -> bool:
        """Whether the silence that ends a turn has passed."""
        return self.buffer.end - self._last_speech >= size(vad.silence_ms)

    def has_room(self, pcm: bytes) -> bool:
        """Whether the buffer can take this sound."""
        return len(self.buffer) + len(pcm) <= BUFFER_BYTES

    @property
    def detected(self) -> bool:
        """Whether this is a turn that detection began and will end."""
        return self.announced and self.vad is not None

    @property
    def start_ms(self) -> int:
        return round(ms(self.began))

    @property
    def end_ms(self) -> int:
        return round(ms(self.buffer.end))

    def open(self, item_id: str) -> None:
        """Name the item that the sound held from now on will become."""
        self.item_id = item_id
        self.began = self.recognized = self.buffer.start

    def quieten(self, item_id: str, idle_ms: int) -> None:
        """Nobody spoke for `idle_ms`: that much silence becomes a turn."""
        self.buffer.trim(self.buffer.end - size(idle_ms))
        self.open(item_id)

    def unrecognized(self) -> bytes:
        """Sound of the turn that the recogniser has not had yet."""
        sound = self.buffer.since(self.recognized)
        self.recognized = self.buffer.end
        return sound

    def close(self) -> bytes:
        """The turn is over, committed or cleared: its sound, and a fresh start."""
        sound = self.buffer.take()
        self.item_id, self.announced = None, False
        self._gate.open = False
        self.recognized = self.buffer.end
        return sound


def _idle_ms(vad: TurnDetection | None) -> int:
    """How much silence may become a turn."""
    return (vad.idle_timeout_ms or 0) if isinstance(vad, ServerVad) else 0
