"""What the engines of the extra `sherpa` cost beside the network itself.

    python benchmarks/engines_sherpa.py

The models are those that the tests make: next to no arithmetic, real features, search, batching,
process and pipes.  So these figures say what comes on top of a model's own cost, and nothing of
how well one hears or speaks.  Ears: time to load, memory, CPU, the first words and the final ones
of a turn at the speed of speech, and how late the final ones come where many speak at once.
Voice: the time to the first sound, and CPU.  Both: how soon a cancel is worked off.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from engines.processes import cpu_s, memory_mb
from engines.sherpa.models import RATE, nemo_ctc, nemo_transducer, said, transducer
from engines.sherpa.voices import vits
from repartee.engines.sherpa.recognizer import SherpaRecognizer
from repartee.engines.sherpa.synthesizer import SherpaSynthesizer
from repartee.protocol.prompt import Hints, VoiceChoice

CHUNK_S = 0.096  # as sessions hand sound over
CHUNK = 2 * round(RATE * CHUNK_S)
SPEECH = said("", "HE", "LLO", "WORLD", "", "A", "", "B", "C", "", each_s=0.5)  # 5 s
CROWDS = (1, 16, 32, 64, 128)
ROUNDS = 20
SENTENCE = "The quick brown fox jumps over the lazy dog, and then it runs away from the old man. "


async def main() -> None:
    """Print all tables."""
    with TemporaryDirectory() as name:
        root = Path(name)
        streaming = {
            "streaming CTC": nemo_ctc(root / "sc", streaming=True),
            "streaming transducer": nemo_transducer(root / "st", streaming=True),
        }
        for kind, folder in streaming.items():
            await ears(kind, folder)
        for kind, folder in {
            "CTC": nemo_ctc(root / "c"),
            "transducer": transducer(root / "t"),
        }.items():
            await ears(kind, folder)
        await voice(vits(root / "v"))


def row(name: str, **figures: float) -> None:
    told = "  ".join(f"{figure} {value:.4g}" for figure, value in figures.items())
    print(f"{name:34}{told}", flush=True)


def ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000


def worst(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(0.95 * (len(values) - 1))]


# --- ears ------------------------------------------------------------------------------------


async def ears(kind: str, folder: Path) -> None:
    recognizer = SherpaRecognizer(str(folder), threads=1, at_once=max(CROWDS))
    begun = time.perf_counter()
    await recognizer.open()
    (pid,) = recognizer.pids
    row(kind, open_ms=ms(begun), idle_mb=memory_mb(pid))
    for crowd in CROWDS:
        before = cpu_s(pid)
        told = await asyncio.gather(*(turn(recognizer, each / crowd) for each in range(crowd)))
        seconds = crowd * len(SPEECH) / 2 / RATE
        first = {"first_words_ms": statistics.median(words for words, _ in told)}
        if not kind.startswith("streaming"):
            first = {}  # they come with the final ones
        row(
            f"  {crowd} at once",
            **first,
            final_ms=statistics.median(final for _, final in told),
            final_p95_ms=worst([final for _, final in told]),
            cpu_per_s=(cpu_s(pid) - before) / seconds,
            mb=memory_mb(pid),
        )
    cancels = [await cancelled_turn(recognizer) for _ in range(ROUNDS)]
    row("  cancel worked off", ms=statistics.median(cancels), max_ms=max(cancels))
    await recognizer.close()


async def turn(recognizer: SherpaRecognizer, late: float) -> tuple[float, float]:
    """From the first word's beginning to the first text, and from the end to the final one, ms."""
    await asyncio.sleep(late * CHUNK_S)
    begun, ended = time.perf_counter(), 0.0

    async def audio() -> AsyncIterator[bytes]:
        nonlocal ended
        for place in range(0, len(SPEECH), CHUNK):
            due = begun + (place + CHUNK) / 2 / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            yield SPEECH[place : place + CHUNK]
        ended = time.perf_counter()

    first = 0.0
    async with aclosing(recognizer.recognize(audio(), Hints())) as told:
        async for words in told:
            if words.text and not first:
                first = ms(begun) - 500  # of silence
    return first, ms(ended)


async def cancelled_turn(recognizer: SherpaRecognizer) -> float:
    """How long another turn waits for one that was left in the middle of its work."""

    async def audio() -> AsyncIterator[bytes]:
        yield SPEECH * 10

    async with aclosing(recognizer.recognize(audio(), Hints())) as told:
        await anext(told)
        begun = time.perf_counter()
    async with aclosing(recognizer.recognize(nothing(), Hints())) as told:
        async for _ in told:
            pass
    return ms(begun)


async def nothing() -> AsyncIterator[bytes]:
    for silence in ():
        yield silence


# --- voice -----------------------------------------------------------------------------------


async def voice(folder: Path) -> None:
    synthesizer = SherpaSynthesizer(str(folder), threads=1)
    begun = time.perf_counter()
    await synthesizer.open()
    (pid,) = synthesizer.pids
    row("voice", open_ms=ms(begun), idle_mb=memory_mb(pid))
    firsts = [await first_sound(synthesizer) for _ in range(ROUNDS)]
    before = cpu_s(pid)
    seconds = await spoken_s(synthesizer, SENTENCE * ROUNDS)
    row(
        "  speaking",
        first_sound_ms=statistics.median(firsts),
        first_sound_max_ms=max(firsts),
        cpu_per_s=(cpu_s(pid) - before) / seconds,
        mb=memory_mb(pid),
    )
    cancels = [await cancelled_speech(synthesizer) for _ in range(ROUNDS)]
    row("  cancel worked off", ms=statistics.median(cancels), max_ms=max(cancels))
    await synthesizer.close()


async def text(*pieces: str) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


async def first_sound(synthesizer: SherpaSynthesizer) -> float:
    begun = time.perf_counter()
    async with aclosing(synthesizer.speak(text(SENTENCE), VoiceChoice())) as spoken:
        await anext(spoken)
        return ms(begun)


async def spoken_s(synthesizer: SherpaSynthesizer, said_text: str) -> float:
    async with aclosing(synthesizer.speak(text(said_text), VoiceChoice())) as spoken:
        return sum([len(speech.pcm) / 2 / synthesizer.rate async for speech in spoken])


async def cancelled_speech(synthesizer: SherpaSynthesizer) -> float:
    async with aclosing(synthesizer.speak(text(SENTENCE * 100), VoiceChoice())) as spoken:
        await anext(spoken)
        begun = time.perf_counter()
    await spoken_s(synthesizer, "Yes.")
    return ms(begun)


if __name__ == "__main__":
    asyncio.run(main())
