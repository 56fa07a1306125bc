"""From tokens to words."""

import math

import pytest

from repartee.engines.whisper.pieces import LEAST_LOGPROB, Piece, joined, pieces, timed


def made(texts: list[str], language: str = "en") -> list[tuple[str, tuple[int, ...]]]:
    words = pieces(texts, [[place] for place in range(len(texts))], language)
    return [(word.text, word.tokens) for word in words]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([" hello", " world"], [" hello", " world"]),
        ([" un", "fold", "ed", " it"], [" unfolded", " it"]),
        ([" It", "'s", ",", " well", "."], [" It's,", " well."]),
        ([" ", "“", "hello"], [" “hello"]),
        ([" hello", " ", " ", "there"], [" hello", "  there"]),
        ([" hello", " "], [" hello"]),
        (["hello", " there"], [" hello", " there"]),
        ([" "], []),
        ([], []),
    ],
)
def test_a_word_begins_with_a_space(texts: list[str], words: list[str]) -> None:
    assert [text for text, _ in made(texts)] == words


def test_no_token_of_a_word_is_lost() -> None:
    assert made([" un", "fold", " it", "."]) == [(" unfold", (0, 1)), (" it.", (2, 3))]


def test_where_no_spaces_are_written_each_character_stands_for_itself() -> None:
    assert [text for text, _ in made(["你", "好", "。"], "zh")] == ["你", "好", "。"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_are_the_text(language: str) -> None:
    texts = ["a", " b", "c", "\u3000", "d", "\n", "e."]
    words = pieces(texts, [[0]] * len(texts), language)
    assert "".join(joined(words).split()) == "".join(word.text.strip() for word in words)
    assert all(len(word.text.split()) == 1 for word in words)


def test_a_words_certainty_is_that_of_all_its_tokens() -> None:
    words = [Piece(" unfold", (1, 2)), Piece(" it", (3,))]
    found = timed(words, [0.5, 0.25, 0.75], [(0, 0)], 1000)
    assert [word.logprob for word in found] == pytest.approx([math.log(0.125), math.log(0.75)])


def test_a_certainty_is_a_number_that_json_has() -> None:
    (word,) = timed([Piece(" it", (1,))], [0.0], [(0, 0)], 1000)
    assert word.logprob == LEAST_LOGPROB
    (word,) = timed([Piece(" it", (1,))], [1.0000001], [(0, 0)], 1000)
    assert word.logprob == 0


def test_a_word_lasts_until_the_next_begins() -> None:
    words = [Piece(" unfold", (1, 2)), Piece(" it", (3,))]
    path = [(0, 5), (0, 6), (1, 7), (2, 10), (2, 12), (3, 20)]
    found = timed(words, [1, 1, 1], path, 1000)
    assert [(word.start_ms, word.end_ms) for word in found] == [(100, 200), (200, 400)]


def test_no_word_is_outside_the_sound() -> None:
    (word,) = timed([Piece(" it", (1,))], [1], [(0, 40), (1, 80)], 900)
    assert (word.start_ms, word.end_ms) == (800, 900)
    (word,) = timed([Piece(" it", (1,))], [1], [], 900)
    assert (word.start_ms, word.end_ms) == (900, 900)
