"""Speech for tests: recorded where the recordings are at hand, else synthesised.

The recordings stand in the folder `speech` of REPARTEE_SHARED, or of `../shared` beside the
checkout.  Without them espeak-ng says some of the same sentences under the same names, so that no
test need be skipped; what depends on a human voice may ask `recorded()`.
"""

import ctypes
import importlib
import json
import os
import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE = 24_000
FULL_SCALE = 32_768
CHECKOUT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("REPARTEE_SHARED", CHECKOUT.parent / "shared")) / "speech"

SENTENCES = {
    "jfk": "And so, my fellow Americans, ask not what your country can do for you, "
    "ask what you can do for your country.",
    "librivox_austen_0890": "unless to be rather cold hearted and rather selfish "
    "is to be ill disposed",
    "ls_other_1688-142285-0003": "i really liked that account of himself better than "
    "anything else he said",
    "ls_other_367-130732-0001": "when is a lobster not a lobster when it is a crayfish",
    "lj_LJ001-0002": "in being comparatively modern.",
    "fsdd_pauses_george": "eight zero zero four one seven nine",
}


@dataclass(frozen=True)
class Clip:
    """A piece of sound: of `kind` "speech", "noisy" (speech in noise) or "nonspeech"."""

    name: str
    kind: str
    text: str


def recorded() -> bool:
    """Whether the clips are recordings of people."""
    return (FOLDER / "manifest.json").exists()


@cache
def clips(kind: str = "speech") -> tuple[Clip, ...]:
    """All clips of a kind, in the same order each time."""
    if recorded():
        listed = json.loads((FOLDER / "manifest.json").read_text())["clips"]
        every = [
            Clip(clip["file"].removesuffix(".wav"), clip["kind"], clip["text"]) for clip in listed
        ]
    else:
        every = [Clip(name, "speech", text) for name, text in SENTENCES.items()]
        every.append(Clip("nonspeech_dog", "nonspeech", ""))
    return tuple(clip for clip in every if clip.kind == kind)


@cache
def read(name: str, rate: int = RATE) -> Samples:
    """The clip's samples at `rate` Hz; read-only, for it is the same array every time."""
    source, samples = _source(name)
    sound = resampled(samples, source, rate)
    sound.setflags(write=False)
    return sound


def microphone(
    placed: Sequence[tuple[float, Samples]],
    seconds: float,
    noise_dbfs: float | None = None,
    seed: int = 0,
) -> Samples:
    """What a 24 kHz microphone hears: each clip from its second on, over white noise or silence."""
    sound = np.zeros(round(seconds * RATE))
    if noise_dbfs is not None:
        noise = np.random.default_rng(seed).standard_normal(len(sound))
        sound += noise * (FULL_SCALE * 10 ** (noise_dbfs / 20))
    for start, samples in placed:
        first = round(start * RATE)
        sound[first : first + len(samples)] += samples
    return _quantised(sound)


def words_of(text: str) -> set[str]:
    """The different words of a text, to compare what was heard with what was said."""
    return set(re.findall(r"[a-z']+", text.lower()))


def resampled(samples: Samples, source: int, target: int) -> Samples:
    """The whole clip at another rate, by its spectrum: exact, and only for clips in one piece."""
    if source == target:
        return samples.copy()
    seconds = -(-len(samples) // source)
    padded = np.concatenate([samples, np.zeros(seconds * source - len(samples))])
    spectrum = np.fft.rfft(padded)
    count = seconds * target
    sound = np.fft.irfft(spectrum[: count // 2 + 1], count) * (target / source)
    return _quantised(sound[: round(len(samples) * target / source)])


def _quantised(sound: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(sound), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


@cache
def _source(name: str) -> tuple[int, Samples]:
    """The clip as it is, and its rate in Hz."""
    if recorded():
        with wave.open(str(FOLDER / f"{name}.wav")) as file:
            return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return _spoken(SENTENCES[name]) if name in SENTENCES else (RATE, _knocks())


def _knocks() -> Samples:
    """Four short bursts of noise in five seconds."""
    decay = np.exp(-np.arange(RATE // 4) / (RATE / 40))
    knock = np.random.default_rng(1).standard_normal(len(decay)) * decay * 8_000
    return microphone([(second + 0.5, _quantised(knock)) for second in range(4)], 5.0)


def _spoken(text: str) -> tuple[int, Samples]:
    """What espeak-ng says, and its rate; see its speak_lib.h."""
    loader = importlib.import_module("espeakng_loader")
    espeak = ctypes.CDLL(loader.get_library_path())
    pieces: list[bytes] = []

    def keep(samples: int | None, count: int, _events: int | None) -> int:
        if samples:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(keep)
    synchronous, utf8, encoded = 2, 1, text.encode()
    size = ctypes.c_size_t(len(encoded) + 1)
    rate: int = espeak.espeak_Initialize(synchronous, 0, str(loader.get_data_path()).encode(), 0)
    espeak.espeak_SetSynthCallback(callback)
    espeak.espeak_SetVoiceByName(b"en-us")
    espeak.espeak_Synth(encoded, size, 0, 0, 0, utf8, None, None)
    espeak.espeak_Synchronize()
    espeak.espeak_Terminate()
    return rate, np.frombuffer(b"".join(pieces), "<i2")
