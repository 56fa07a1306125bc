"""How well the offline ears hear, by how many words they know.

    python -m benchmarks.engines.recognition

Word error rate over the recorded clips, CPU for a second of sound, and how long after the end of a
turn, fed as fast as it is taken, its words are final; beside it pocketsphinx as it comes, with a
stream and with the whole turn at once.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, NamedTuple

import pocketsphinx

import recordings
from benchmarks.engines.errors import errors, words
from benchmarks.engines.row import figures
from benchmarks.engines.usage import cpu_ms
from repartee.engines.pocketsphinx.recognizer import PocketsphinxRecognizer
from repartee.protocol.prompt import Hints

RATE = PocketsphinxRecognizer.rate
CHUNK = RATE // 50 * 2  # 20 ms
VOCABULARIES = (10_000, 20_000, 40_000, 1_000_000)


class Heard(NamedTuple):
    """What a recogniser made of a clip."""

    wrong: int  # words
    words: int
    seconds: float  # of sound
    cpu_ms: float
    final_ms: float  # from the end of the sound to the final words


async def main() -> None:
    """Print the table."""
    for vocabulary in VOCABULARIES:
        recognizer = PocketsphinxRecognizer(vocabulary=vocabulary, processes=1)
        await recognizer.open()
        heard = [await hear(recognizer, clip) for clip in recordings.clips()]
        report(f"vocabulary {vocabulary:,}", heard)
        await recognizer.close()
    for name, options in (("", {}), (", one pass", {"fwdflat": False})):
        for whole in (False, True):
            decoder = pocketsphinx.Decoder(loglevel="FATAL", **options)
            heard = [stock(decoder, clip, whole) for clip in recordings.clips()]
            report(f"stock {'whole turn' if whole else 'stream'}{name}", heard)


def report(name: str, heard: list[Heard]) -> None:
    seconds = sum(each.seconds for each in heard)
    finals = [each.final_ms for each in heard]
    figures(
        name,
        wer=sum(each.wrong for each in heard) / sum(each.words for each in heard),
        cpu_ms_per_s=sum(each.cpu_ms for each in heard) / seconds,
        final_ms=statistics.median(finals),
        final_max_ms=max(finals),
    )


async def hear(recognizer: PocketsphinxRecognizer, clip: recordings.Clip) -> Heard:
    sound = recordings.read(clip.name, RATE).tobytes()
    ended = 0.0

    async def audio() -> AsyncIterator[bytes]:
        nonlocal ended
        for start in range(0, len(sound), CHUNK):
            yield sound[start : start + CHUNK]
        ended = time.perf_counter()

    before = cpu_ms()
    async with aclosing(recognizer.recognize(audio(), Hints())) as told:
        *_, final = [words async for words in told]
    return judged(clip, final.text, len(sound), cpu_ms() - before, ended)


def stock(decoder: Any, clip: recordings.Clip, whole: bool) -> Heard:
    sound = recordings.read(clip.name, RATE).tobytes()
    decoder.reinit_feat()  # as good as new
    before = cpu_ms()
    decoder.start_utt()
    ended = time.perf_counter()
    if whole:
        decoder.process_raw(sound, False, True)
    else:
        for start in range(0, len(sound), CHUNK):
            decoder.process_raw(sound[start : start + CHUNK])
        ended = time.perf_counter()
    decoder.end_utt()
    hypothesis = decoder.hyp()
    text = hypothesis.hypstr if hypothesis else ""
    return judged(clip, text, len(sound), cpu_ms() - before, ended)


def judged(clip: recordings.Clip, text: str, size: int, cpu: float, ended: float) -> Heard:
    final_ms = (time.perf_counter() - ended) * 1000
    expected, heard = words(clip.text), words(text)
    return Heard(errors(expected, heard), len(expected), size / 2 / RATE, cpu, final_ms)


if __name__ == "__main__":
    asyncio.run(main())
