"""The client's sound formats: inside the house all sound is 24 kHz PCM.

PCM here is mono s16, little endian.  On the wire it has 24 kHz; G.711 has 8.
"""

import numpy as np

from repartee.protocol.audio import RATE, Encoding, sample_rate
from repartee.speech import g711
from repartee.speech.resample import Interpolator, Resampler


class Decoder:
    """One stream of a client's sound, on its way in."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._interpolate = Interpolator()

    def __call__(self, sound: bytes) -> bytes:
        """The next stretch, all of it, as 24 kHz PCM: six bytes for each of G.711.

        What was G.711 is 1.25 ms late in it.  Raises ValueError for half a sample.
        """
        if self._encoding == "audio/pcm":
            if len(sound) % 2:
                raise ValueError("the sound ends within a sample")
            return sound
        return self._interpolate(g711.decode(sound, self._encoding))


class Encoder:
    """One stream of PCM at `rate` Hz, on its way out; see `Resampler` for what it holds back."""

    def __init__(self, rate: int, encoding: Encoding) -> None:
        self._encoding = encoding
        self._resample = Resampler(rate, sample_rate(encoding))

    def __call__(self, pcm: bytes) -> bytes:
        """The next stretch, as far as it can be known."""
        return self._companded(self._resample(pcm))

    def flush(self) -> bytes:
        """The rest; after it the encoder is as new."""
        return self._companded(self._resample.flush())

    def _companded(self, pcm: bytes) -> bytes:
        if self._encoding == "audio/pcm":
            return pcm
        return g711.encode(np.frombuffer(pcm, "<i2"), self._encoding)


def expanded(sound: bytes, encoding: Encoding) -> bytes:
    """The PCM of a client's sound, at the encoding's own sample rate."""
    if encoding == "audio/pcm":
        return sound
    return g711.decode(sound, encoding).astype("<i2").tobytes()


def decode(sound: bytes, encoding: Encoding) -> bytes:
    """A whole sound of a client's as 24 kHz PCM; nothing in it is late."""
    resample = Resampler(sample_rate(encoding), RATE)
    return resample(expanded(sound, encoding)) + resample.flush()


def encode(pcm: bytes, encoding: Encoding, rate: int = RATE) -> bytes:
    """A whole sound as the client wants it."""
    encoder = Encoder(rate, encoding)
    return encoder(pcm) + encoder.flush()
