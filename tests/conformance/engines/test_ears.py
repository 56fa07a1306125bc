"""Every rule for recognisers catches one that breaks it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest

from repartee.conformance.engines import Check, ears, judge
from repartee.conformance.engines.checks import SourceFailed
from repartee.engines.protocols import EngineError, Word, Words
from repartee.protocol.prompt import Hints

FINAL = Words("hello", 5, True)


class Ears:
    """Tells the same for every sound, in the given way of going wrong."""

    rate: Any = 16_000

    def __init__(self, *told: Words, fault: str = "") -> None:
        self._told = told
        self._fault = fault

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        heard = 0
        try:
            async for chunk in audio:
                heard += len(chunk)
                await self._go_wrong(chunk, hints, heard)
        except SourceFailed:
            if self._fault != "swallows failures":
                raise
        except asyncio.CancelledError:
            if self._fault != "swallows cancellation":
                raise
        for words in self._told:
            yield words

    async def _go_wrong(self, chunk: bytes, hints: Hints, heard: int) -> None:
        match self._fault:
            case "takes no hints" if hints.language:
                raise EngineError("no such language")
            case "wants whole samples" if len(chunk) % 2:
                raise ValueError("buffer size must be a multiple of element size")
            case "blocks" if heard == len(chunk):
                begun = time.thread_time()
                while time.thread_time() - begun < 0.03:
                    pass


class Slow(Ears):
    """Takes its time to stop."""

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        try:
            async for _ in audio:
                continue
        except asyncio.CancelledError:
            await asyncio.sleep(0.7)
            raise
        yield FINAL


class Mixing(Ears):
    """Confuses what it hears at once."""

    heard = 0

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        self.heard = 0
        async for chunk in audio:
            self.heard += len(chunk)
        yield Words(f"{self.heard} bytes", 0, True)


class Sure(Ears):
    logprobs = True


class Deaf(Ears):
    rate = 160


class Wordy(Ears):
    rate = "16 kHz"


class Guessing(Ears):
    """Answers each pause by the next of what it is told to guess."""

    guesses = True
    logprobs = False

    def __init__(self, *guesses: Words, final: Words = FINAL, logprobs: bool = False) -> None:
        self._guesses = guesses
        self._final = final
        self.logprobs = logprobs

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        left = list(self._guesses)
        async for chunk in audio:
            if not chunk and left:
                yield left.pop(0)
        yield self._final


class Stubborn(Guessing):
    """Goes on guessing when nobody wants it any more."""

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        async for chunk in audio:
            if not chunk:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    await asyncio.sleep(0.7)
                    raise
        yield FINAL


GUESS = Words("hello", complete=True)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ears, "ANSWER_S", 0.05)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("check", "engine", "problem"),
    [
        (ears.guesses_only_at_pauses, Ears(GUESS, FINAL), "gave these as complete: ['hello']"),
        (ears.answers_pauses, Guessing(), "of 2 pauses it answered 0"),
        (ears.answers_pauses, Guessing(GUESS), "of 2 pauses it answered 1"),
        (
            ears.answers_pauses,
            Guessing(GUESS, Words("hello", final=True, complete=True)),
            "was final, too",
        ),
        (
            ears.answers_pauses,
            Guessing(Words("help", 4, complete=True), GUESS),
            "'help' was stable but became 'hello'",
        ),
        (ears.says_what_it_guessed, Guessing(), "it did not answer a pause"),
        (
            ears.says_what_it_guessed,
            Guessing(GUESS, Words("hell", complete=True)),
            "it guessed 'hell' but said 'hello' in the end",
        ),
        (
            ears.says_what_it_guessed,
            Guessing(GUESS, GUESS, logprobs=True),
            "the words of 'hello' are []",
        ),
        (ears.stops_while_it_guesses, Stubborn(), "it went on for more than"),
    ],
)
async def test_what_guesses_badly(check: Check, engine: Any, problem: str) -> None:
    assert problem in await judge(check, engine)


@pytest.mark.parametrize("engine", [Ears(FINAL), Guessing(GUESS, GUESS)])
@pytest.mark.parametrize(
    "check",
    [
        ears.guesses_only_at_pauses,
        ears.answers_pauses,
        ears.says_what_it_guessed,
        ears.stops_while_it_guesses,
    ],
)
async def test_what_guesses_well_or_not_at_all(check: Check, engine: Any) -> None:
    assert await judge(check, engine) == ""


@pytest.mark.parametrize(
    ("check", "engine", "problem"),
    [
        (ears.states_its_rate, Deaf(), "its rate is 160 Hz"),
        (ears.states_its_rate, Wordy(), "its rate is '16 kHz'"),
        (ears.ends_with_the_final_hypothesis, Ears(), "these are final: []"),
        (ears.ends_with_the_final_hypothesis, Ears(Words("a")), "these are final: [False]"),
        (ears.ends_with_the_final_hypothesis, Ears(FINAL, FINAL), "these are final: [True, True]"),
        (ears.ends_with_the_final_hypothesis, Ears(FINAL, Words("a")), "are final: [True, False]"),
        (ears.ends_with_the_final_hypothesis, Ears(Words("hello", 3, True)), "3 are stable"),
        (
            ears.takes_back_nothing_stable,
            Ears(Words("hat", 2), FINAL),
            "'ha' was stable but became",
        ),
        (ears.takes_back_nothing_stable, Ears(Words("ha", 3), FINAL), "3 of 2 characters"),
        (ears.times_its_words, Ears(Words("a", 1, True, (Word("a", 0, 9, 1),))), "[9, 1] ms"),
        (ears.gives_the_logprobs_it_promises, Sure(FINAL), "the words of 'hello' are []"),
        (
            ears.gives_the_logprobs_it_promises,
            Sure(Words("a b", 3, True, (Word("a", 0, 0, 9), Word("c", 0, 0, 9)))),
            "the words of 'a b' are ['a', 'c']",
        ),
        (
            ears.gives_the_logprobs_it_promises,
            Sure(Words("a b", 3, True, (Word("a b", 0, 0, 9),))),
            "these are none, or more than one: ['a b']",
        ),
        (ears.times_its_words, Ears(Words("a", 1, True, (Word("a", 0, 0, 9000),))), "9000] ms"),
        (
            ears.times_its_words,
            Ears(Words("a", 1, True, (Word("a", 0.5, 0, 9),))),
            "logprobs [0.5]",
        ),
        (ears.hears_nothing_in_silence, Ears(FINAL), "it heard 'hello' in silence"),
        (ears.takes_a_turn_without_sound, Ears(FINAL), "it heard 'hello' in nothing"),
        (
            ears.takes_chunks_of_any_length,
            Ears(FINAL, fault="wants whole samples"),
            "it raised ValueError (buffer size",
        ),
        (ears.takes_any_hints, Ears(FINAL, fault="takes no hints"), "it failed: no such language"),
        (
            ears.stops_when_cancelled,
            Ears(FINAL, fault="swallows cancellation"),
            "it swallowed its cancellation",
        ),
        (ears.stops_when_cancelled, Slow(), "it went on for more than"),
        (
            ears.passes_on_failures,
            Ears(FINAL, fault="swallows failures"),
            "it swallowed the failure",
        ),
        (ears.serves_many_at_once, Mixing(), "in company"),
        (ears.leaves_the_loop_free, Ears(FINAL, fault="blocks"), "it held up the event loop for"),
    ],
)
async def test_what_breaks_a_rule(check: Check, engine: Any, problem: str) -> None:
    assert problem in await judge(check, engine)


@pytest.mark.parametrize(
    "engine",
    [
        Ears(FINAL),
        Sure(Words("a b", 3, True, (Word("a", -1, 0, 9), Word("b", -1, 9, 9)))),
        Sure(Words("東京", 2, True, (Word("東", -1, 0, 9), Word("京", -1, 9, 9)))),
        Sure(Words("", 0, True)),
    ],
)
async def test_logprobs_are_asked_only_of_one_that_promises_them(engine: Any) -> None:
    assert await judge(ears.gives_the_logprobs_it_promises, engine) == ""


def test_the_sound_is_loud_and_as_long_as_it_should_be() -> None:
    pcm = ears.sound(16_000, 1.5)
    assert len(pcm) == 48_000
    assert max(map(abs, memoryview(pcm).cast("h"))) == 16_000


def test_sound_is_cut_by_turns() -> None:
    assert ears.cut(b"abcdefg", (1, 3)) == [b"a", b"bcd", b"e", b"fg"]
