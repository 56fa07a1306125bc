"""What every voice must do."""

import asyncio
from collections.abc import AsyncIterator

from repartee.conformance.engines.checks import (
    collect,
    endless,
    failing,
    require,
    require_close,
    require_failure,
    require_free_loop,
    require_stop,
    source,
)
from repartee.engines.protocols import Speech, Synthesizer
from repartee.protocol.prompt import VoiceChoice

USUAL = VoiceChoice()
MANY = 8
SPEEDS = (0.25, 0.5, 1.5)
PACE_TOLERANCE = 0.2  # pauses may not be paced as words are
SENTENCE = "The quick brown fox jumps over the lazy dog."
PIECES = (
    "Hello there.",
    " It is 3.5 km, e.g. to Zoë's naïve café (№ 9)!\n",
    "\t「東京」, Привет, नमस्ते, שלום 👩\u200d🚀🇫🇷",
    " - x",
    "\n",
    " 😀 ",
    "Bye",
)


async def say(engine: Synthesizer, *pieces: str, voice: VoiceChoice = USUAL) -> list[Speech]:
    """All the speech for `pieces`, whose text is there to the letter."""
    spoken = await collect(engine.speak(source(pieces), voice))
    text = "".join(speech.text for speech in spoken)
    require(text == "".join(pieces), f"given {''.join(pieces)!r} it says it spoke {text!r}")
    return spoken


def seconds(engine: Synthesizer, spoken: list[Speech]) -> float:
    return sum(len(speech.pcm) for speech in spoken) / 2 / engine.rate


async def states_its_rate(engine: Synthesizer) -> None:
    """The rate is a whole number of Hz that speech can be heard at."""
    require(isinstance(engine.rate, int), f"its rate is {engine.rate!r}")
    require(8_000 <= engine.rate <= 48_000, f"its rate is {engine.rate} Hz")


async def gives_sound(engine: Synthesizer) -> None:
    """A sentence takes a plausible time, in whole samples."""
    spoken = await say(engine, SENTENCE)
    odd = [len(speech.pcm) for speech in spoken if len(speech.pcm) % 2]
    require(not odd, f"it gave sound of {odd} bytes: half a sample too much")
    length = seconds(engine, spoken)
    require(0.2 <= length <= 20, f"a sentence of nine words took {length:.2f} s")


async def gives_sound_with_its_words(engine: Synthesizer) -> None:
    """Sound is empty only to carry the text that is left at the end."""
    spoken = await say(engine, SENTENCE, " ", SENTENCE)
    lengths = [len(speech.pcm) for speech in spoken]
    last = max((place for place, length in enumerate(lengths) if length), default=-1)
    require(all(lengths[:last]), "it gave empty sound and then more")
    require(bool(spoken[0].text), "its first sound begins no word")


async def speaks_any_text(engine: Synthesizer) -> None:
    """Text of any script is spoken or passed over, and told to the letter."""
    await say(engine, *PIECES)
    await say(engine, "word " * 200)


async def takes_white_space(engine: Synthesizer) -> None:
    """Text without words is no failure."""
    await say(engine, " ", "\n\n", "…")


async def takes_no_text(engine: Synthesizer) -> None:
    """Nothing to say gives no sound."""
    spoken = await say(engine)
    require(not seconds(engine, spoken), f"it spoke {seconds(engine, spoken):.2f} s of nothing")


async def speaks_before_all_is_written(engine: Synthesizer) -> None:
    """The first piece sounds before the next is there."""
    sounded = asyncio.Event()

    async def hesitating() -> AsyncIterator[str]:
        yield SENTENCE
        await sounded.wait()
        yield " Goodbye."

    text = ""
    async for speech in engine.speak(hesitating(), USUAL):
        text += speech.text
        sounded.set()
    require(text == f"{SENTENCE} Goodbye.", f"it says it spoke {text!r}")


async def takes_any_voice(engine: Synthesizer) -> None:
    """Names and languages that it does not know give some voice."""
    voice = VoiceChoice(name="no such voice", language="zz")
    require(seconds(engine, await say(engine, "Hello.", voice=voice)) > 0, "it gave no sound")


async def keeps_the_pace(engine: Synthesizer) -> None:
    """One that `paces` speaks at any speed of the API; no other is ever asked to."""
    if not getattr(engine, "paces", False):
        return
    usual = seconds(engine, await say(engine, SENTENCE))
    for speed in SPEEDS:
        spoken = await say(engine, SENTENCE, voice=VoiceChoice(speed=speed))
        done = usual / seconds(engine, spoken)
        require(abs(done / speed - 1) <= PACE_TOLERANCE, f"at speed {speed} it spoke at {done:.2f}")


async def stops_when_cancelled(engine: Synthesizer) -> None:
    """Cancelling the reader stops the work, and the engine can be used again."""
    begun = asyncio.Event()
    await require_stop(engine.speak(endless([SENTENCE] * 3, begun), USUAL), begun)
    await say(engine, SENTENCE)


async def stops_when_closed(engine: Synthesizer) -> None:
    """Closing the speech in mid-sentence stops the work, and the engine can be used again."""
    await require_close(engine.speak(source([SENTENCE] * 20), USUAL))
    await say(engine, SENTENCE)


async def passes_on_failures(engine: Synthesizer) -> None:
    """A failure of the text comes through, and the engine can be used again."""
    await require_failure(engine.speak(failing([SENTENCE]), USUAL))
    await say(engine, SENTENCE)


async def serves_many_at_once(engine: Synthesizer) -> None:
    """Eight sentences at once are spoken as each would be alone."""
    sentences = [f"Number {place}. {SENTENCE * place}" for place in range(MANY)]
    together = await asyncio.gather(*(say(engine, sentence) for sentence in sentences))
    alone = seconds(engine, await say(engine, sentences[-1]))
    length = seconds(engine, together[-1])
    require(abs(alone - length) < 0.1, f"alone it took {alone:.2f} s, in company {length:.2f} s")


async def leaves_the_loop_free(engine: Synthesizer) -> None:
    """The event loop is never held up while it speaks."""
    await require_free_loop(lambda: say(engine, *[SENTENCE] * 5))


CHECKS = (
    states_its_rate,
    gives_sound,
    gives_sound_with_its_words,
    speaks_any_text,
    takes_white_space,
    takes_no_text,
    speaks_before_all_is_written,
    takes_any_voice,
    keeps_the_pace,
    stops_when_cancelled,
    stops_when_closed,
    passes_on_failures,
    serves_many_at_once,
    leaves_the_loop_free,
)
