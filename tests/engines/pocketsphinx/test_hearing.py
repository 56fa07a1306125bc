"""Turns, as they are decoded inside the worker process."""

import math
import os
from collections.abc import Iterator
from itertools import pairwise, zip_longest

import numpy as np
import pytest

from engines.processes import memory_mb
from recordings import read, recorded
from repartee.engines.hypothesis import Words
from repartee.engines.pocketsphinx.hearing import STRETCH_MS, Hearer, Hearing
from repartee.engines.pocketsphinx.level import RATE
from repartee.engines.pocketsphinx.wire import Options, Turn

SENTENCE = "ls_other_1688-142285-0003"
OTHER = "librivox_austen_0890"


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    return Hearing(Options(vocabulary=20_000))


def pcm(name: str, seconds: float = 3.0) -> bytes:
    """The beginning of a clip."""
    return read(name, RATE)[: round(RATE * seconds)].tobytes()


def begin(hearing: Hearing) -> Hearer:
    return hearing.begin(Turn(), lambda: False)


def cut(sound: bytes, size: int) -> Iterator[bytes]:
    return (sound[start : start + size] for start in range(0, len(sound), size))


def hear(hearing: Hearing, sound: bytes, size: int = 3_200) -> list[Words]:
    """All hypotheses of a turn."""
    turn = begin(hearing)
    told = [words for chunk in cut(sound, size) for words in turn.feed(chunk)]
    told += turn.finish()
    turn.close()
    return [words for words in told if isinstance(words, Words)]


def test_the_last_hypothesis_is_final_and_no_other(hearing: Hearing) -> None:
    *partial, final = hear(hearing, pcm(SENTENCE))
    assert final.final
    assert final.stable == len(final.text) > 0
    assert not any(words.final or words.words for words in partial)
    assert len(partial) > 5


def test_people_are_understood(hearing: Hearing) -> None:
    if recorded():
        text = hear(hearing, pcm(SENTENCE, 6))[-1].text
        assert text.startswith("i really liked that account of himself")
    else:
        assert hear(hearing, pcm(SENTENCE))[-1].text.split()


def test_hypotheses_come_every_fifth_of_a_second_at_most(hearing: Hearing) -> None:
    sound = pcm(SENTENCE)
    told = hear(hearing, sound, 640)
    assert len(told) - 1 <= len(sound) / RATE / 2 / 0.2
    assert all(before != after for before, after in pairwise(told))


