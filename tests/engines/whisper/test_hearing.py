"""Turns, as they are decoded inside the worker process; see conftest.py for where these run."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from engines.whisper.models import whisper_model
from engines.whisper.sounds import RATE, sound
from repartee.engines.hypothesis import Words
from repartee.engines.whisper.hearing import WINDOW_MS, Hearer, Hearing
from repartee.engines.whisper.pieces import Piece
from repartee.engines.whisper.wire import Options, Turn

PLAIN = Options(
    model="",
    device="cpu",
    compute_type="default",
    threads=1,
    at_once=1,
    beam_size=1,
    partials_s=0,
    vad=False,
)


@pytest.fixture(scope="module")
def hearing(model: Path) -> Hearing:
    return Hearing(structs.replace(PLAIN, model=str(model)))


@pytest.fixture(scope="module")
def early(model: Path) -> Hearing:
    """One that tells words while someone speaks."""
    return Hearing(structs.replace(PLAIN, model=str(model), partials_s=0.5))


def begin(hearing: Hearing) -> Hearer:
    return hearing.begin(Turn("en"), lambda: False)


def cut(pcm: bytes, size: int) -> Iterator[bytes]:
    return (pcm[start : start + size] for start in range(0, len(pcm), size))


def told(steps: Iterator[Any]) -> list[Words]:
    return [words for words in steps if words is not None]


def hear(hearing: Hearing, pcm: bytes, size: int = 3_200) -> list[Words]:
    """All hypotheses of a turn; where one is under way it is waited for."""
    turn, words = begin(hearing), []
    for chunk in cut(pcm, size):
        words += told(turn.feed(chunk))
        if turn._partial is not None:
            turn._partial.result()
    words += told(turn.finish())
    turn.close()
    return words


@contextmanager
def held(hearing: Hearing) -> Iterator[list[int]]:
    """Keeps decodings from being done; gives a list that has an entry for each that has begun."""
    free, begun = threading.Event(), list[int]()
    decode = hearing._decoder.hear

    def hear(*what: Any, **how: Any) -> list[Piece]:
        begun.append(1)
        free.wait()
        return decode(*what, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hearing._decoder, "hear", hear)
        try:
            yield begun
        finally:
            free.set()


def test_a_turn_is_told_when_it_is_over(hearing: Hearing) -> None:
    (final,) = hear(hearing, sound(2))
    assert final.final
    assert final.text == " ".join(word.text for word in final.words)
    assert final.stable == len(final.text) > 0


@pytest.mark.parametrize("seconds", [0, 0.3, 31])
def test_silence_is_no_words(hearing: Hearing, seconds: float) -> None:
    final = hear(hearing, bytes(round(2 * RATE * seconds)))[-1]
    assert final == Words("", 0, final=True)


@pytest.mark.parametrize("size", [1, 999, 10**6])
def test_it_does_not_matter_how_the_sound_is_cut(hearing: Hearing, size: int) -> None:
    assert hear(hearing, sound(1), size)[-1] == hear(hearing, sound(1))[-1]


def test_a_pause_is_answered_once_and_as_the_end_would_be(hearing: Hearing) -> None:
    turn = begin(hearing)
    assert told(turn.feed(sound(2))) == []
    (guess,) = told(turn.feed(b""))
    (final,) = hear(hearing, sound(2))
    assert guess == structs.replace(final, complete=True, final=False, stable=0)
    told(turn.feed(sound(1, 300)))
    (more,) = told(turn.feed(b""))
    (final,) = told(turn.finish())
    assert more.text != guess.text
    assert final == structs.replace(more, complete=False, final=True, stable=len(more.text))


@pytest.mark.parametrize("silence", [2, 3_200, 32_000])
def test_if_only_silence_follows_nothing_is_decoded_again(early: Hearing, silence: int) -> None:
    turn = begin(early)
    told(turn.feed(sound(2)))
    (guess,) = told(turn.feed(b""))
    with held(early) as decoded:
        assert told(turn.feed(bytes(silence))) == []
        final = next(turn.finish())
    assert decoded == []
    assert isinstance(final, Words)
    assert (final.text, final.words) == (guess.text, guess.words)


def test_words_are_told_while_someone_speaks(early: Hearing) -> None:
    *partial, final = hear(early, sound(4))
    assert len(partial) >= 3
    assert not any(words.final or words.complete or words.words for words in partial)
    assert partial[0].stable == 0
    assert any(words.stable for words in partial)
    for before, after in pairwise([*partial, final]):
        assert after.text.startswith(before.text[: before.stable])
        assert after.stable >= before.stable


def test_they_are_not_while_something_else_is_decoded(early: Hearing) -> None:
    busy, other = begin(early), begin(early)
    with held(early):
        told(busy.feed(sound(1)))
        assert busy._partial is not None
        told(other.feed(sound(1)))
        assert other._partial is None
    busy._partial.result()
    told(other.feed(sound(0.1)))
    assert other._partial is not None
    busy.close()
    other.close()


def test_a_long_turn_is_heard_in_windows(hearing: Hearing) -> None:
    pcm = b"".join(sound(10, pitch) for pitch in (120, 180, 240, 130, 190, 250, 140))
    *settled, final = hear(hearing, pcm)
    assert len(settled) >= 2
    for before, after in pairwise([*settled, final]):
        assert before.stable == len(before.text)
        assert after.text.startswith(before.text)
    times = [time for word in final.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert WINDOW_MS < times[-1] <= 70_000
    assert final.text == " ".join(word.text for word in final.words)
    assert hear(hearing, pcm, 10**7)[-1] == final


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_no_sound_is_heard_for_ever(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Wherever the aligner puts the words."""
    places = iter([0, 100, 14_000, 16_000, 27_000, 29_000, 30_000] * 3)
    seen = []

    def decoded(sound: bytes, *rest: Any, **how: Any) -> list[Piece]:
        seen.append(len(sound))
        at = next(places)
        return [Piece(" sea", (1,), -1.0, at, at)] * count

    monkeypatch.setattr(hearing._decoder, "hear", decoded)
    *settled, final = hear(hearing, sound(100))
    assert len(settled) <= 100_000 / (WINDOW_MS / 2)
    assert max(seen) == 2 * RATE * WINDOW_MS // 1000
    assert final.text.count("sea") == len(final.words)


