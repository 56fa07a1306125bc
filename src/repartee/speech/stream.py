"""One session's sound on its way in: cut into frames, freed from echo and noise, told in order."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from repartee.protocol.audio import NoiseFilter
from repartee.session.inputs import Heard
from repartee.speech.echo import EchoCancellation
from repartee.speech.noise import NoiseReduction
from repartee.speech.resample import JUDGED_FRAME

FRAME_BYTES = 2 * JUDGED_FRAME
MOST_HELD = 4  # frames that change nothing and are told as one, 128 ms

Tell = Callable[[Heard], None]
Indifference = Callable[[], float]
Filter = EchoCancellation | NoiseReduction


class _Event(NamedTuple):
    """The sound that came in one event of the client, and the event's id."""

    begin: int
    end: int
    id: str


class Stream:
    """One session's sound, from where it comes in until it is told.

    `_sound` reaches from `_start`, where the next frame begins, to `_end`; up to `_filtered` its
    echo and noise have been reduced, and up to `_told` it has been told.  Positions count bytes.

    Frames that are less like speech than `indifference` tells are held back for a while, and told
    as one: most of a session is silence, and to be told of it is what costs most then.
    """

    def __init__(
        self,
        tell: Tell,
        cancel_echo: EchoCancellation | None,
        indifference: Indifference = float,
    ) -> None:
        self.tell = tell
        self._indifference = indifference
        self.cancel_echo = cancel_echo
        self.closed = False
        self.slot: int | None = None  # its row in the batch, while it is judged
        self.waiting = False
        self.since = 0.0  # when it began to wait
        self.speech: float | None = None  # the last frame's probability, while it is judged
        self._judged: Heard | None = None
        self._held: list[Heard] = []
        self._sound = bytearray()
        self._start = self._filtered = self._told = self._end = 0
        self._noise_filter: NoiseFilter | None = None
        self._filters: list[Filter] = [cancel_echo] if cancel_echo is not None else []
        self._events: deque[_Event] = deque()  # those that have an id

    def add(self, pcm: bytes, event_id: str | None) -> None:
        if self.cancel_echo is not None:
            self.cancel_echo.hears(len(pcm))
        begin = self._end
        self._sound += pcm
        self._end += len(pcm)
        if event_id is not None:
            self._events.append(_Event(begin, self._end, event_id))

    @property
    def untold(self) -> int:
        return self._end - self._told

    @property
    def whole(self) -> bool:
        """Whether a frame is complete."""
        return len(self._sound) >= FRAME_BYTES

    @property
    def framed(self) -> bool:
        """Whether it is taken frame by frame: dear work is spread over ticks."""
        return self.slot is not None or self.filtered

    @property
    def filtered(self) -> bool:
        """Whether its echo or noise is reduced."""
        return bool(self._filters)

    def filter_by(self, wanted: NoiseFilter | None) -> None:
        """Reduce the noise of what comes from now on."""
        if wanted == self._noise_filter:
            return
        self._filter(self._end)
        self._noise_filter = wanted
        self._filters = [self.cancel_echo] if self.cancel_echo is not None else []
        if wanted is not None and wanted.strength:
            self._filters.append(NoiseReduction(wanted))

    def prepare(self) -> None:
        """Free the next frame from its echo and noise, the part of `take` that takes time."""
        self._filter(self._start + FRAME_BYTES)

    def take(self) -> bytes:
        """The next frame, without echo and noise, to be judged and then given to `learn`."""
        if self._filters:
            self.prepare()
        frame = bytes(self._sound[:FRAME_BYTES])
        del self._sound[:FRAME_BYTES]
        self._start += FRAME_BYTES
        return frame

    def learn(self, frame: bytes, speech: float | None) -> None:
        """The frame was taken; what of it was not told yet is now ready to be."""
        untold = frame[self._told - self._start :]
        self._told = self._start
        self._judged = Heard(untold, speech, self._event_at(self._start))
        self.speech = speech

    def tell_judged(self) -> None:
        if self._judged is None:
            return
        heard, self._judged = self._judged, None
        if heard.speech is None or heard.speech >= self._indifference():
            self.tell_held()
            self.tell(heard)
            return
        self._held.append(heard)
        if len(self._held) == MOST_HELD:
            self.tell_held()

    def tell_held(self) -> None:
        """Tell what was held back."""
        held = self._held
        if held:
            self._held = []
            pcm = b"".join([heard.pcm for heard in held])
            speech = max([heard.speech or 0.0 for heard in held])
            self.tell(Heard(pcm, speech, held[-1].event_id))

    def tell_rest(self) -> None:
        """Tell what there is of the next frame, or whatever is left of a time of frames."""
        self.tell_held()
        self._filter(self._end)
        untold = bytes(self._sound[self._told - self._start :])
        self._told = self._end
        if not self.framed:
            self._sound.clear()
            self._start = self._end
        if untold:
            self.tell(Heard(untold, self.speech, self._event_at(self._end)))

    def close(self) -> None:
        self.closed = True
        self.tell = _nobody  # who was told can be freed at once
        self._judged = None
        self._held.clear()
        self._sound.clear()
        self._start = self._told = self._end

    def _filter(self, end: int) -> None:
        """Reduce echo and noise of the sound up to `end`."""
        if end <= self._filtered:
            return
        for each in self._filters:
            part = slice(self._filtered - self._start, end - self._start)
            self._sound[part] = each(bytes(self._sound[part]))
        self._filtered = end

    def _event_at(self, end: int) -> str | None:
        """The id of the event with the last byte before `end`; events before it are forgotten."""
        events = self._events
        while events and events[0].end < end:
            events.popleft()
        return events[0].id if events and events[0].begin < end else None


def _nobody(_: Heard) -> None:
    """Hears it."""
