"""A simulated room: what a microphone hears of the loudspeaker beside it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recordings import FULL_SCALE, RATE, Samples

Sound = NDArray[np.float64]

REVERBERATION_S = 0.2  # in which the echo falls by 60 dB, as in a furnished room
RESPONSE_S = 0.1
DIRECT = 4.0  # times the strength of the first reflections


@dataclass(frozen=True)
class Room:
    """What is played comes back `delay_ms` later, `level_db` louder (so -20: fainter)."""

    level_db: float = -10.0
    delay_ms: int = 100

    def echo(self, played: Samples) -> Sound:
        """The echo of all that was played, as long as that."""
        sound = played.astype(np.float64)
        size = 1 << (len(sound) + round(RESPONSE_S * RATE)).bit_length()
        response = np.fft.rfft(_response(), size)
        late = round(self.delay_ms * RATE / 1000)
        echo = np.fft.irfft(np.fft.rfft(sound, size) * response, size)
        echo = np.concatenate([np.zeros(late), echo])[: len(sound)]
        return echo * 10 ** (self.level_db / 20)


class Loudspeaker:
    """A client's loudspeaker in a room, heard piece by piece by the microphone beside it."""

    def __init__(self, room: Room) -> None:
        self._response = _response() * 10 ** (room.level_db / 20)
        self._played = np.zeros(round(room.delay_ms * RATE / 1000) + len(self._response) - 1)
        self._waiting = bytearray()

    def receive(self, pcm: bytes) -> None:
        """More to be played, after what waits."""
        self._waiting += pcm

    def stop(self) -> None:
        """What waits is not played."""
        self._waiting.clear()

    def play(self, count: int) -> Sound:
        """The next so many samples; what the microphone hears meanwhile."""
        pcm = bytes(self._waiting[: 2 * count]).ljust(2 * count, b"\0")
        del self._waiting[: 2 * count]
        self._played = np.concatenate([self._played, np.frombuffer(pcm, np.int16)])
        reach = count + len(self._response) - 1
        echo = np.convolve(self._played[:reach], self._response, "valid")
        self._played = self._played[count:]
        return echo


def _response() -> Sound:
    """The impulse response: the direct sound, then noise that dies away; its energy is 1."""
    times = np.arange(round(RESPONSE_S * RATE)) / RATE
    response = np.random.default_rng(0).standard_normal(len(times))
    response *= 10 ** (-3 * times / REVERBERATION_S)
    response[0] = DIRECT
    normalised: Sound = response / np.sqrt(np.sum(response**2))
    return normalised


def heard(*sounds: Sound | Samples, noise_dbfs: float = -65.0) -> Samples:
    """What the microphone makes of all sounds together, in faint noise."""
    noise = np.random.default_rng(1).standard_normal(max(map(len, sounds)))
    total = noise * (FULL_SCALE * 10 ** (noise_dbfs / 20))
    for sound in sounds:
        total[: len(sound)] += sound
    return np.clip(np.rint(total), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def erle(heard: Samples, cancelled: Samples) -> float:
    """Echo return loss enhancement, dB: how much fainter the echo is than without cancelling."""
    before, after = (float(np.mean(each.astype(np.float64) ** 2)) for each in (heard, cancelled))
    return 10 * math.log10(before / max(after, 1.0))
