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
from collections.abc import Callable
from typing import Protocol

from repartee.engines.protocols import EchoCanceller, Vad
from repartee.protocol.audio import Encoding
from repartee.session.commands import Listen
from repartee.session.inputs import Heard
from repartee.speech.batch import Batch
from repartee.speech.codec import Decoder
from repartee.speech.echo import EchoCancellation
from repartee.speech.stream import Indifference, Stream, Tell

TICK = 0.008  # s
BUDGET = 0.005  # s of work in one turn of the event loop
WIDEST = 128  # frames of one batch: beyond it none is cheaper, and the step takes 5 ms

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
        self._batch = Batch(vad)
        self._echo = echo
        self._tick = tick
        self._call_later = call_later
        self._clock = clock
        self._timer: Timer | None = None
        self._waiting: list[Stream] = []  # each has a whole frame; the first waits longest

    def listener(self, tell: Tell, indifference: Indifference = float) -> "Listener":
        """One session's ear, for PCM as it comes; what it hears goes to `tell`.

        `tell` may call the listener back.  If it raises in a tick, that is logged.  Frames that are
        less like speech than `indifference` tells at the moment may come a little later, as one.
        """
        echo = self._echo.stream() if self._echo is not None else None
        cancel = EchoCancellation(echo) if echo is not None else None
        return Listener(self, self._batch, Stream(tell, cancel, indifference))

    def wait(self, stream: Stream) -> None:
        """Take the stream's whole frames from the next tick on."""
        if not stream.waiting:
            stream.waiting, stream.since = True, self._clock()
            self._waiting.append(stream)
        if self._timer is None:
            self._arm(self._tick)

    @property
    def late_s(self) -> float:
        """How far beyond the next tick the sound that waits longest has had to wait by now."""
        waited = self._clock() - self._waiting[0].since if self._waiting else 0.0
        return max(waited - self._tick, 0.0)

    def forget(self, stream: Stream) -> None:
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

    def _prepared(self, until: float) -> list[Stream]:
        """Those who wait longest, each with its next frame ready; one at least, however late."""
        streams = self._waiting[:WIDEST]
        for count, stream in enumerate(streams, 1):
            if stream.filtered:
                stream.prepare()
                if self._clock() >= until:
                    del streams[count:]
                    break
        del self._waiting[: len(streams)]
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

    def __init__(self, detector: SpeechDetector, batch: Batch, stream: Stream) -> None:
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

    def tell_held(self) -> None:
        """Tell what was judged already, and held back because it changes nothing."""
        self._stream.tell_held()

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
