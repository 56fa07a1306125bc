"""What sessions say: utterances and faint noise, encoded once and shared by all of them."""

import base64
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from msgspec import Struct

from repartee.bench import BenchError
from repartee.speech.loudness import WINDOW_MS, loud_ends_ms
from repartee.speech.resample import Resampler
from repartee.speech.wav import NotWav, parse

RATE = 24_000
_BYTES_PER_MS = RATE * 2 // 1000
_HUSH_MS = 2_000  # of noise, said over and over
_HUSH_LEVEL = 10.0  # RMS of 16 bits: -70 dBFS


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


def _utterance(name: str, pcm: bytes, chunk_ms: int, silence_ms: int) -> Utterance:
    loud = loud_ends_ms(pcm, RATE)
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
    begin_s, end_s = (loud[0] - WINDOW_MS) / 1000, loud[-1] / 1000
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
    """The sentence that comes along, cut where its speech begins and ends.

    Its last sound dies away for an eighth of a second, which is speech to one detector and silence
    to another; so cut, there is one answer to when it ended.
    """
    from repartee.conformance.play.sound import speech

    pcm = speech().astype("<i2").tobytes()
    loud = loud_ends_ms(pcm, RATE)
    return pcm[(loud[0] - WINDOW_MS) * _BYTES_PER_MS : loud[-1] * _BYTES_PER_MS]
