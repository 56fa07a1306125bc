"""WAV files: any PCM or float file in, 16-bit mono out."""

import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repartee.talk import TalkError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE  # wFormatTag; "extensible" names the true one in a GUID
_WIDTHS = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64)}


class Sound(NamedTuple):
    """Mono signed 16-bit little-endian PCM at `rate` Hz."""

    rate: int
    pcm: bytes

    def at(self, rate: int) -> "Sound":
        """The same sound at another rate, whichever it is.

        A file is there as a whole, so its spectrum can be cut or filled up at the lower Nyquist
        frequency: what `speech.resample` must do piece by piece for a stream of certain rates.
        """
        length = round(len(self.pcm) // 2 * rate / self.rate)
        if not length:
            return Sound(rate, b"")
        samples = np.frombuffer(self.pcm, "<i2")
        spectrum = np.fft.rfft(samples)
        resampled = np.fft.irfft(spectrum[: length // 2 + 1], length) * (length / len(samples))
        return Sound(rate, _to_pcm(resampled))


def read(path: Path) -> Sound:
    """The sound of a WAV file, its channels averaged.  Raises TalkError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TalkError(f"cannot read {path}: {error.strerror}") from None
    form, data = None, None
    for name, chunk in _chunks(content):
        if name == b"fmt " and len(chunk) >= 16:
            form = chunk
        elif name == b"data":
            data = chunk
    if form is None or data is None:
        raise TalkError(f"{path} is not a WAV file")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if tag == _EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack_from("<H", form, 24)
    if bits not in _WIDTHS.get(tag, ()) or not channels or not rate:
        raise TalkError(f"{path} is compressed: convert it to a PCM WAV file first")
    return Sound(rate, _mono(_samples(data, tag, bits), channels))


def expect_folder(path: Path) -> None:
    """See that there is a folder to write `path` to.  Raises TalkError."""
    if not path.absolute().parent.is_dir():
        raise TalkError(f"cannot write {path}: there is no such folder")


def write(path: Path, sound: Sound) -> None:
    """Write a 16-bit mono WAV file.  Raises TalkError."""
    try:
        with path.open("wb") as file, wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(sound.rate)
            written.writeframes(sound.pcm)
    except OSError as error:
        raise TalkError(f"cannot write {path}: {error.strerror}") from None


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return
    position = 12
    while position + 8 <= len(content):
        name = content[position : position + 4]
        (size,) = struct.unpack_from("<I", content, position + 4)
        # A program that writes to a pipe cannot know the size and leaves 0 or 2^32 - 1 there.
        if name == b"data" and size in (0, 0xFFFFFFFF):
            size = len(content)
        yield name, content[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def _samples(data: bytes, tag: int, bits: int) -> NDArray[np.float64]:
    """Samples on the scale of 16 bits, channels interleaved."""
    data = data[: len(data) // (bits // 8) * (bits // 8)]
    if tag == _FLOAT:
        return np.frombuffer(data, f"<f{bits // 8}").astype(np.float64) * 32768
    if bits == 8:  # the one unsigned width
        return (np.frombuffer(data, np.uint8).astype(np.float64) - 128) * 256
    if bits == 24:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        data, bits = wide.tobytes(), 32
    return np.frombuffer(data, f"<i{bits // 8}").astype(np.float64) / (1 << bits - 16)


def _mono(samples: NDArray[np.float64], channels: int) -> bytes:
    frames = samples[: len(samples) // channels * channels].reshape(-1, channels)
    return _to_pcm(frames.mean(axis=1))


def _to_pcm(samples: NDArray[np.float64]) -> bytes:
    whole: NDArray[np.int16] = np.clip(np.rint(samples), -32768, 32767).astype("<i2")
    return whole.tobytes()
