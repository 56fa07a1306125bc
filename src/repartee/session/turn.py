"""The user's turn: the input buffer, and where speech begins and ends in it.

Positions are bytes of 24 kHz PCM since the session began, so that offsets told to the client
count all audio it ever sent: "audio_start_ms … from the start of all audio written to the
buffer during the session".  Time here is media time only; a client may send faster than it
speaks.
"""

from collections import deque
from enum import Enum, auto
from typing import NamedTuple

from repartee.protocol.audio import BUFFER_BYTES, ms, size
from repartee.protocol.config import SemanticVad, ServerVad, TurnDetection
from repartee.session.gate import Gate
from repartee.session.pause import PAUSE_MS, Eagerness, usual_ms, wait_ms

UNSPOKEN_MS = 2_000  # how much sound without speech is kept while speech is being waited for
_SMALL = 1024  # bytes of a piece that is added to another: a client may send two at a time
JUDGED_MS = 8_000  # how much of a turn is looked at to tell whether it is over


class Detection(NamedTuple):
    """How the edges of turns are found: the probability that is speech, and two times in ms.

    With an `eagerness`, the silence that ends a turn depends on what was said before it, and
    `silence_ms` holds as long as nobody has told.
    """

    threshold: float
    prefix_ms: int
    silence_ms: int
    eagerness: Eagerness | None = None

    @property
    def pause_ms(self) -> float:
        """Of silence, after which it is looked into what will come if the turn is over."""
        return PAUSE_MS if self.eagerness else min(PAUSE_MS, self.silence_ms / 2)


def detection(vad: TurnDetection | None) -> Detection | None:
    """What a kind of turn detection comes to."""
    match vad:
        case ServerVad():
            return Detection(vad.threshold, vad.prefix_padding_ms, vad.silence_duration_ms)
        case SemanticVad(eagerness=eagerness):
            usual = ServerVad()
            return Detection(
                usual.threshold, usual.prefix_padding_ms, usual_ms(eagerness), eagerness
            )
        case None:
            return None


class Edge(Enum):
    """What a stretch of sound did to the turn."""

    STARTED = auto()
    PAUSED = auto()
    STOPPED = auto()


class InputBuffer:
    """Sound since the last commit or clear, and where it stands in the session.

    It is kept in the pieces in which it came, so that nothing is moved when it is forgotten.
    """

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._begin = 0  # of the first piece, part of which may be forgotten
        self.start = self.end = 0

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def room(self) -> int:
        """Bytes that it can still take."""
        return BUFFER_BYTES - (self.end - self.start)

    def write(self, pcm: bytes) -> None:
        pieces = self._pieces
        if len(pcm) <= _SMALL and pieces and len(pieces[-1]) <= _SMALL:
            pieces[-1] += pcm
        else:
            pieces.append(pcm)
        self.end += len(pcm)

    def trim(self, position: int) -> None:
        """Forget what lies before `position`."""
        if position <= self.start:
            return
        self.start = min(position, self.end)
        while self._pieces and self._begin + len(self._pieces[0]) <= self.start:
            self._begin += len(self._pieces.popleft())

    def take(self) -> bytes:
        """All of it; the buffer is empty afterwards."""
        sound = self.since(self.start)
        self._pieces.clear()
        self.start = self._begin = self.end
        return sound

    def since(self, position: int) -> bytes:
        """What lies behind `position`."""
        wanted = self.end - max(position, self.start)
        if self._pieces and len(self._pieces[-1]) == wanted:  # as ever, while somebody speaks
            return self._pieces[-1]
        pieces: list[bytes] = []
        for piece in reversed(self._pieces):
            if wanted <= 0:
                break
            pieces.append(piece[-wanted:])
            wanted -= len(piece)
        return b"".join(reversed(pieces))


