"""What the engines of the extra `offline` are worth, and what they cost.

    python benchmarks/offline_engines.py

Ears: word error rate over the recorded clips, CPU, and how long after the end of speech the words
are final; beside them pocketsphinx as it comes, with a stream and with the whole turn at once.
Voice: CPU, the time to the first sound, and how far apart the two nearest voices are.  Process:
a round trip, and how soon a cancel is acknowledged and a crash is told.
"""

import asyncio
import os
import re
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).parents[1] / "tests"))

import pocketsphinx

import recordings
from engines.acoustics import centroid, mean_pitch, samples
from engines.processes import Held, cpu_s, memory_mb, source, workers
from engines.sample_work import Request
from repartee.engines.espeak.synthesizer import EspeakSynthesizer
from repartee.engines.espeak.voices import VOICES
from repartee.engines.pocketsphinx.recognizer import PocketsphinxRecognizer
from repartee.engines.protocols import EngineError
from repartee.protocol.prompt import Hints, VoiceChoice

RATE = PocketsphinxRecognizer.rate
CHUNK = RATE // 50 * 2  # 20 ms
VOCABULARIES = (10_000, 20_000, 40_000, 1_000_000)
CLAUSE = "Sure, I can help you with that."
SENTENCE = "The quick brown fox jumps over the lazy dog, and then it runs away from the old man."
ROUNDS = 50


class Heard(NamedTuple):
    """What a recogniser made of a clip."""

    wrong: int  # words
    words: int
    seconds: float  # of sound
    cpu_s: float
    final_ms: float  # from the end of the sound to the final words


async def main() -> None:
    """Print all tables."""
    await process()
    await voice()
    await ears()


def row(name: str, **figures: float) -> None:
    told = "  ".join(f"{figure} {value:.4g}" for figure, value in figures.items())
    print(f"{name:34}{told}", flush=True)


def ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000


# --- ears ------------------------------------------------------------------------------------


async def ears() -> None:
    for vocabulary in VOCABULARIES:
        recognizer = PocketsphinxRecognizer(vocabulary=vocabulary, processes=1)
        begun = time.perf_counter()
        await recognizer.open()
        opened = ms(begun)
        memory = memory_mb(recognizer.pids[0])
        heard = [await hear(recognizer, clip) for clip in recordings.clips()]
        report(f"vocabulary {vocabulary:,}", heard, open_ms=opened, idle_mb=memory)
        await recognizer.close()
    for name, options in (("", {}), (", one pass", {"fwdflat": False})):
        for whole in (False, True):
            decoder = pocketsphinx.Decoder(loglevel="FATAL", **options)
            heard = [stock(decoder, clip, whole) for clip in recordings.clips()]
            report(f"stock {'whole turn' if whole else 'stream'}{name}", heard)


def report(name: str, heard: list[Heard], **more: float) -> None:
    seconds = sum(each.seconds for each in heard)
    finals = sorted(each.final_ms for each in heard)
    row(
        name,
        wer=sum(each.wrong for each in heard) / sum(each.words for each in heard),
        cpu_per_s=sum(each.cpu_s for each in heard) / seconds,
        final_ms=statistics.median(finals),
        final_max_ms=finals[-1],
        **more,
    )


async def hear(recognizer: PocketsphinxRecognizer, clip: recordings.Clip) -> Heard:
    (pid,) = recognizer.pids
    sound = recordings.read(clip.name, RATE).tobytes()
    ended = 0.0

    async def audio() -> AsyncIterator[bytes]:
        nonlocal ended
        for start in range(0, len(sound), CHUNK):
            yield sound[start : start + CHUNK]
        ended = time.perf_counter()

    before = cpu_s(pid)
    async with aclosing(recognizer.recognize(audio(), Hints())) as told:
        *_, final = [words async for words in told]
    return judged(clip, final.text, len(sound), cpu_s(pid) - before, ms(ended))


def stock(decoder: Any, clip: recordings.Clip, whole: bool) -> Heard:
    sound = recordings.read(clip.name, RATE).tobytes()
    decoder.reinit_feat()  # as good as new
    before = time.process_time()
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
    return judged(clip, text, len(sound), time.process_time() - before, ms(ended))


def judged(clip: recordings.Clip, text: str, size: int, cpu: float, final_ms: float) -> Heard:
    expected, heard = words(clip.text), words(text)
    return Heard(errors(expected, heard), len(expected), size / 2 / RATE, cpu, final_ms)


