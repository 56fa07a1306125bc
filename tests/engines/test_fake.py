"""The fakes behave like engines, always alike, and fail exactly when they are told to."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
import pytest

from repartee.conformance.engines.checks import collect, source
from repartee.conformance.engines.ears import hear, sound
from repartee.conformance.engines.voices import say, seconds
from repartee.engines.fake import (
    FakeModel,
    FakeRecognizer,
    FakeSynthesizer,
    FakeTurnDetector,
    FakeVad,
    Fault,
)
from repartee.engines.protocols import (
    EngineError,
    Stopped,
    Text,
    ToolCall,
    Usage,
    Word,
    Words,
)
from repartee.protocol.prompt import Hints, Message, Prompt, Tool, VoiceChoice

SECOND = sound(FakeRecognizer.rate, 1)
QUESTION = Prompt(lines=(Message("user", "How are you?"),))


class TestVad:
    @pytest.mark.parametrize(
        ("decibels", "low", "high"), [(-90, 0, 0), (-50, 0, 0.1), (-40, 0.4, 0.6), (-20, 1, 1)]
    )
    def test_loud_is_speech(self, decibels: float, low: float, high: float) -> None:
        frame = np.full((1, 512), 10 ** (decibels / 20), np.float32)
        (probability,), _ = FakeVad()(frame, np.zeros((1, 1), np.float32))
        assert low <= probability <= high

    def test_it_falls_silent_slowly(self) -> None:
        vad, states, told = FakeVad(), np.zeros((1, 1), np.float32), []
        for level in (0.5, 0, 0, 0):
            probabilities, states = vad(np.full((1, 512), level, np.float32), states)
            told.append(float(probabilities[0]))
        assert told == [1, 0.5, 0.25, 0.125]


class TestTurnDetector:
    async def test_it_says_what_it_was_told_to(self) -> None:
        assert await FakeTurnDetector().finished(SECOND, "") == 1
        assert await FakeTurnDetector(0.25).finished(b"", "and") == 0.25

    async def test_it_fails_when_it_is_told_to(self) -> None:
        with pytest.raises(EngineError):
            await FakeTurnDetector(fault="before").finished(SECOND, "")
        waiting = asyncio.ensure_future(FakeTurnDetector(fault="hang").finished(SECOND, ""))
        done, _ = await asyncio.wait({waiting}, timeout=0)
        assert not done
        waiting.cancel()


class TestRecognizer:
    async def test_it_tells_how_much_it_heard(self) -> None:
        heard = await hear(FakeRecognizer(), SECOND + bytes(24_000) + SECOND[:24_000])
        assert heard[0] == Words("I heard 0.3 seconds of sound", stable=8)
        assert heard[-1].text == "I heard 1.5 seconds of sound"

    async def test_it_hears_its_text_word_by_word(self) -> None:
        heard = await hear(FakeRecognizer(text="well, hello you"), SECOND)
        assert heard[:3] == [
            Words("well,", stable=0),
            Words("well, hello", stable=6),
            Words("well, hello you", stable=12),
        ]
        final = heard[-1]
        assert (final.text, final.stable, final.final) == ("well, hello you", 15, True)
        assert final.words[1] == Word("hello", -0.05, 333, 666)

    async def test_it_guesses_at_a_pause_what_it_would_say(self) -> None:
        sounds = [SECOND[:15_000], b"", SECOND]
        counted = await collect(FakeRecognizer().recognize(source(sounds), Hints()))
        assert counted[1] == Words(
            "I heard 0.3 seconds of sound", 8, words=counted[1].words, complete=True
        )
        assert [word.text for word in counted[1].words] == counted[1].text.split()
        told = FakeRecognizer(text="well, hello you").recognize(source(sounds), Hints())
        assert [(words.text, words.stable) for words in await collect(told)] == [
            ("well,", 0),
            ("well, hello you", 0),
            ("well, hello you", 12),
            ("well, hello you", 15),
        ]

    async def test_a_text_is_heard_in_silence_too(self) -> None:
        heard = await hear(FakeRecognizer(text="hello"), bytes(4800))
        assert heard == [Words("hello", 5, True, (Word("hello", -0.05, 0, 100),))]


class TestModel:
    async def test_it_answers_word_by_word_and_counts(self) -> None:
        results = await collect(FakeModel(text="Fine, thanks.").reply(QUESTION))
        assert results == [Text("Fine,"), Text(" thanks."), Usage(3, 2)]

    async def test_it_stops_at_the_limit(self) -> None:
        asked = Prompt(lines=(), instructions="Be short.", max_output_tokens=1)
        results = await collect(FakeModel().reply(asked))
        assert results == [Text("This"), Stopped("max_output_tokens"), Usage(2, 1)]

    async def test_it_calls_only_what_it_must(self) -> None:
        tools = (Tool("a"), Tool("b", "", {"properties": {"x": {"type": "string"}}}))
        lines = (Message("user", "call a"),)
        free = await collect(FakeModel().reply(Prompt(lines=lines, tools=tools)))
        assert not any(isinstance(result, ToolCall) for result in free)
        forced = Prompt(lines=lines, tools=tools, tool_choice="=b")
        first, second, usage = await collect(FakeModel().reply(forced))
        assert first == ToolCall("0", "b", "")
        assert second == ToolCall("0", "", '{"x":"call a"}')
        assert usage == Usage(2, 2)


class TestSynthesizer:
    async def test_a_tone_as_long_as_its_text(self) -> None:
        voice = FakeSynthesizer()
        spoken = await say(voice, "Hello you", ", there")
        assert [speech.text for speech in spoken] == ["Hello ", "you", ", ", "there"]
        assert [len(speech.pcm) for speech in spoken] == [2880 * n for n in (6, 3, 2, 5)]

    async def test_the_tone_goes_on_from_word_to_word(self) -> None:
        spoken = await say(FakeSynthesizer(), "a b c d e f g h i j k l m n o p q r s t u v w x")
        pcm = np.frombuffer(b"".join(speech.pcm for speech in spoken), "<i2").astype(np.int32)
        assert np.abs(pcm).max() > 8_000
        assert np.abs(np.diff(pcm)).max() < 8191 * 2 * np.pi * 330 / 24_000

    async def test_long_words_come_in_parts(self) -> None:
        spoken = await say(FakeSynthesizer(), "x" * 50)
        assert [(len(speech.pcm), speech.text[:1]) for speech in spoken] == [
            (48_000, "x"),
            (48_000, ""),
            (48_000, ""),
        ]

    async def test_parts_are_as_long_as_is_asked(self) -> None:
        spoken = await say(FakeSynthesizer(ms_per_character=100, piece_ms=200), "Hello")
        assert [(len(speech.pcm), speech.text) for speech in spoken] == [
            (9_600, "Hello"),
            (9_600, ""),
            (4_800, ""),
        ]

    async def test_voices_differ(self) -> None:
        engine = FakeSynthesizer(ms_per_character=10)
        marin = await say(engine, "Hello.")
        cedar = await say(engine, "Hello.", voice=VoiceChoice("cedar"))
        assert seconds(engine, marin) == seconds(engine, cedar) == 0.06
        assert marin[0].pcm != cedar[0].pcm

    async def test_it_can_keep_time(self) -> None:
        engine = FakeSynthesizer(ms_per_character=10, realtime=True)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        spoken = await say(engine, "Hello", " you.")
        assert loop.time() - begun >= 0.99 * seconds(engine, spoken)


def work(kind: str, fault: Fault) -> AsyncGenerator[Any, None]:
    match kind:
        case "ears":
            return FakeRecognizer(fault=fault).recognize(source([SECOND, SECOND]), Hints())
        case "mind":
            return FakeModel(fault=fault).reply(QUESTION)
        case _:
            return FakeSynthesizer(fault=fault).speak(source(["Hello you."]), VoiceChoice())


KINDS = pytest.mark.parametrize("kind", ["ears", "mind", "voice"])


@KINDS
async def test_fault_before(kind: str) -> None:
    with pytest.raises(EngineError, match="told to fail") as failure:
        await anext(work(kind, "before"))
    assert failure.value.code == "told_to_fail"


@KINDS
async def test_fault_in_the_middle(kind: str) -> None:
    working = work(kind, "middle")
    assert await anext(working)
    with pytest.raises(EngineError, match="told to fail"):
        await anext(working)


@KINDS
async def test_fault_hang(kind: str) -> None:
    working = work(kind, "hang")
    assert await anext(working)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(working), 0.05)


@KINDS
async def test_fault_empty(kind: str) -> None:
    given = await collect(work(kind, "empty"))
    assert given == ([Words("", 0, True)] if kind == "ears" else [])


async def test_always_the_same() -> None:
    for kind in ("ears", "mind", "voice"):
        assert await collect(work(kind, "none")) == await collect(work(kind, "none"))
