"""A microphone in a room, for tests and benchmarks: clips, noise, echo and mishaps on a timeline.

What it hears is 24 kHz mono s16, the same every time, whole or in pieces of any size.  Beside it
stands the truth: where speech begins and ends, told by the energy of the clean clips, before noise
and mishaps come to them.

    room = Microphone(6.0)
    room.speak(1.0, read("jfk"), gain_db=-6)
    room.hiss(-50, "pink")
    session.hear(room.sound().tobytes())
    assert started_ms == pytest.approx(room.spoken[0].begin_ms, abs=200)

Levels are dB of full scale: 0 dBFS is a constant of 32768, and a full sine -3 dBFS.
"""

from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recordings import FULL_SCALE, RATE, Samples, resampled
from repartee.talk.loudness import loud_ends_ms

VOICE_HZ = (150, 3_500)  # where voices are, and the rumble of rooms is not
WINDOW_MS = 10  # of the energy by which speech is found
HELD_WINDOWS = 5  # so many loud ones on end are speech; fewer are a click

_REVERBERATION_S = 0.15
_REVERBERATION_DB = -12.0  # the tail of an echo, against its first arrival
_FAINTEST_HZ = 20  # pink noise rises no further below it

Sound = NDArray[np.float64]


class Span(NamedTuple):
    """From where to where, in ms since the beginning."""

    begin_ms: float
    end_ms: float


class Microphone:
    """So many seconds of a room, silent at first; `seed` makes its noise another one."""

    def __init__(self, seconds: float, seed: int = 0) -> None:
        self.spoken: list[Span] = []
        self._sound: Sound = np.zeros(round(seconds * RATE))
        self._random = np.random.default_rng(seed)
        self._muted: list[slice] = []
        self._offset = 0.0
        self._gain = 1.0

    def speak(
        self, at_s: float, samples: Samples, *, rate: int = RATE, gain_db: float = 0.0
    ) -> Span:
        """Somebody says a clean clip of `rate` Hz; where its speech is, also kept in `spoken`."""
        clip = resampled(samples, rate, RATE)
        self.play(at_s, clip, gain_db=gain_db)
        begin, end = speech_edges(clip)
        span = Span(1000 * at_s + begin, 1000 * at_s + end)
        self.spoken.append(span)
        return span

    def play(
        self, at_s: float, samples: Samples, *, rate: int = RATE, gain_db: float = 0.0
    ) -> None:
        """A sound that is nobody's speech; what is longer than the timeline is cut."""
        self._add(at_s, resampled(samples, rate, RATE).astype(np.float64) * _ratio(gain_db))

    def hiss(
        self,
        dbfs: float,
        colour: Literal["white", "pink"] = "white",
        *,
        begin_s: float = 0.0,
        end_s: float | None = None,
    ) -> None:
        """Noise of this level: equal power in each Hz, or (pink) in each octave."""
        size = len(self._sound[self._stretch(begin_s, end_s)])
        spectrum = np.fft.rfft(self._random.standard_normal(size))
        if colour == "pink":
            frequencies = np.fft.rfftfreq(size, 1 / RATE)
            spectrum /= np.sqrt(np.maximum(frequencies, _FAINTEST_HZ))
        self._add(begin_s, _at_level(np.fft.irfft(spectrum, size), dbfs))

    def surround(
        self, samples: Samples, dbfs: float, *, begin_s: float = 0.0, end_s: float | None = None
    ) -> None:
        """A recorded noise of this level, over and over."""
        size = len(self._sound[self._stretch(begin_s, end_s)])
        self._add(begin_s, _at_level(np.resize(samples, size).astype(np.float64), dbfs))

    def echo(
        self, at_s: float, samples: Samples, *, delay_ms: float = 60.0, loss_db: float = 20.0
    ) -> None:
        """What a loudspeaker plays from `at_s` on comes back: late, fainter, with its room."""
        tail = self._random.standard_normal(round(_REVERBERATION_S * RATE))
        tail *= np.exp(-np.linspace(0, 6.9, len(tail)))  # by 60 dB, the measure of reverberation
        tail *= _ratio(_REVERBERATION_DB) / np.sqrt(np.sum(np.square(tail)))
        tail[0] = 1.0
        size = len(samples) + len(tail) - 1
        returned = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)
        returned = returned.astype(np.float64)
        self._add(at_s + delay_ms / 1000, returned * _ratio(-loss_db))

    def click(self, at_s: float, dbfs: float = -6.0) -> None:
        """A key or a switch: 3 ms of noise that dies away; `dbfs` is its peak."""
        self._add(at_s, self._burst(0.003, dbfs))

    def cough(self, at_s: float, dbfs: float = -6.0) -> None:
        """Two bursts of breath, 350 ms together, without a voice in them; `dbfs` is their peak."""
        self._add(at_s, self._burst(0.2, dbfs))
        self._add(at_s + 0.2, self._burst(0.15, dbfs - 6))

    def mute(self, begin_s: float, end_s: float | None = None) -> None:
        """Digital silence there, whatever else there is: a client that sends zeros."""
        self._muted.append(self._stretch(begin_s, end_s))

    def offset(self, share: float) -> None:
        """A cheap converter: a constant is added, as a share of full scale."""
        self._offset = share

    def overdrive(self, gain_db: float) -> None:
        """All of it is so much louder; what is then beyond full scale is clipped."""
        self._gain = _ratio(gain_db)

    def sound(self) -> Samples:
        """What the microphone gives: gain, offset and mute come last, in this order."""
        sound = self._sound * self._gain + self._offset * FULL_SCALE
        for stretch in self._muted:
            sound[stretch] = 0
        return np.clip(np.rint(sound), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)

    def _stretch(self, begin_s: float, end_s: float | None) -> slice:
        return slice(round(begin_s * RATE), None if end_s is None else round(end_s * RATE))

    def _add(self, at_s: float, sound: Sound) -> None:
        begin = round(at_s * RATE)
        room = self._sound[begin : begin + len(sound)]
        room += sound[: len(room)]

    def _burst(self, seconds: float, dbfs: float) -> Sound:
        burst = self._random.standard_normal(round(seconds * RATE))
        burst *= np.exp(-np.linspace(0, 5, len(burst)))
        burst *= FULL_SCALE * _ratio(dbfs) / np.max(np.abs(burst))
        return burst