def test_words_have_their_place_and_their_probability(hearing: Hearing) -> None:
    sound = pcm(SENTENCE)
    final = hear(hearing, sound)[-1]
    assert " ".join(word.text for word in final.words) == final.text
    times = [time for word in final.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= len(sound) * 500 / RATE
    assert all(math.isfinite(word.logprob) and word.logprob <= 0 for word in final.words)
    assert len({word.logprob for word in final.words}) > 1


@pytest.mark.parametrize("size", [1, 999, 10**6])
def test_it_does_not_matter_how_the_sound_is_cut(hearing: Hearing, size: int) -> None:
    sound = pcm(SENTENCE)
    assert hear(hearing, sound, size)[-1] == hear(hearing, sound)[-1]


def test_a_turn_leaves_no_trace_in_the_next(hearing: Hearing) -> None:
    fresh = hear(hearing, pcm(SENTENCE))[-1]
    noise = np.random.default_rng(3).normal(0, 9_000, RATE * 2).astype("<i2").tobytes()
    hear(hearing, noise)
    assert hear(hearing, pcm(SENTENCE))[-1] == fresh


def test_turns_at_once_do_not_disturb_each_other(hearing: Hearing) -> None:
    names = (SENTENCE, OTHER)
    alone = [hear(hearing, pcm(name))[-1] for name in names]
    turns = [begin(hearing) for _ in names]
    for chunks in zip_longest(*(cut(pcm(name), 3_200) for name in names), fillvalue=b""):
        for turn, chunk in zip(turns, chunks, strict=True):
            list(turn.feed(chunk))
    together = [list(turn.finish())[-1] for turn in turns]
    for turn in turns:
        turn.close()
    assert together == alone


def test_decoders_for_turns_at_once_go_when_they_are_over(hearing: Hearing) -> None:
    sound = pcm(SENTENCE, 1)
    before = memory_mb(os.getpid())
    turns = [begin(hearing) for _ in range(3)]
    for turn in turns:
        list(turn.feed(sound))
    assert memory_mb(os.getpid()) > before + 60
    for turn in turns:
        turn.close()
    del turn, turns
    assert memory_mb(os.getpid()) < before + 30


@pytest.mark.parametrize("samples", [0, 1, 100, 1_600, RATE])
def test_silence_is_no_words(hearing: Hearing, samples: int) -> None:
    assert hear(hearing, bytes(2 * samples)) == [Words("", 0, final=True)]


def test_a_snatch_of_speech_is_no_failure(hearing: Hearing) -> None:
    assert hear(hearing, pcm(SENTENCE)[40_000:42_001])[-1].final


@pytest.mark.parametrize("seconds", [2.0, 2.5, 3.0, 3.1])
def test_a_turn_that_is_cut_off_keeps_its_words(hearing: Hearing, seconds: float) -> None:
    *partial, final = hear(hearing, pcm(SENTENCE, seconds))
    assert len(final.text.split()) > len(partial[-1].text.split()) / 2
    assert final.words[-1].end_ms <= 1000 * seconds


def test_what_came_before_a_pause_stands_fast(hearing: Hearing) -> None:
    pause = bytes(RATE)
    sound = pause.join([pcm(SENTENCE, 6), pcm(OTHER, 6), pcm(SENTENCE, 6)])
    told = hear(hearing, sound)
    for before, after in pairwise(told):
        assert after.text.startswith(before.text[: before.stable])
        assert after.stable >= before.stable
    assert 0 < told[-2].stable < len(told[-2].text)
    end_ms = told[-1].words[-1].end_ms
    assert STRETCH_MS < end_ms <= len(sound) * 500 / RATE
    times = [word.start_ms for word in told[-1].words]
    assert times == sorted(times)


def pause(turn: Hearer) -> Words:
    """What is told of a pause."""
    told = list(turn.feed(b""))[-1]
    assert isinstance(told, Words)
    return told


def room(seconds: float, seed: int) -> bytes:
    """The noise of a room, at -50 dB."""
    noise = np.random.default_rng(seed).normal(0, 100, round(RATE * seconds))
    return noise.astype("<i2").tobytes()


@pytest.mark.parametrize("seconds", [0.05, 0.276, 1.5])
def test_nothing_is_decoded_of_the_silence_after_a_pause(hearing: Hearing, seconds: float) -> None:
    turn = begin(hearing)
    list(turn.feed(pcm(SENTENCE) + room(0.3, 1)))
    guess = pause(turn)
    assert guess.complete
    assert guess.stable == len(guess.text) > 0
    assert " ".join(word.text for word in guess.words) == guess.text
    assert not any(turn.feed(room(seconds, 2)))
    assert not turn._decoding
    final = list(turn.finish())[-1]
    turn.close()
    assert final == Words(guess.text, guess.stable, final=True, words=guess.words)


def test_a_turn_goes_on_after_a_pause(hearing: Hearing) -> None:
    first, second = pcm(SENTENCE) + bytes(RATE // 3 * 2), pcm(OTHER)
    turn = begin(hearing)
    list(turn.feed(first))
    guess = pause(turn)
    told = [words for words in turn.feed(second) if isinstance(words, Words)]
    again = pause(turn)
    turn.close()
    assert told
    assert not any(words.complete or words.words for words in told)
    assert all(words.text.startswith(guess.text) for words in [*told, again])
    assert again.words[: len(guess.words)] == guess.words
    added = again.words[len(guess.words) :]
    assert len(added) > 2
    assert added[0].start_ms >= 3_300
    assert added[-1].end_ms <= 6_400
    assert len({word.text for word in added} & set(hear(hearing, second)[-1].text.split())) > 1


def test_a_pause_may_fall_between_the_bytes_of_a_sample(hearing: Hearing) -> None:
    sound = pcm(SENTENCE)
    turn = begin(hearing)
    list(turn.feed(sound[:40_001]))
    pause(turn)
    list(turn.feed(sound[40_001:]))
    assert list(turn.finish())[-1]
    turn.close()
    assert turn._heard == len(sound) // 2


def test_a_pause_without_sound_is_no_words(hearing: Hearing) -> None:
    turn = begin(hearing)
    assert [pause(turn), pause(turn)] == [Words("", complete=True)] * 2
    assert list(turn.finish()) == [Words("", final=True)]
    turn.close()


def test_a_turn_may_be_left_in_a_pause(hearing: Hearing) -> None:
    turn = begin(hearing)
    list(turn.feed(pcm(SENTENCE)))
    pause(turn)
    turn.close()
    assert hear(hearing, pcm(SENTENCE))[-1].text


def test_a_turn_may_be_left_at_any_time(hearing: Hearing) -> None:
    expected = hear(hearing, pcm(SENTENCE))[-1]
    turn = begin(hearing)
    steps = turn.feed(pcm(OTHER))
    for _ in range(7):
        next(steps)
    steps.close()
    turn.close()
    assert hear(hearing, pcm(SENTENCE))[-1] == expected


def test_a_decoder_in_disorder_is_not_used_again(hearing: Hearing) -> None:
    broken = begin(hearing)
    broken._decoder.end_utt()  # behind its back
    broken.close()
    assert hear(hearing, pcm(SENTENCE))[-1].text


def test_a_small_vocabulary_knows_less_and_stays_smaller(hearing: Hearing) -> None:
    small = Hearing(Options(vocabulary=500))
    heard = hear(small, pcm(OTHER))[-1].text.split()
    assert heard
    assert not {"selfish", "hearted", "disposed"} & {*heard}