def test_a_word_that_the_window_cuts_off_is_heard_again(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def decoded(sound: bytes, *rest: Any, **how: Any) -> list[Piece]:
        seen.append(len(sound) // 2 / RATE)
        return [Piece(" sea", (1,), -1, 0, 27_000), Piece(" hi", (2,), -1, 27_000, 29_000)]

    monkeypatch.setattr(hearing._decoder, "hear", decoded)
    settled, final = hear(hearing, sound(40))
    assert settled.text == "sea"
    assert final.text == "sea sea hi"
    assert seen == pytest.approx([30, 40 - 27], abs=0.01)
    assert [word.start_ms for word in final.words] == [0, 27_000, 54_000]


def test_what_is_being_decoded_learns_that_nobody_wants_it(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: queue.Queue[Callable[[], bool]] = queue.Queue()
    over = threading.Event()

    def decoded(sound: bytes, turn: Turn, dropped: Callable[[], bool], **how: Any) -> list[Piece]:
        asked.put(dropped)
        over.wait()
        return []

    monkeypatch.setattr(hearing._decoder, "hear", decoded)
    turn = begin(hearing)
    told(turn.feed(sound(1)))
    next(turn.finish())
    dropped = asked.get()
    before = dropped()
    turn.close()
    over.set()
    assert (before, dropped()) == (False, True)


def test_stable_words_outlive_the_window(early: Hearing) -> None:
    told_words = hear(early, sound(34, 200))
    for before, after in pairwise(told_words):
        assert after.text.startswith(before.text[: before.stable])
        assert after.stable >= before.stable
    assert told_words[-1].words[-1].end_ms <= 34_000


def test_what_is_left_is_not_decoded(hearing: Hearing, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = begin(hearing), begin(hearing)
    with held(hearing) as decoded:
        steps = [first.feed(sound(1)), second.feed(sound(1))]
        assert [told(each) for each in steps] == [[], []]
        waiting = [first.finish(), second.finish()]
        assert [next(each) for each in waiting] == [None, None]
        second.close()
    assert told(waiting[0])[-1].final
    assert decoded == [1]
    first.close()


def test_leaving_a_turn_does_not_wait(hearing: Hearing) -> None:
    turn = begin(hearing)
    with held(hearing):
        told(turn.feed(sound(1)))
        steps = turn.finish()
        assert next(steps) is None
        steps.close()
        turn.close()
        assert turn._awaited is not None
        assert not turn._awaited.is_done
    assert hear(hearing, sound(1))[-1].text


def test_a_model_that_never_ends_is_heard_out(tmp_path: Path) -> None:
    folder = whisper_model(tmp_path, said=("sea",), ends=False)
    final = hear(Hearing(structs.replace(PLAIN, model=str(folder))), sound(1))[-1]
    assert {word.text for word in final.words} == {"sea"}
