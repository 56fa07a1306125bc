"""What noise reduction is worth: words that the recogniser gets wrong, and SI-SDR, in noise.

    python -m benchmarks.listening.noise_reduction

Sentences of up to 5 s, with 1.5 s of noise before them to learn from, as pocketsphinx hears them.
SI-SDR (J. Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019) is the level of what is
like the clean speech against all else, in dB, from where speech begins to where it ends.
"""

import asyncio
from typing import Literal, NamedTuple

import numpy as np

from benchmarks.engines.errors import errors, words
from benchmarks.listening.edges import Noise, cafe, nothing, pink
from benchmarks.listening.material import said, sentences
from benchmarks.listening.recognition import recognized
from benchmarks.listening.table import head, row
from microphone import Microphone, level_dbfs
from recordings import RATE, Samples, clips
from repartee.engines.pocketsphinx.recognizer import PocketsphinxRecognizer
from repartee.protocol.audio import NoiseFilter
from repartee.speech.noise import HOP, NoiseReduction

Kind = Literal["near_field", "far_field"]

LONGEST_S = 5.0
BEFORE_S, AFTER_S = 1.5, 0.5
LATE = 2 * HOP - 1  # samples by which what is filtered comes later

ROOMS: tuple[tuple[str, Noise, float], ...] = (
    ("no noise", nothing, 0),
    ("café, 10 dB", cafe, 10),
    ("pink, 5 dB", pink, 5),
)
KINDS: tuple[Kind | None, ...] = (None, "near_field", "far_field")


class Judgement(NamedTuple):
    """Of one sentence in one room."""

    wrong: int  # words
    words: int
    si_sdr_db: float


def noisy(speech: Samples, noise: Noise, snr_db: float) -> Samples:
    room = Microphone(BEFORE_S + len(speech) / RATE + AFTER_S)
    room.speak(BEFORE_S, speech)
    noise(room, level_dbfs(speech) - snr_db)
    return room.sound()


def reduced(sound: Samples, kind: Kind | None) -> Samples:
    """The sound without its noise, and as early as it was."""
    if kind is None:
        return sound
    reduce = NoiseReduction(NoiseFilter(kind))
    filtered = np.frombuffer(reduce(sound.tobytes() + bytes(2 * LATE)), "<i2")
    return filtered[LATE:]


def si_sdr_db(clean: Samples, heard: Samples) -> float:
    """`heard` begins with `clean` and is as long."""
    target, estimate = clean.astype(np.float64), heard.astype(np.float64)
    like = np.dot(estimate, target) / np.dot(target, target) * target
    return 10 * float(np.log10(np.sum(like**2) / (np.sum((estimate - like) ** 2) + 1)))


async def judged(
    ears: PocketsphinxRecognizer, name: str, noise: Noise, snr_db: float, kind: Kind | None
) -> Judgement:
    speech = said(name)
    heard = reduced(noisy(speech, noise, snr_db), kind)
    begin = round(BEFORE_S * RATE)
    ratio = si_sdr_db(speech, heard[begin : begin + len(speech)])
    (text,) = (clip.text for clip in clips() if clip.name == name)
    expected = words(text)
    wrong = errors(expected, words((await recognized(ears, heard)).text))
    return Judgement(wrong, len(expected), ratio)


async def report(
    ears: PocketsphinxRecognizer, room: str, noise: Noise, snr_db: float, names: list[str]
) -> None:
    for kind in KINDS:
        every = await asyncio.gather(*(judged(ears, name, noise, snr_db, kind) for name in names))
        rate = 100 * sum(each.wrong for each in every) / sum(each.words for each in every)
        ratio = f"{np.mean([each.si_sdr_db for each in every]):.1f}" if snr_db else "-"
        row(f"{room}, {kind or 'as it is'}", f"{rate:.1f}", ratio)


async def main() -> None:
    names = [name for name in sentences() if len(said(name)) <= LONGEST_S * RATE]
    head("room, noise reduction", "WER %", "SI-SDR dB")
    ears = PocketsphinxRecognizer(processes=2)
    await ears.open()
    for room, noise, snr_db in ROOMS:
        await report(ears, room, noise, snr_db, names)
    await ears.close()


if __name__ == "__main__":
    asyncio.run(main())
