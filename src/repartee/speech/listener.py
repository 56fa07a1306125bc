"""The way in: clients' sound is decoded, cut into frames, freed from echo and noise, and judged.

To tell speech from silence is the dearest thing done to sound, and a net judges a batch several
times cheaper than its frames one by one.  So the process has one `SpeechDetector`, where all
sessions' frames wait for a common tick.  But for these 8 ms no session notices the others: its
sound is told in order, all of it, and, by `flush`, before anything else that its client sent
after it.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from repartee.engines.protocols import EchoCanceller, Vad
from repartee.protocol.audio import Encoding, NoiseFilter
from repartee.session.commands import Listen
from repartee.session.inputs import Heard
from repartee.speech.codec import Decoder
from repartee.speech.echo import EchoCancellation
from repartee.speech.noise import NoiseReduction
from repartee.speech.resample import HISTORY, JUDGED_FRAME, at_16k

FRAME_BYTES = 2 * JUDGED_FRAME
TICK = 0.008  # s
BUDGET = 0.005  # s of work in one turn of the event loop
WIDEST = 32  # frames of one batch: a wider one is hardly cheaper a frame, and a longer step

Tell = Callable[[Heard], None]

log = logging.getLogger(__name__)


class Timer(Protocol):
    """A call to come, as asyncio's handles are."""

    def cancel(self) -> None: ...


