"""What sessions say: utterances and faint noise, encoded once and shared by all of them."""

import base64
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from msgspec import Struct

from repartee.bench import BenchError
from repartee.speech.resample import Resampler
from repartee.speech.wav import NotWav, parse

RATE = 24_000
_BYTES_PER_MS = RATE * 2 // 1000
_HUSH_MS = 2_000  # of noise, said over and over
_HUSH_LEVEL = 10.0  # RMS of 16 bits: -70 dBFS
_WINDOW_MS = 10
_RANGE_DB = 30.0  # a window is speech within this of the loudest one
_FAINTEST_DB = -60.0  # of full scale; nothing below it is


class Utterance(Struct, frozen=True):
    """Something to say: a message for each chunk, and where its speech is, from its beginning on.

    `begin_s` is where the first loud 10 ms begin, `end_s` where the last ones end.
    """

    name: str
    messages: tuple[bytes, ...]
    begin_s: float
    end_s: float


class Sounds(Struct, frozen=True):
    """All that a session can say: `hush` is the noise of a microphone to which nobody speaks."""

    utterances: tuple[Utterance, ...]
    hush: tuple[bytes, ...]


def sounds(wavs: Sequence[Path], chunk_ms: int, silence_ms: int) -> Sounds:
    """Read and encode what is to be said.  Raises BenchError.

    An utterance with a pause as long as the silence that ends a turn would be several turns.
    """
    said = [(path.name, _read(path)) for path in wavs] or [("a sentence", _sentence())]
    hush = tuple(_messages(_noise(_HUSH_MS), chunk_ms))
    return Sounds(tuple(_utterance(*each, chunk_ms, silence_ms) for each in said), hush)


def loud_ends_ms(pcm: bytes) -> list[int]:
    """Where each loud 10 ms of 24 kHz mono s16 end.

    The rule is as plain as can be, so that every server is held against the same edges; it is made
    for clean recordings, and takes noise within 30 dB of the speech for speech.
    """
    width = RATE * _WINDOW_MS // 1000
    samples = np.frombuffer(pcm, "<i2")
    windows = samples[: len(samples) // width * width].reshape(-1, width) / 32768
    level = 10 * np.log10(np.square(windows).mean(axis=1) + 1e-12)
    loud = level >= max(level.max(initial=-120.0) - _RANGE_DB, _FAINTEST_DB)
    return [int(end) for end in (np.flatnonzero(loud) + 1) * _WINDOW_MS]


def _utterance(name: str, pcm: bytes, chunk_ms: int, silence_ms: int) -> Utterance:
    loud = loud_ends_ms(pcm)
    if not loud:
        raise BenchError(f"there is no speech in {name}")
    longest = max((after - before for before, after in pairwise(loud)), default=0)
    if longest >= silence_ms:
        raise BenchError(
            f"{name} pauses for {longest} ms, and {silence_ms} ms of silence end a turn: "
            "take another recording, or a longer --silence-ms"
        )
    # The last chunk is filled up with noise, which is what comes after it.
    size = chunk_ms * _BYTES_PER_MS
    missing = -len(pcm) % size
    filled = pcm + _noise(chunk_ms)[:missing]
    begin_s, end_s = (loud[0] - _WINDOW_MS) / 1000, loud[-1] / 1000
    return Utterance(name, tuple(_messages(filled, chunk_ms)), begin_s, end_s)


def _messages(pcm: bytes, chunk_ms: int) -> Iterator[bytes]:
    size = chunk_ms * _BYTES_PER_MS
    for begin in range(0, len(pcm) - size + 1, size):
        audio = base64.b64encode(pcm[begin : begin + size])
        yield b'{"type":"input_audio_buffer.append","audio":"%s"}' % audio


def _noise(ms: int) -> bytes:
    noise = np.random.default_rng(0).normal(0, _HUSH_LEVEL, ms * RATE // 1000)
    return noise.astype("<i2").tobytes()


def _read(path: Path) -> bytes:
    """A WAV file as 24 kHz mono s16."""
    try:
        recording = parse(path.read_bytes())
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from None
    except NotWav as error:
        raise BenchError(f"{path} {error}") from None
    pcm = b"".join(recording.pieces())
    if recording.rate == RATE:
        return pcm
    try:
        resample = Resampler(recording.rate, RATE)
    except ValueError:
        raise BenchError(f"{path} has a rate of {recording.rate} Hz, which is unusual") from None
    return resample(pcm) + resample.flush()


def _sentence() -> bytes:
    from repartee.conformance.play.sound import speech

    return speech().astype("<i2").tobytes()
