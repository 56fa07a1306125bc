"""What every recogniser must do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from itertools import pairwise

import numpy as np

from repartee.conformance.engines.checks import (
    collect,
    endless,
    failing,
    require,
    require_failure,
    require_free_loop,
    require_stop,
    source,
)
from repartee.engines.protocols import Recognizer, Words
from repartee.protocol.prompt import Hints

NO_HINTS = Hints()
MANY = 8
PAUSE = b""
ANSWER_S = 5.0  # to answer a pause, on a busy machine


def sound(rate: int, seconds: float = 2.0) -> bytes:
    """Something between a hum and a voice: a buzz with three resonances that swells and fades."""
    times = np.arange(int(rate * seconds)) / rate
    samples = np.zeros_like(times)
    for harmonic in range(1, 20):
        samples += np.sin(2 * np.pi * 120 * harmonic * times) / harmonic
    for resonance in (500, 1500, 2500):
        samples += np.sin(2 * np.pi * resonance * times) / 2
    samples *= np.sin(np.pi * 3 * times) ** 2
    pcm: bytes = (samples / np.abs(samples).max() * 16_000).astype("<i2").tobytes()
    return pcm


def cut(pcm: bytes, sizes: Sequence[int]) -> list[bytes]:
    """`pcm` in chunks whose sizes, in bytes, follow one another in turn."""
    chunks, start, turn = [], 0, 0
    while start < len(pcm):
        size = sizes[turn % len(sizes)]
        chunks.append(pcm[start : start + size])
        start, turn = start + size, turn + 1
    return chunks


async def hear(
    engine: Recognizer, pcm: bytes, sizes: Sequence[int] = (3200,), hints: Hints = NO_HINTS
) -> list[Words]:
    """All hypotheses for `pcm`; there is one final one, and it is the last."""
    heard = await collect(engine.recognize(source(cut(pcm, sizes)), hints))
    finals = [words.final for words in heard]
    require(finals.count(True) == 1 and finals[-1], f"of its hypotheses these are final: {finals}")
    return heard


async def hear_paused(engine: Recognizer, *stretches: bytes) -> list[Words]:
    """All hypotheses for `stretches`, each followed by a pause that lasts until it is answered."""
    answered = asyncio.Event()

    async def audio() -> AsyncIterator[bytes]:
        for stretch in stretches:
            async for chunk in source(cut(stretch, (3200,))):
                yield chunk
            answered.clear()
            yield PAUSE
            try:
                await asyncio.wait_for(answered.wait(), ANSWER_S)
            except TimeoutError:
                return

    heard = []
    async with aclosing(engine.recognize(audio(), NO_HINTS)) as hypotheses:
        async for words in hypotheses:
            heard.append(words)
            if words.complete:
                answered.set()
    return heard


def guesses(engine: Recognizer) -> bool:
    """Whether the engine may be told of pauses."""
    return bool(getattr(engine, "guesses", False))


def require_kept(heard: Sequence[Words]) -> None:
    """What was called stable begins every later hypothesis, or RuleBroken is raised."""
    for before, after in pairwise(heard):
        inside = 0 <= before.stable <= len(before.text)
        require(inside, f"{before.stable} of {len(before.text)} characters are said to be stable")
        kept = after.text.startswith(before.text[: before.stable])
        require(kept, f"{before.text[: before.stable]!r} was stable but became {after.text!r}")


def require_words(told: Words) -> None:
    """The text is given word by word, or RuleBroken is raised."""
    words = [word.text for word in told.words]
    single = all(len(word.split()) == 1 for word in words)
    require(single, f"of its words these are none, or more than one: {words}")
    joined = "".join(words) == "".join(told.text.split())  # not every language has spaces
    require(joined, f"the words of {told.text!r} are {words}")


async def states_its_rate(engine: Recognizer) -> None:
    """The rate is a whole number of Hz that speech can be heard at."""
    require(isinstance(engine.rate, int), f"its rate is {engine.rate!r}")
    require(8_000 <= engine.rate <= 48_000, f"its rate is {engine.rate} Hz")


async def ends_with_the_final_hypothesis(engine: Recognizer) -> None:
    """Sound gives hypotheses, the last of them final and stable throughout."""
    final = (await hear(engine, sound(engine.rate)))[-1]
    stable = final.stable in (0, len(final.text))  # `final` says it as well
    require(stable, f"of {len(final.text)} final characters {final.stable} are stable")


async def takes_back_nothing_stable(engine: Recognizer) -> None:
    """What was called stable begins every later hypothesis."""
    require_kept(await hear(engine, sound(engine.rate, 3)))


async def times_its_words(engine: Recognizer) -> None:
    """Words follow one another within the sound; their posteriors are logarithms."""
    final = (await hear(engine, sound(engine.rate, 2)))[-1]
    moments = [moment for word in final.words for moment in (word.start_ms, word.end_ms)]
    require(moments == sorted(moments), f"its words come at {moments} ms")
    require(all(0 <= each <= 2_500 for each in moments), f"of 2 s its words are at {moments} ms")
    logprobs = [word.logprob for word in final.words]
    require(all(each <= 0 for each in logprobs), f"its words have the logprobs {logprobs}")


async def gives_the_logprobs_it_promises(engine: Recognizer) -> None:
    """One that states `logprobs` gives its final text word by word."""
    if not getattr(engine, "logprobs", False):
        return
    require_words((await hear(engine, sound(engine.rate)))[-1])


async def guesses_only_at_pauses(engine: Recognizer) -> None:
    """No hypothesis is complete but in answer to a pause."""
    complete = [words.text for words in await hear(engine, sound(engine.rate)) if words.complete]
    require(not complete, f"nobody had paused when it gave these as complete: {complete}")


async def answers_pauses(engine: Recognizer) -> None:
    """One that states `guesses` answers each pause, and never takes back what was stable then."""
    if not guesses(engine):
        return
    heard = await hear_paused(engine, sound(engine.rate), sound(engine.rate, 1))
    answers = [words for words in heard if words.complete]
    require(len(answers) == 2, f"of 2 pauses it answered {len(answers)} in {ANSWER_S:g} s")
    require(not any(words.final for words in answers), "a complete hypothesis was final, too")
    require_kept(heard)


async def says_what_it_guessed(engine: Recognizer) -> None:
    """If silence follows a pause, the final text, words and all, is the complete hypothesis."""
    if not guesses(engine):
        return
    heard = await hear_paused(engine, sound(engine.rate), bytes(engine.rate))
    answers = [words for words in heard if words.complete]
    require(bool(answers), f"it did not answer a pause in {ANSWER_S:g} s")
    for guess in answers:
        same = guess.text == heard[-1].text
        require(same, f"it guessed {guess.text!r} but said {heard[-1].text!r} in the end")
        if getattr(engine, "logprobs", False):
            require_words(guess)


async def stops_while_it_guesses(engine: Recognizer) -> None:
    """Cancelling the reader at a pause stops the work, and the engine can be used again."""
    if not guesses(engine):
        return
    paused = asyncio.Event()

    async def audio() -> AsyncIterator[bytes]:
        for chunk in cut(sound(engine.rate), (3200,)):
            yield chunk
        paused.set()
        yield PAUSE
        await asyncio.Event().wait()

    await require_stop(engine.recognize(audio(), NO_HINTS), paused)
    await hear(engine, sound(engine.rate, 0.5))


async def hears_nothing_in_silence(engine: Recognizer) -> None:
    """A second of silence gives a final hypothesis without text."""
    final = (await hear(engine, bytes(2 * engine.rate)))[-1]
    require(not final.text, f"it heard {final.text!r} in silence")


async def takes_a_turn_without_sound(engine: Recognizer) -> None:
    """No sound at all gives a final hypothesis without text."""
    final = (await hear(engine, b""))[-1]
    require(not final.text, f"it heard {final.text!r} in nothing")


async def takes_chunks_of_any_length(engine: Recognizer) -> None:
    """Chunks may be long or short, and end between the two bytes of a sample."""
    await hear(engine, sound(engine.rate, 0.5), sizes=(1, 2, 3, 977, 4096))
    await hear(engine, sound(engine.rate, 1), sizes=(1_000_000,))


async def takes_any_hints(engine: Recognizer) -> None:
    """Hints in any language and script are taken, whether they are of use or not."""
    hints = Hints(language="zz", prompt="Grüße an 東京 🐦\n", keywords=("naïve", "", "O'Neill"))
    await hear(engine, sound(engine.rate, 0.5), hints=hints)


async def stops_when_cancelled(engine: Recognizer) -> None:
    """Cancelling the reader stops the work, and the engine can be used again."""
    begun = asyncio.Event()
    chunks = cut(sound(engine.rate), (3200,))
    await require_stop(engine.recognize(endless(chunks, begun), NO_HINTS), begun)
    await hear(engine, sound(engine.rate, 0.5))


async def passes_on_failures(engine: Recognizer) -> None:
    """A failure of the sound comes through, and the engine can be used again."""
    chunks = cut(sound(engine.rate, 0.5), (3200,))
    await require_failure(engine.recognize(failing(chunks), NO_HINTS))
    await hear(engine, sound(engine.rate, 0.5))


async def serves_many_at_once(engine: Recognizer) -> None:
    """Eight turns at once are heard as each would be alone."""
    turns = [hear(engine, sound(engine.rate, 0.25 * (1 + place))) for place in range(MANY)]
    together = [heard[-1].text for heard in await asyncio.gather(*turns)]
    alone = (await hear(engine, sound(engine.rate, 0.25 * MANY)))[-1].text
    require(together[-1] == alone, f"alone it heard {alone!r}, in company {together[-1]!r}")


async def leaves_the_loop_free(engine: Recognizer) -> None:
    """The event loop is never held up while it listens."""
    pcm = sound(engine.rate)
    await require_free_loop(lambda: hear(engine, pcm, sizes=(640,)))


CHECKS = (
    states_its_rate,
    ends_with_the_final_hypothesis,
    takes_back_nothing_stable,
    times_its_words,
    gives_the_logprobs_it_promises,
    guesses_only_at_pauses,
    answers_pauses,
    says_what_it_guessed,
    stops_while_it_guesses,
    hears_nothing_in_silence,
    takes_a_turn_without_sound,
    takes_chunks_of_any_length,
    takes_any_hints,
    stops_when_cancelled,
    passes_on_failures,
    serves_many_at_once,
    leaves_the_loop_free,
)
