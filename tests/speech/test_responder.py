"""An answer on its way out: what is told, and in which order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import numpy as np
import pytest

from repartee.engines.fake import FakeSynthesizer
from repartee.engines.protocols import EngineError, Speech, Stopped, Text, ToolCall, Usage
from repartee.protocol.audio import Encoding
from repartee.protocol.prompt import Message, Prompt, Sound, VoiceChoice
from repartee.session.bounds import estimate_tokens
from repartee.session.commands import Reply
from repartee.session.inputs import Called, Finished, Said, Sounded
from repartee.speech import g711
from repartee.speech.g711 import Law
from repartee.speech.patience import Patience
from repartee.speech.responder import Responder, audible
from virtual_time import run


class Script:
    """A model that gives these pieces; a number is a pause in seconds."""

    def __init__(self, *pieces: Any) -> None:
        self._pieces = pieces

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Any, None]:
        for piece in self._pieces:
            if isinstance(piece, int | float):
                await asyncio.sleep(piece)
            else:
                yield piece


class Chant:
    """A voice at 8 kHz: 10 ms a character, `pause` seconds before each piece of text."""

    rate = 8_000

    def __init__(self, pause: float = 0) -> None:
        self._pause = pause
        self.asked: list[tuple[str, str]] = []

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        async for piece in text:
            self.asked.append((voice.name, piece))
            await asyncio.sleep(self._pause)
            yield Speech(b"\x00\x10" * 80 * len(piece), piece)


async def _answer(
    mind: Any, voice: Any = None, *, spoken: bool = True, encoding: Encoding = "audio/pcm"
) -> list[Any]:
    told: list[Any] = []

    async def tell(fact: Any) -> None:
        told.append(fact)

    reply = Reply("resp_1", Prompt(()), VoiceChoice("ash") if spoken else None, encoding)
    await Responder(reply, mind, voice or Chant(), Patience(), tell).run()
    return told


def test_text_alone_is_said_and_finished() -> None:
    told = run(_answer(Script(Text("Hello "), Text("there.")), spoken=False))
    assert told == [Said("resp_1", "Hello "), Said("resp_1", "there."), Finished("resp_1")]


def test_everything_said_is_sounded_at_24_khz() -> None:
    told = run(_answer(Script(Text("Hello there. "), Text("How are you?"))))
    sounds = [fact for fact in told if isinstance(fact, Sounded)]
    assert "".join(sound.text for sound in sounds) == "Hello there. How are you?"
    assert sum(sound.ms for sound in sounds) == pytest.approx(10 * 25, abs=0.1)
    assert sum(len(sound.audio) for sound in sounds) == pytest.approx(48 * 250, abs=4)
    assert isinstance(told[-1], Finished)


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_a_telephone_is_sounded_at_8_khz(law: Law) -> None:
    told = run(_answer(Script(Text("Hello there. "), Text("How are you?")), encoding=law))
    sounds = [fact for fact in told if isinstance(fact, Sounded)]
    assert [sound.ms for sound in sounds] == [len(sound.audio) / 8 for sound in sounds]
    spoken = np.full(80 * 25, 0x1000, np.int16)  # the chant needs no resampling
    assert b"".join(sound.audio for sound in sounds) == g711.encode(spoken, law)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000])
def test_any_voice_can_be_heard_by_telephone(rate: int) -> None:
    voice = Chant()
    voice.rate = rate  # the same samples, played faster
    told = run(_answer(Script(Text("Hello there. How are you?")), voice, encoding="audio/pcmu"))
    sounds = [fact for fact in told if isinstance(fact, Sounded)]
    assert sum(sound.ms for sound in sounds) == pytest.approx(250 * 8_000 / rate, abs=0.1)


def test_the_first_clause_sounds_while_the_model_still_writes() -> None:
    told = run(_answer(Script(Text("To begin with, "), 1, Text("this is the rest of it."))))
    kinds = [type(fact) for fact in told]
    assert kinds.index(Sounded) < len(kinds) - 1 - kinds[::-1].index(Said)


def test_a_call_waits_until_what_was_said_has_sounded() -> None:
    mind = Script(
        Text("One moment."), ToolCall("0", "look", ""), ToolCall("0", "look", "{}"), Text("Done.")
    )
    told = run(_answer(mind, Chant(pause=2)))
    order = [type(fact) for fact in told if not isinstance(fact, Sounded) or fact.text]
    assert order == [Said, Sounded, Called, Called, Said, Sounded, Finished]


def test_counts_and_an_early_stop_are_told_at_the_end() -> None:
    told = run(_answer(Script(Text("Hi."), Stopped("max_output_tokens"), Usage(7, 3, 2))))
    assert told[-1] == Finished("resp_1", 7, 3, 2, "max_output_tokens")


def test_the_voice_is_the_one_asked_for() -> None:
    voice = Chant()
    run(_answer(Script(Text("Hi.")), voice))
    assert voice.asked == [("ash", "Hi.")]


def test_a_hanging_model_is_an_error_that_names_it() -> None:
    with pytest.raises(EngineError, match="language model gave no answer within 15 s"):
        run(_answer(Script(16)))


def test_a_hanging_voice_is_an_error_that_names_it() -> None:
    with pytest.raises(EngineError, match="voice gave no sound within 5 s"):
        run(_answer(Script(Text("Hi there. ")), Chant(pause=6)))


class Deaf:
    """A voice that ends before it has taken its text."""

    rate = 24_000

    async def speak(self, text: Any, voice: Any) -> AsyncGenerator[Speech, None]:
        yield Speech(b"\0\0", "")


def test_a_voice_that_ends_too_early_is_an_error() -> None:
    many = [Text("This is a sentence. ") for _ in range(30)]
    with pytest.raises(EngineError, match="before it had spoken"):
        run(_answer(Script(*many), Deaf()))


def test_the_fake_voice_speaks_what_the_model_says() -> None:
    told = run(_answer(Script(Text("Ünï 😀, and so on.")), FakeSynthesizer()))
    sounds = [fact for fact in told if isinstance(fact, Sounded)]
    assert "".join(sound.text for sound in sounds) == "Ünï 😀, and so on."


class Heedless:
    """A model that no limit ends; `stopped` once it was made to."""

    def __init__(self, *pieces: Any) -> None:
        self._pieces = pieces
        self.stopped = False

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Any, None]:
        try:
            while True:
                for piece in self._pieces:
                    yield piece
                    await asyncio.sleep(0)
        finally:
            self.stopped = True


async def _limited(mind: Any, most: int, *, spoken: bool) -> list[Any]:
    told: list[Any] = []

    async def tell(fact: Any) -> None:
        told.append(fact)

    voice = VoiceChoice("ash") if spoken else None
    reply = Reply("resp_1", Prompt((), max_output_tokens=most), voice)
    await Responder(reply, mind, Chant(), Patience(), tell).run()
    return told


@pytest.mark.parametrize("spoken", [True, False])
def test_a_model_that_heeds_no_limit_is_stopped(spoken: bool) -> None:
    """Attack 86: what was said until then is spoken to its end."""
    mind = Heedless(Text("Word after word. "))
    told = run(_limited(mind, 100, spoken=spoken))
    assert mind.stopped
    assert told[-1] == Finished("resp_1", stopped="max_output_tokens")
    said = "".join(fact.text for fact in told if isinstance(fact, Said))
    assert 100 * 4 < len(said) <= 100 * 2 * 4 + 256
    sounded = "".join(fact.text for fact in told if isinstance(fact, Sounded))
    assert sounded == (said if spoken else "")


def test_arguments_that_never_end_are_stopped() -> None:
    """Attack 86."""
    mind = Heedless(ToolCall("0", "f", '{"a": 1, '))
    told = run(_limited(mind, 100, spoken=True))
    assert mind.stopped
    assert told[-1].stopped == "max_output_tokens"
    assert sum(len(fact.arguments) for fact in told if isinstance(fact, Called)) <= 1056


@pytest.mark.parametrize("count", [estimate_tokens, len])
def test_the_sessions_own_counter_counts(count: Any) -> None:
    told: list[Any] = []

    async def tell(fact: Any) -> None:
        told.append(fact)

    reply = Reply("resp_1", Prompt((), max_output_tokens=200), None)
    run(Responder(reply, Script(Text("x" * 800)), Chant(), Patience(), tell, count).run())
    assert len(told[0].text) == (800 if count is estimate_tokens else 400)


class Singer(Script):
    """A model that speaks for itself, at 8 kHz."""

    rate = 8_000


def _tone(ms: int) -> bytes:
    return b"\x00\x10" * 8 * ms


def test_a_model_that_speaks_needs_no_voice() -> None:
    voice = Chant()
    mind = Singer(Speech(_tone(100), "Hello "), Speech(_tone(200)), Speech(_tone(100), "there."))
    told = run(_answer(mind, voice))
    assert voice.asked == []
    assert [fact.text for fact in told if isinstance(fact, Said)] == ["Hello ", "there."]
    sounds = [fact for fact in told if isinstance(fact, Sounded)]
    assert "".join(sound.text for sound in sounds) == "Hello there."
    assert sum(sound.ms for sound in sounds) == pytest.approx(400, abs=0.1)
    begins = sum(sound.ms for sound in sounds[: [bool(s.text) for s in sounds].index(True, 1)])
    assert begins == pytest.approx(300, abs=10)  # of "there."
    assert isinstance(told[-1], Finished)


def test_what_it_says_as_text_is_spoken_by_the_voice() -> None:
    voice = Chant()
    mind = Singer(Text("To begin, "), Speech(_tone(100), "la la. "), Text("That was it."))
    told = run(_answer(mind, voice))
    assert "".join(piece for _, piece in voice.asked) == "To begin, That was it."
    sounded = "".join(fact.text for fact in told if isinstance(fact, Sounded))
    assert sounded == "To begin, la la. That was it."


def test_a_call_waits_until_its_speech_has_sounded() -> None:
    mind = Singer(Speech(_tone(100), "Wait."), ToolCall("0", "look", "{}"))
    order = [type(fact) for fact in run(_answer(mind))]
    assert order.index(Called) > max(at for at, kind in enumerate(order) if kind is Sounded)


def test_where_text_is_wanted_its_words_are_that() -> None:
    told = run(_answer(Singer(Speech(_tone(100), "Hello.")), spoken=False))
    assert told == [Said("resp_1", "Hello."), Finished("resp_1")]


@pytest.mark.parametrize("speed", [0.5, 1.5])
def test_its_speech_is_stretched(speed: float) -> None:
    async def answer() -> list[Any]:
        told: list[Any] = []

        async def tell(fact: Any) -> None:
            told.append(fact)

        reply = Reply("resp_1", Prompt(()), VoiceChoice("ash", speed=speed))
        mind = Singer(Speech(_tone(600), "Hello "), Speech(_tone(600), "there."))
        await Responder(reply, mind, Chant(), Patience(), tell).run()
        return told

    sounds = [fact for fact in run(answer()) if isinstance(fact, Sounded)]
    assert sum(sound.ms for sound in sounds) == pytest.approx(1200 / speed, abs=1)


def test_tokens_of_sound_are_told_apart() -> None:
    told = run(_answer(Script(Text("Hi."), Usage(7, 3, 2, 50, 20, 10))))
    assert told[-1] == Finished("resp_1", 7, 3, 2, None, 50, 20, 10)


def test_engines_are_given_pcm() -> None:
    telephone = Sound(g711.encode(np.full(80, 0x1000, np.int16), "audio/pcmu"), "audio/pcmu")
    heard, said = Message("user", "", sounds=(telephone,)), Message("user", "Hi.")
    given, kept = audible(Prompt((heard, said))).lines
    assert kept == said
    assert isinstance(given, Message)
    assert (given.sounds[0].encoding, len(given.sounds[0].audio)) == ("audio/pcm", 80 * 3 * 2)
