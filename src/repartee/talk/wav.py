"""WAV files: any PCM or float file in, 16-bit mono out."""

import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np

from repartee.speech.wav import NotWav, parse, to_pcm
from repartee.talk import TalkError


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
        return Sound(rate, to_pcm(resampled))


def read(path: Path) -> Sound:
    """The sound of a WAV file, its channels averaged.  Raises TalkError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TalkError(f"cannot read {path}: {error.strerror}") from None
    try:
        recording = parse(content)
    except NotWav as error:
        raise TalkError(f"{path} {error}") from None
    return Sound(recording.rate, b"".join(recording.pieces()))


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
