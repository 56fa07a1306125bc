"""Cepstral mean normalisation that settles while someone speaks.

The acoustic model was trained on features whose mean over the whole utterance was taken away.  A
stream does not know that mean yet.  Stock pocketsphinx starts from a constant and corrects it only
after some seconds, so that a turn is over before it fits; here the mean found so far is put in
every quarter of a second, together with a guess that counts as much as half a second of sound.
This makes a stream as accurate as a decoder that has seen the whole turn.
"""

from typing import Protocol

RATE = 16_000
WINDOW = 410  # samples of one frame of features, 25.625 ms
SHIFT = 160  # samples from one frame to the next, 10 ms

# What a close microphone gives; the first coefficient is the loudness.
GUESS = (50.0, 3.0, -1.0, *[0.0] * 10)
GUESS_WEIGHT = 50  # frames
UPDATE = 25  # frames from one update to the next
SETTLED = 800  # frames, after which pocketsphinx keeps the mean up to date by itself
LIVE_WINDOW = 500  # frames that a mean counts for once it has been set (CMN_WIN in pocketsphinx)


class Features(Protocol):
    """The part of a pocketsphinx decoder that is used here."""

    def get_cmn(self, update: bool) -> str: ...

    def set_cmn(self, cmn: str) -> None: ...


class Level:
    """The cepstral mean of one stream, kept in its decoder."""

    def __init__(self, decoder: Features) -> None:
        self._decoder = decoder
        self._samples = 0
        self._frames = 0  # at the last update
        self._own = [0.0] * len(GUESS)  # the mean of the frames so far, without the guess
        self._mean = list(GUESS)
        self._put()

    def heard(self, samples: int) -> None:
        """The decoder was given this much more sound."""
        self._samples += samples
        frames = max(0, (self._samples - WINDOW) // SHIFT + 1)
        if frames - self._frames >= UPDATE and frames <= SETTLED:
            self._update(frames - self._frames)
            self._frames = frames

    def _update(self, new: int) -> None:
        old = self._frames
        # The decoder tells the mean of what was put in and of the new frames, so much of each.
        told = [float(each) for each in self._decoder.get_cmn(True).split(",")]
        both = LIVE_WINDOW + new
        for index, (now, put) in enumerate(zip(told, self._mean, strict=True)):
            found = (now * both - put * LIVE_WINDOW) / new
            self._own[index] = (self._own[index] * old + found * new) / (old + new)
        weight = old + new + GUESS_WEIGHT
        self._mean = [
            (guess * GUESS_WEIGHT + own * (old + new)) / weight
            for guess, own in zip(GUESS, self._own, strict=True)
        ]
        self._put()

    def _put(self) -> None:
        self._decoder.set_cmn(",".join(f"{each:.6g}" for each in self._mean))
