"""Sample rates: a stream from any to any other, telephone sound at once, all sessions' for the VAD.

The filter is a sinc under a Kaiser window, -6 dB at the lower of the two Nyquist frequencies,
evaluated exactly where an output sample falls between the input samples.  The pattern of these
places repeats, so a block of output is a block of input times one matrix.

Oppenheim and Schafer, Discrete-Time Signal Processing, section "Incorporation of the Kaiser
window filter design method", gives the window's shape and length for an attenuation.
"""

from fractions import Fraction
from functools import cache
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repartee.engines.protocols import Frames

VOICE_REACH = 20  # samples of the lower rate on each side of a place that the filter looks at
JUDGED_REACH = 8
TELEPHONE_REACH = 10
ATTENUATION = 65.0  # dB
TELEPHONE_ATTENUATION = 50.0

LONGEST_PERIOD = 1_000  # samples after which a filter must repeat: 44 100 to 16 000 Hz takes 441
FULL_SCALE = 32_768
UNIT = 2**24

JUDGED_FRAME = 768  # samples of 24 kHz, 32 ms
HISTORY = 24  # samples before them that the VAD's filter reaches back to


class Resampler:
    """Brings one stream of mono s16 PCM to another rate.

    The sound keeps its place in time: output sample m is the input at m / target_rate.  To know it
    the filter must look 20 samples of the lower rate ahead, so much is always held back: 2.5 ms
    with 8 kHz, 1.25 with 16, 0.9 with 22.05, less above.

    Up to 0.9 of the lower Nyquist frequency the sound passes within 0.01 dB; from 1.1 of it on it
    is 60 dB down or more.

    The answer does not depend on how the stream is cut.  The taps are multiples of 2**-24, so that
    a double holds every sum of samples times taps exactly, and the order of summing, which BLAS
    chooses by the size of its matrices, changes no bit.

    Raises ValueError for two rates whose ratio takes numbers above 1000.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        self._bank = _filter_bank(source_rate, target_rate, VOICE_REACH)
        self._begin()

    def _begin(self) -> None:
        # From `reach` samples before the current block on; the sound before its start is silence.
        self._samples = np.zeros(self._bank.reach)
        self._ahead = 0  # samples of the current block's output that have been given already
        self._heard = self._given = 0

    def __call__(self, pcm: bytes) -> bytes:
        """The next stretch, of any length; gives what can be known so far, maybe nothing.

        Raises ValueError when the PCM is not a whole number of samples.
        """
        bank = self._bank
        samples = np.frombuffer(pcm, "<i2")
        if not bank.reach:  # equal rates
            return pcm
        self._heard += len(samples)
        self._samples = np.concatenate([self._samples, samples])
        # Output m of the block needs the input up to m * down / up + reach.
        known = len(self._samples) - 2 * bank.reach
        return self._give(-(-known * bank.up // bank.down))

    def flush(self) -> bytes:
        """The rest, as if silence followed: in all, round(samples * target / source) are given.

        After it the resampler is as new.
        """
        bank = self._bank
        total = round(Fraction(self._heard * bank.up, bank.down))
        rest = self._give(self._ahead + total - self._given)
        self._begin()
        return rest

    def _give(self, end: int) -> bytes:
        """Output of the current block, and those after it, up to sample `end`."""
        if end <= self._ahead:
            return b""
        bank = self._bank
        width = bank.inputs + 2 * bank.reach
        blocks = -(-end // bank.outputs)
        samples = np.zeros((blocks - 1) * bank.inputs + width)
        have = self._samples[: len(samples)]
        samples[: len(have)] = have
        # Each window begins `inputs` after the one before and ends within `samples`.
        step = samples.itemsize
        shape, strides = (blocks, width), (bank.inputs * step, step)
        windows = np.ndarray(shape, samples.dtype, samples.data, strides=strides)
        output = (np.ascontiguousarray(windows) @ bank.matrix).ravel()[self._ahead : end]
        self._given += len(output)
        done, self._ahead = divmod(end, bank.outputs)
        self._samples = self._samples[done * bank.inputs :]
        return _s16(output)


def _s16(sound: NDArray[np.float64]) -> bytes:
    """Rounded in place, and clipped."""
    np.rint(sound, out=sound)
    np.maximum(sound, -FULL_SCALE, out=sound)  # the two together take a third of `clip`
    np.minimum(sound, FULL_SCALE - 1, out=sound)
    return sound.astype("<i2").tobytes()


class Interpolator:
    """Brings one stream of telephone sound from 8 to 24 kHz: three samples for each, at once.

    The filter looks only back, so that the sound is 1.25 ms late.  Up to 3.4 kHz it passes within
    0.05 dB; images, from 4.6 kHz on, are 48 dB down or more.  As with a `Resampler`, the answer
    does not depend on how the stream is cut.
    """

    def __init__(self) -> None:
        self._samples = np.zeros(2 * TELEPHONE_REACH - 1)

    def __call__(self, samples: NDArray[np.int16]) -> bytes:
        """The next stretch at 8 kHz, of any length, as s16 PCM at 24 kHz."""
        if not len(samples):
            return b""
        heard = np.concatenate([self._samples, samples])
        self._samples = heard[len(samples) :]
        places = [np.correlate(heard, taps, "valid") for taps in _interpolation()]
        return _s16(np.stack(places, axis=1))


def at_16k(frames: NDArray[np.int16], history: Frames) -> tuple[Frames, Frames]:
    """The next frame of n sessions, for the VAD: int16 [n, 768] at 24 kHz to float32 [n, 512].

    `history` is float32 [n, HISTORY], zeros at the start of a stream; the answer is (frames in
    -1…1, new history).  The filter looks only back, so that the sound is 0.5 ms late in its frame.
    It is shorter than a `Resampler`'s: up to 6.7 kHz pass, from 9.9 kHz on 50 dB are taken away.
    """
    bank, matrix = _judged_bank()
    count = len(frames)
    blocks = frames.reshape(count, -1, bank.inputs)
    windows = np.empty((count, blocks.shape[1], len(matrix)), np.float32)
    # The filter reaches back just one block.
    windows[:, 0, :HISTORY] = history
    windows[:, 1:, :HISTORY] = blocks[:, :-1]
    windows[:, :, HISTORY:] = blocks
    judged = windows.reshape(-1, len(matrix)) @ matrix
    return judged.reshape(count, -1), frames[:, -HISTORY:].astype(np.float32)


class _Bank(NamedTuple):
    """The filter at every place where an output sample can fall between the input samples.

    The places repeat after `down` samples in and `up` out.  Some whole number of such periods
    makes a block: `inputs` samples in, `outputs` out.  `matrix` is [inputs + 2 * reach, outputs],
    its rows begin `reach` samples before the block; whole multiples of 1 / UNIT, as float64.
    """

    up: int
    down: int
    reach: int
    inputs: int
    outputs: int
    matrix: NDArray[np.float64]


@cache
def _filter_bank(source_rate: int, target_rate: int, reach: int) -> _Bank:
    """The filter that reaches so many samples of the lower rate to each side."""
    divisor = gcd(source_rate, target_rate)
    up, down = target_rate // divisor, source_rate // divisor
    if max(up, down) > LONGEST_PERIOD:
        raise ValueError(f"{source_rate} and {target_rate} Hz have no ratio of small numbers")
    lower = min(source_rate, target_rate)
    reach_in = -(-reach * source_rate // lower) if up != down else 0  # equal rates: nothing to do
    periods = max(1, 2 * reach_in // down)  # a block about as long as the filter wastes little
    inputs, outputs = periods * down, periods * up
    place = np.arange(outputs) * down / up
    index = np.arange(-reach_in, inputs + reach_in)
    distance = (place - index[:, None]) * (lower / source_rate)
    near = np.abs(distance) < reach
    taps = np.zeros(distance.shape)
    taps[near] = np.sinc(distance[near]) * _kaiser(distance[near] / reach, ATTENUATION)
    taps /= taps.sum(axis=0)  # so that a constant stays what it is
    return _Bank(up, down, reach_in, inputs, outputs, np.rint(taps * UNIT) / UNIT)


def _kaiser(x: NDArray[np.float64], attenuation: float) -> NDArray[np.float64]:
    """Kaiser's window over -1…1, for 50 dB and more."""
    beta = 0.1102 * (attenuation - 8.7)
    window: NDArray[np.float64] = np.i0(beta * np.sqrt(1 - x**2)) / np.i0(beta)
    return window


@cache
def _interpolation() -> NDArray[np.float64]:
    """The taps for a sample of 8 kHz and the two places after it: [3, 2 * TELEPHONE_REACH]."""
    index = np.arange(1 - TELEPHONE_REACH, TELEPHONE_REACH + 1)
    distance = np.arange(3)[:, None] / 3 - index
    taps = np.sinc(distance) * _kaiser(distance / TELEPHONE_REACH, TELEPHONE_ATTENUATION)
    taps /= taps.sum(axis=1, keepdims=True)
    return np.rint(taps * UNIT) / UNIT


@cache
def _judged_bank() -> tuple[_Bank, Frames]:
    """The VAD's filter; its matrix takes int16 to -1…1."""
    bank = _filter_bank(24_000, 16_000, JUDGED_REACH)
    return bank, (bank.matrix / FULL_SCALE).astype(np.float32)
