"""The pace of a voice: speech that takes longer or shorter, at the same pitch.

W. Verhelst and M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA) for high
quality time-scale modification of speech", ICASSP 1993: the output is put together of overlapping
segments of the input.  Each is taken from about where its time has come, and within a tolerance
from where it is most like what would have followed the segment before it.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from repartee.engines.protocols import Speech

HOP_MS = 15  # from one segment to the next; a segment is twice as long
TOLERANCE_MS = 8  # to each side: in all one period of the lowest voice
SEARCHED_RATE = 8_000  # Hz; at about this rate a place is looked for, before it is found exactly
PIECE_S = 1.0  # of output made in one go: 2 to 3 ms of work

Samples = NDArray[np.float64]


class Stretcher:
    """Brings one stream of mono s16 PCM at `rate` Hz to `speed`, 0.25 to 4 times its own.

    Input sample t is heard at t / speed; up to speed 1.5 at most 43 ms of input are held back.  No
    output is beyond the peak of the input: each sample is a weighted mean of two.

    The answer does not depend on how the stream is cut.  What segments are compared by are sums of
    products of whole numbers, which a double holds exactly, so that their order changes no bit.
    """

    def __init__(self, rate: int, speed: float) -> None:
        self._speed = speed
        self._step = max(1, rate // SEARCHED_RATE)
        self._hop = self._whole_steps(rate * HOP_MS // 1000)
        self._tolerance = self._whole_steps(rate * TOLERANCE_MS // 1000)
        self._rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(self._hop) + 0.5) / self._hop)
        self._begin()

    def _whole_steps(self, count: int) -> int:
        return count // self._step * self._step

    def _begin(self) -> None:
        self._samples = np.zeros(0)  # of the input, from sample `_first` on
        self._first = self._heard = 0
        self._made = 0  # hops of output
        self._follows = 0  # the input sample that follows those in the last hop

    def __call__(self, pcm: bytes) -> bytes:
        """The next stretch, of any length; gives what can be known so far, maybe nothing.

        Raises ValueError when the PCM is not a whole number of samples.
        """
        samples = np.frombuffer(pcm, "<i2")
        if self._speed == 1:
            return pcm
        self._heard += len(samples)
        self._samples = np.concatenate([self._samples, samples])
        return self._stretched()

    def flush(self) -> bytes:
        """The rest: in all, round(samples / speed) are given.  After it the stretcher is as new."""
        missing = round(self._heard / self._speed) - self._made * self._hop
        rest = b""
        if missing > 0:
            # Sound that ends all at once goes on mirrored, without a jump, while it fades.
            beyond = 2 * (self._hop + self._tolerance) + round(self._hop * self._speed)
            self._samples = np.pad(self._samples, (0, beyond), "symmetric")
            rest = self._stretched()[: 2 * missing]
        self._begin()
        return rest

    def _stretched(self) -> bytes:
        hops = [*self._hops()]
        return np.rint(np.concatenate(hops)).astype("<i2").tobytes() if hops else b""

    def _hops(self) -> Iterator[Samples]:
        """The hops of output for which the input is there; what no later one needs is dropped."""
        hop, width = self._hop, 2 * self._tolerance
        while True:
            # The middle of a segment stands where it is heard: at the end of this hop.
            middle = round((self._made + 1) * hop * self._speed)
            lowest = max(0, middle - hop - self._tolerance)
            self._drop(min(self._follows, lowest))
            ending = self._part(self._follows, hop)
            searched = self._part(lowest, width + hop)
            if len(ending) < hop or len(searched) < width + hop:
                return
            place = self._place(ending, searched)
            yield ending + (searched[place : place + hop] - ending) * self._rise
            self._made += 1
            self._follows = lowest + place + hop

    def _drop(self, before: int) -> None:
        if before > self._first:
            self._samples = self._samples[before - self._first :]
            self._first = before

    def _part(self, first: int, count: int) -> Samples:
        begin = first - self._first
        return self._samples[begin : begin + count]

    def _place(self, wanted: Samples, searched: Samples) -> int:
        """Where `wanted` is most like what stands there: first by sums of samples, then exactly."""
        step, width = self._step, len(searched) - len(wanted)
        ones = np.ones(step)
        sums = searched.reshape(-1, step) @ ones
        near = step * _most_alike(wanted.reshape(-1, step) @ ones, sums, width // 2 // step)
        lowest = max(0, near - step + 1)
        around = searched[lowest : near + step - 1 + len(wanted)]
        return lowest + _most_alike(wanted, around, near - lowest)


def _most_alike(wanted: Samples, searched: Samples, usual: int) -> int:
    """The place with the highest normalised correlation; `usual` where none is better."""
    alike = np.correlate(searched, wanted, "valid")
    power = np.square(searched).cumsum()
    powers = power[len(wanted) - 1 :].copy()
    powers[1:] -= power[: -len(wanted)]
    alike /= np.sqrt(np.maximum(powers, 1.0))
    best = int(alike.argmax())
    return best if alike[best] > alike[usual] else usual


class Pacer:
    """Brings what a voice gives to a speed, each word to the sound that it begins with."""

    def __init__(self, rate: int, speed: float) -> None:
        self._speed = speed
        self._stretch = Stretcher(rate, speed)
        self._longest = 2 * round(PIECE_S * rate * speed)  # bytes of input in one go
        self._heard = self._given = 0  # samples
        self._marks: deque[tuple[int, str]] = deque()  # (output sample, words that begin with it)

    def __call__(self, speech: Speech) -> Iterator[Speech]:
        """What can be known so far, in pieces; the event loop should turn between them."""
        if speech.text:
            self._marks.append((round(self._heard / self._speed), speech.text))
        self._heard += len(speech.pcm) // 2
        for begin in range(0, len(speech.pcm), self._longest):
            yield from self._marked(self._stretch(speech.pcm[begin : begin + self._longest]))

    def flush(self) -> Iterator[Speech]:
        """The rest, and at last the words that no sound follows."""
        yield from self._marked(self._stretch.flush())
        if self._marks:
            yield Speech(b"", "".join(text for _, text in self._marks))

    def _marked(self, pcm: bytes) -> Iterator[Speech]:
        """The sound, cut where words begin."""
        while pcm:
            text = ""
            while self._marks and self._marks[0][0] <= self._given:
                text += self._marks.popleft()[1]
            end = 2 * (self._marks[0][0] - self._given) if self._marks else len(pcm)
            part, pcm = pcm[:end], pcm[end:]
            self._given += len(part) // 2
            yield Speech(part, text)
