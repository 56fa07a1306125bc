"""G.711: telephone speech, a byte a sample at 8 kHz, by ITU-T Recommendation G.711.

Both laws cut the range of a sample into eight segments, each twice as wide as the one below it
and of 16 equal steps.  A code is a sign, three bits of segment and four of step.  Mu-law works on
14 bits and A-law on 13, so that 16-bit samples lose their lowest bits first, as in the ITU-T's
own software (G.191).
"""

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Law = Literal["audio/pcmu", "audio/pcma"]
Samples = NDArray[np.int16]
Codes = NDArray[np.uint8]

MU_BIAS = 33  # added to a magnitude of 14 bits, so that segments begin at powers of two
MU_CLIP = 8158  # the largest magnitude that has a code
MU_FLIP = 0xFF  # mu-law codes are sent inverted
A_FLIP = 0x55  # of A-law codes every other bit is


def decode(codes: bytes, law: Law) -> Samples:
    """The samples at 8 kHz, one a byte."""
    return _decoder(law)[np.frombuffer(codes, np.uint8)]


def encode(samples: Samples, law: Law) -> bytes:
    """The codes of samples at 8 kHz, a byte each."""
    codes: Codes = _encoder(law)[samples.astype(np.int16, copy=False).view(np.uint16)]
    return codes.tobytes()


@cache
def _decoder(law: Law) -> Samples:
    """What each of the 256 codes stands for: the middle of its step."""
    codes = np.arange(256) ^ (MU_FLIP if law == "audio/pcmu" else A_FLIP)
    segment, step = codes >> 4 & 7, codes & 15
    signed = (codes & 0x80) > 0
    samples: NDArray[np.int64]
    if law == "audio/pcmu":
        magnitude = (((2 * step + MU_BIAS) << segment) - MU_BIAS) << 2
        samples = np.where(signed, -magnitude, magnitude)
    else:  # its lowest segment is as wide as the one above it
        magnitude = (2 * step + np.where(segment > 0, 33, 1)) << np.maximum(segment - 1, 0) << 3
        samples = np.where(signed, magnitude, -magnitude)
    return samples.astype(np.int16)


@cache
def _encoder(law: Law) -> Codes:
    """The code of every sample, in the order of their bits taken as numbers without a sign."""
    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int64)
    if law == "audio/pcmu":
        magnitude = np.minimum(np.abs(samples >> 2), MU_CLIP) + MU_BIAS
        segment = _bits(magnitude) - 6
        step = magnitude >> (segment + 1) & 15
        codes = ((samples < 0) << 7 | segment << 4 | step) ^ MU_FLIP
    else:
        reduced = samples >> 3
        magnitude = np.maximum(reduced, ~reduced)
        segment = np.maximum(_bits(magnitude) - 5, 0)
        step = magnitude >> np.maximum(segment, 1) & 15
        codes = ((samples >= 0) << 7 | segment << 4 | step) ^ A_FLIP
    return np.asarray(codes, np.uint8)


def _bits(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many bits each number takes."""
    return np.frexp(numbers)[1].astype(np.int64)