def words(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def errors(expected: list[str], heard: list[str]) -> int:
    """Levenshtein's distance between the words: one wrong, one missing, one too many is one."""
    above = list(range(len(heard) + 1))
    for count, word in enumerate(expected, 1):
        here = [count]
        for place, other in enumerate(heard, 1):
            here.append(min(above[place] + 1, here[-1] + 1, above[place - 1] + (word != other)))
        above = here
    return above[-1]


# --- voice -----------------------------------------------------------------------------------


async def voice() -> None:
    synthesizer = EspeakSynthesizer()
    begun = time.perf_counter()
    await synthesizer.open()
    (pid,) = synthesizer.pids
    row("voice", open_ms=ms(begun), idle_mb=memory_mb(pid))
    firsts = [await first_sound(synthesizer) for _ in range(ROUNDS)]
    before = cpu_s(pid)
    seconds = len(await say(synthesizer, "marin", SENTENCE * ROUNDS)) / 2 / synthesizer.rate
    row(
        "speaking",
        first_sound_ms=statistics.median(firsts),
        first_sound_max_ms=max(firsts),
        cpu_per_s=(cpu_s(pid) - before) / seconds,
    )
    await voices(synthesizer)
    await synthesizer.close()


async def text(*pieces: str) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


async def first_sound(synthesizer: EspeakSynthesizer) -> float:
    begun = time.perf_counter()
    async with aclosing(synthesizer.speak(text(CLAUSE), VoiceChoice())) as spoken:
        await anext(spoken)
        return ms(begun)


async def say(synthesizer: EspeakSynthesizer, name: str, said: str) -> bytes:
    async with aclosing(synthesizer.speak(text(said), VoiceChoice(name))) as spoken:
        return b"".join([speech.pcm async for speech in spoken])


async def voices(synthesizer: EspeakSynthesizer) -> None:
    measured = {}
    for name in VOICES:
        sound = samples(await say(synthesizer, name, SENTENCE))
        pitch, centre = mean_pitch(sound, synthesizer.rate), centroid(sound, synthesizer.rate)
        measured[name] = (pitch, centre)
        row(name, pitch_hz=pitch, centroid_hz=centre)
    apart = {
        f"{one}/{other}": max(max(a, b) / min(a, b) for a, b in zip(this, that, strict=True))
        for (one, this), (other, that) in combinations(measured.items(), 2)
    }
    nearest = min(apart, key=lambda pair: apart[pair])
    row(f"nearest: {nearest}", apart=apart[nearest])


# --- process ---------------------------------------------------------------------------------


async def process() -> None:
    pool = workers()
    begun = time.perf_counter()
    await pool.open()
    row("process", open_ms=ms(begun), idle_mb=memory_mb(pool.pids[0]))
    begun = time.perf_counter()
    async for _ in pool.run(Request(), source(*[b"word"] * 1_000)):
        pass
    row("input and result", us=ms(begun))
    await pool.close()
    cancels = [await cancelled() for _ in range(ROUNDS)]
    row("cancel acknowledged", ms=statistics.median(cancels), max_ms=max(cancels))
    crashes = [await crash() for _ in range(ROUNDS // 5)]
    row("crash told", ms=statistics.median(crashes), max_ms=max(crashes))


async def cancelled() -> float:
    """How long a computing piece of work goes on after its cancel."""
    pool = workers()
    await pool.open()
    async with aclosing(pool.run(Request("burn"), source(b""))) as results:
        await anext(results)
        begun = time.perf_counter()
    async for _ in pool.run(Request(), source()):  # its turn comes after that of the cancelled one
        break
    taken = ms(begun)
    await pool.close()
    return taken


async def crash() -> float:
    """How long it takes until the piece of work knows that its process is gone."""
    pool, inputs = workers(), Held(b"word")
    await pool.open()
    async with aclosing(pool.run(Request(), inputs)) as results:
        await anext(results)
        waiting = asyncio.ensure_future(anext(results))
        await inputs.asked.wait()
        begun = time.perf_counter()
        os.kill(pool.pids[0], signal.SIGKILL)
        try:
            await waiting
        except EngineError:
            return ms(begun)
        finally:
            await pool.close()
    raise AssertionError("the crash went unnoticed")


if __name__ == "__main__":
    asyncio.run(main())