class Turn:
    """What the user is saying.

    `item_id` is the item that the sound will become.  `speaking` says whether speech was heard,
    `announced` whether the client was told of it by speech_started, `recognized` how far the sound
    went to the recogniser, `last_speech` where speech was last heard, and `paused` whether that was
    long enough ago to be a pause.  `idle_ms` is the silence that becomes a turn itself.
    """

    def __init__(self, vad: TurnDetection | None) -> None:
        self.buffer = InputBuffer()
        self._follow(vad)
        self.item_id: str | None = None
        self.speaking = self.announced = False
        self.began = 0
        self.recognized = 0
        self.last_speech = 0
        self.paused = False
        self._onset = 0
        self._gate = Gate()
        self._wait_ms: float | None = None  # of silence, as judged in this pause

    def detect(self, vad: TurnDetection | None) -> None:
        """Change how turns end; a turn that runs goes on."""
        if vad is None or self.vad is None:
            self._gate.open = self.speaking
            self.last_speech = self.buffer.end
        self._follow(vad)
        self._go_on()

    def _follow(self, vad: TurnDetection | None) -> None:
        self.vad = detection(vad)
        self.idle_ms = vad.idle_timeout_ms if isinstance(vad, ServerVad) else None
        prefix_ms = self.vad.prefix_ms if self.vad is not None else 0
        self._unspoken = size(max(UNSPOKEN_MS, prefix_ms, self.idle_ms or 0))

    @property
    def indifference(self) -> float:
        """Sound that is less like speech than this changes nothing at the moment.

        Nobody speaks, and as long as nobody does it is only kept for a while.
        """
        if self.vad is None or self.speaking or self.item_id is not None:
            return 0.0
        return self.vad.threshold

    def hear(self, pcm: bytes, speech: float | None) -> Edge | None:
        """Take sound; whether speech began or ended with it."""
        buffer, vad = self.buffer, self.vad
        if len(pcm) > buffer.room and not self.speaking and vad is not None:
            buffer.trim(buffer.end + len(pcm) - BUFFER_BYTES)  # nobody may commit for hours
        begin = buffer.end
        buffer.write(pcm)
        if vad is None or speech is None:
            return None
        if self._gate.judge(speech, vad.threshold):
            self.last_speech = buffer.end
            self._go_on()
            return None if self.speaking else self._start(begin, vad)
        if self.speaking:
            return self._keep_silent(vad)
        if self.item_id is None:
            buffer.trim(buffer.end - self._unspoken)
        return None

    def judged(self, finished: float) -> Edge | None:
        """The speaker, who has paused, is done with this probability."""
        if not self.paused or self.vad is None or self.vad.eagerness is None:
            return None
        self._wait_ms = wait_ms(self.vad.eagerness, finished)
        return self._keep_silent(self.vad)

    def _start(self, begin: int, vad: Detection) -> Edge:
        """Speech began at `begin`; the turn begins `prefix_ms` earlier."""
        self.began = max(begin - size(vad.prefix_ms), self.buffer.start)
        if self.item_id is None:
            self.buffer.trim(self.began)
        self.speaking, self._onset = True, begin
        return Edge.STARTED

    def _keep_silent(self, vad: Detection) -> Edge | None:
        """What the silence so far comes to."""
        silent_ms = self.silent_ms
        if silent_ms >= (vad.silence_ms if self._wait_ms is None else self._wait_ms):
            return Edge.STOPPED
        if not self.paused and silent_ms >= vad.pause_ms:
            self.paused = True
            return Edge.PAUSED
        return None

    def _go_on(self) -> None:
        """This is no pause, or no longer."""
        self.paused, self._wait_ms = False, None

    def has_room(self, pcm: bytes) -> bool:
        """Whether the buffer can take this sound."""
        return len(pcm) <= self.buffer.room

    @property
    def detected(self) -> bool:
        """Whether this is a turn that detection began and will end."""
        return self.speaking and self.vad is not None

    @property
    def spoken_ms(self) -> float:
        """From the first to the last speech heard of it."""
        return ms(self.last_speech - self._onset)

    @property
    def silent_ms(self) -> float:
        """Since speech was last heard of it."""
        return ms(self.buffer.end - self.last_speech)

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

    def lately(self) -> bytes:
        """What was said of it lately."""
        return self.buffer.since(max(self.began, self.buffer.end - size(JUDGED_MS)))

    def unrecognized(self) -> bytes:
        """Sound of the turn that the recogniser has not had yet."""
        sound = self.buffer.since(self.recognized)
        self.recognized = self.buffer.end
        return sound

    def close(self) -> bytes:
        """The turn is over, committed or cleared: its sound, and a fresh start."""
        sound = self.buffer.take()
        self.overlook()
        self.recognized = self.buffer.end
        return sound

    def overlook(self) -> None:
        """Nothing was said, or nothing that counts; its sound may still lead in the next turn."""
        self.item_id = None
        self.speaking = self.announced = self._gate.open = False
        self._go_on()