def speech_edges(clip: Samples) -> tuple[float, float]:
    """Where speech begins and ends in a clean clip, in ms: its first and its last held loudness.

    Loud is a window of 10 ms of the band of voices, as in `loud_ends_ms`; held are five on end.
    Raises ValueError where nothing is loud for so long.
    """
    spectrum = np.fft.rfft(clip)
    frequencies = np.fft.rfftfreq(len(clip), 1 / RATE)
    spectrum[(frequencies < VOICE_HZ[0]) | (frequencies > VOICE_HZ[1])] = 0
    voice = np.fft.irfft(spectrum, len(clip)).clip(-FULL_SCALE, FULL_SCALE - 1).astype("<i2")
    ends = loud_ends_ms(voice.tobytes(), RATE)
    span = WINDOW_MS * (HELD_WINDOWS - 1)
    later = ends[HELD_WINDOWS - 1 :]
    held = [end for end, last in zip(ends, later, strict=False) if last - end == span]
    if not held:
        raise ValueError("no speech in this clip")
    return held[0] - WINDOW_MS, held[-1] + span


def spoken_part(clip: Samples) -> Samples:
    """The clip without what stands before and behind its speech."""
    begin, end = (round(edge * RATE / 1000) for edge in speech_edges(clip))
    return clip[begin:end]


def level_dbfs(sound: NDArray[np.int16] | Sound) -> float:
    """Root mean square, in dB of full scale; -inf for digital silence."""
    with np.errstate(divide="ignore"):
        power = np.mean(np.square(sound, dtype=np.float64))
        return 10 * float(np.log10(power / FULL_SCALE**2))


def chunks(sound: Samples, samples: int | Iterable[int]) -> Iterator[bytes]:
    """The sound in pieces of so many samples, or of these many in turn, again and again."""
    begin = 0
    for size in cycle([samples] if isinstance(samples, int) else samples):
        if begin >= len(sound):
            return
        yield sound[begin : begin + size].tobytes()
        begin += size


def _ratio(db: float) -> float:
    return float(10 ** (db / 20))


def _at_level(sound: Sound, dbfs: float) -> Sound:
    return sound * _ratio(dbfs - level_dbfs(sound))