class SpeechDetector:
    """Judges the sound of all sessions of a process with one `Vad`.

    A timer runs only while frames wait; what takes longer than 5 ms goes on in the next turn of
    the event loop.  Where the `Vad` raises, its frames pass for silence; the first time is logged.
    Before that `echo` takes from each session's sound what was sent to its client.

    `call_later` is the running event loop's unless given; `clock` counts seconds.
    """

    def __init__(
        self,
        vad: Vad,
        echo: EchoCanceller | None = None,
        *,
        tick: float = TICK,
        call_later: Callable[[float, Callable[[], None]], Timer] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._batch = _Batch(vad)
        self._echo = echo
        self._tick = tick
        self._call_later = call_later
        self._clock = clock
        self._timer: Timer | None = None
        self._waiting: list[_Stream] = []  # each has a whole frame; the first waits longest

    def listener(self, tell: Tell) -> "Listener":
        """One session's ear, for PCM as it comes; what it hears goes to `tell`.

        `tell` may call the listener back.  If it raises in a tick, that is logged.
        """
        echo = self._echo.stream() if self._echo is not None else None
        cancel = EchoCancellation(echo) if echo is not None else None
        return Listener(self, self._batch, _Stream(tell, cancel))

    def wait(self, stream: "_Stream") -> None:
        """Take the stream's whole frames from the next tick on."""
        if not stream.waiting:
            stream.waiting = True
            self._waiting.append(stream)
        if self._timer is None:
            self._arm(self._tick)

    def forget(self, stream: "_Stream") -> None:
        """The stream has no more frames to take."""
        if stream.waiting:
            stream.waiting = False
            self._waiting.remove(stream)
        if not self._waiting:
            self._arm(None)

    def _run(self) -> None:
        """One tick: round after round, the next frame of everybody who waits."""
        until = self._clock() + BUDGET
        while self._waiting and self._clock() < until:
            streams = self._prepared(until)
            self._batch.take(streams)
            # First queue, then tell: what is told may bring more sound, or a close.
            for stream in streams:
                stream.waiting = False
                if stream.whole:
                    self.wait(stream)
            for stream in streams:
                try:
                    stream.tell_judged()
                except Exception:
                    log.exception("a session failed at the sound it was told")
        self._arm(0.0 if self._waiting else None)

    def _prepared(self, until: float) -> list["_Stream"]:
        """Those who wait longest, each with its next frame ready; one at least, however late."""
        streams: list[_Stream] = []
        while self._waiting and len(streams) < WIDEST:
            stream = self._waiting.pop(0)
            stream.prepare()
            streams.append(stream)
            if self._clock() >= until:
                break
        return streams

    def _arm(self, delay: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if delay is not None:
            call_later = self._call_later or asyncio.get_running_loop().call_later
            self._timer = call_later(delay, self._run)


class Listener:
    """The ear of one session; see `SpeechDetector.listener`."""

    def __init__(self, detector: SpeechDetector, batch: "_Batch", stream: "_Stream") -> None:
        self._detector = detector
        self._batch = batch
        self._stream = stream
        self._encoding: Encoding = "audio/pcm"
        self._decode = Decoder(self._encoding)

    def hear(self, sound: bytes, event_id: str | None = None) -> None:
        """Take sound of any length, in the client's encoding; it came in the event `event_id`.

        Neither judged nor filtered, it is told at once.  Otherwise it is told in frames of 32 ms,
        each with the id of the event that completed it.  Raises ValueError for half a sample.
        """
        pcm = self._decode(sound)
        stream = self._stream
        if stream.closed or not pcm:
            return
        if not stream.framed:
            stream.tell_rest()
            stream.tell(Heard(pcm, None, event_id))
            return
        stream.add(pcm, event_id)
        if stream.whole:
            self._detector.wait(stream)

    def sent(self, sound: bytes, encoding: Encoding) -> None:
        """The client plays this once it has played what it was sent before."""
        if self._stream.cancel_echo is not None:
            self._stream.cancel_echo.sent(sound, encoding)

    def hushed(self) -> None:
        """The client plays no more of what it was sent so far."""
        if self._stream.cancel_echo is not None:
            self._stream.cancel_echo.hushed()

    def configure(self, listen: Listen) -> None:
        """Hear so whatever comes from now on.

        Where judging begins, or is to begin anew, the net remembers nothing; where another noise
        filter begins, it has its noise yet to learn.  Nothing is told within this call: where
        judging or filtering ends, sound that still waits is told before the next or with the next
        flush.
        """
        stream = self._stream
        if stream.closed:
            return
        if listen.encoding != self._encoding:
            self._encoding, self._decode = listen.encoding, Decoder(listen.encoding)
        stream.filter_by(listen.noise_reduction)
        if listen.judge and stream.slot is None:
            stream.slot, stream.speech = self._batch.open(), 0.0
        elif not listen.judge:
            self._stop_judging()
        elif listen.anew:
            self._stop_judging()
            stream.slot, stream.speech = self._batch.open(), 0.0
        if stream.framed and stream.whole:
            self._detector.wait(stream)
        else:
            self._detector.forget(stream)

    def _stop_judging(self) -> None:
        stream = self._stream
        if stream.slot is not None:
            self._batch.close(stream.slot)
            stream.slot = stream.speech = None

    @property
    def waiting(self) -> int:
        """Bytes of sound that still wait for their tick, as 24 kHz PCM."""
        return self._stream.untold

    def flush(self) -> None:
        """Tell everything that was heard, now.

        Of an incomplete frame, what is there is told with the last frame's probability.  The
        frame is judged when it is complete, all of it, and then its rest is told.

        Whole frames are judged within this call, however many.  Usually that is one; but a second
        of sound that came in one piece takes 4 ms, twice that with its noise reduced and four
        times with its echo cancelled, and the largest event, five minutes, more than a second.
        """
        stream = self._stream
        stream.tell_judged()
        try:
            while stream.framed and stream.whole:
                self._batch.take([stream])
                stream.tell_judged()
        finally:
            self._detector.forget(stream)
        stream.tell_rest()

    def close(self) -> None:
        """Tell nothing any more."""
        self._detector.forget(self._stream)
        self._stop_judging()
        self._stream.close()


class _Stream:
    """One session's sound, from where it comes in until it is told.

    `_sound` reaches from `_start`, where the next frame begins, to `_end`; up to `_filtered` its
    echo and noise have been reduced, and up to `_told` it has been told.  Positions count bytes.
    """

    def __init__(self, tell: Tell, cancel_echo: EchoCancellation | None) -> None:
        self.tell = tell
        self.cancel_echo = cancel_echo
        self.closed = False
        self.slot: int | None = None  # its row in the batch, while it is judged
        self.waiting = False
        self.speech: float | None = None  # the last frame's probability, while it is judged
        self._judged: Heard | None = None
        self._sound = bytearray()
        self._start = self._filtered = self._told = self._end = 0
        self._noise_filter: NoiseFilter | None = None
        self._reduce_noise: NoiseReduction | None = None
        self._events: deque[tuple[int, str | None]] = deque()  # where each ends, and its id

    def add(self, pcm: bytes, event_id: str | None) -> None:
        if self.cancel_echo is not None:
            self.cancel_echo.hears(len(pcm))
        self._sound += pcm
        self._end += len(pcm)
        self._events.append((self._end, event_id))

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
        return self.slot is not None or any(self._filters)

    @property
    def _filters(self) -> tuple[EchoCancellation | NoiseReduction | None, ...]:
        return self.cancel_echo, self._reduce_noise

    def filter_by(self, wanted: NoiseFilter | None) -> None:
        """Reduce the noise of what comes from now on."""
        if wanted == self._noise_filter:
            return
        self._filter(self._end)
        self._noise_filter = wanted
        self._reduce_noise = NoiseReduction(wanted) if wanted and wanted.strength else None

    def prepare(self) -> None:
        """Free the next frame from its echo and noise, the part of `take` that takes time."""
        self._filter(self._start + FRAME_BYTES)

    def take(self) -> bytes:
        """The next frame, without echo and noise, to be judged and then given to `learn`."""
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
        if self._judged is not None:
            heard, self._judged = self._judged, None
            self.tell(heard)

    def tell_rest(self) -> None:
        """Tell what there is of the next frame, or whatever is left of a time of frames."""
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
        self._judged = None
        self._sound.clear()
        self._start = self._told = self._end

    def _filter(self, end: int) -> None:
        """Reduce echo and noise of the sound up to `end`."""
        if end <= self._filtered:
            return
        part = slice(self._filtered - self._start, end - self._start)
        for each in self._filters:
            if each is not None:
                self._sound[part] = each(bytes(self._sound[part]))
        self._filtered = end

    def _event_at(self, end: int) -> str | None:
        """The id of the event with the last byte before `end`; events before it are forgotten."""
        while self._events[0][0] < end:
            self._events.popleft()
        return self._events[0][1]


class _Batch:
    """The `Vad`, and the memory of every stream as a row of its arrays."""

    def __init__(self, vad: Vad) -> None:
        self._vad = vad
        self._states = np.zeros((0, vad.state_size), np.float32)
        self._histories = np.zeros((0, HISTORY), np.float32)
        self._free: list[int] = []
        self._failed = False

    def open(self) -> int:
        """A row of zeros."""
        if not self._free:
            size = len(self._states)
            self._free = list(range(size, 2 * size + 1))
            self._states = np.pad(self._states, ((0, size + 1), (0, 0)))
            self._histories = np.pad(self._histories, ((0, size + 1), (0, 0)))
        slot = self._free.pop()
        self._states[slot] = 0
        self._histories[slot] = 0
        return slot

    def close(self, slot: int) -> None:
        """The row may be used again."""
        self._free.append(slot)

    def take(self, streams: Sequence[_Stream]) -> None:
        """Take the next frame of each stream; they keep what they have to tell."""
        judged = []
        for stream in streams:
            if stream.slot is None:
                stream.learn(stream.take(), None)
            else:
                judged.append(stream)
        if judged:
            self._judge(judged)

    def _judge(self, streams: Sequence[_Stream]) -> None:
        slots = np.array([stream.slot for stream in streams])
        frames = [stream.take() for stream in streams]
        pcm = np.frombuffer(b"".join(frames), "<i2").reshape(len(frames), JUDGED_FRAME)
        sound, self._histories[slots] = at_16k(pcm, self._histories[slots])
        try:
            probabilities, self._states[slots] = self._vad(sound, self._states[slots])
            told = probabilities.reshape(len(frames)).tolist()
        except Exception:
            if not self._failed:
                log.exception("voice activity detection failed; sound passes for silence")
            self._failed = True
            told = [0.0] * len(frames)
        for stream, frame, speech in zip(streams, frames, told, strict=True):
            stream.learn(frame, speech)
