"""Words of tokens, and text that is not taken back."""

import pytest

from repartee.engines.hypothesis import Word
from repartee.engines.sherpa.wording import Settling, is_word_by_word, joined, words


def test_parts_are_joined_as_their_script_is_written() -> None:
    assert joined(["", "one", "", "two three"]) == "one two three"
    assert joined(["今天", "天气", "fine", "很好"]) == "今天天气 fine 很好"
    assert joined([]) == ""


def test_tokens_make_words() -> None:
    tokens, starts, logprobs = [" he", "llo", " you", ","], [0.1, 0.3, 0.34, 0.9], [-1, -2, -3, 0]
    found = words(tokens, starts, logprobs, round)
    assert found == (Word("hello", -3, 100, 340), Word("you,", -3, 340, 980))
    assert is_word_by_word("hello you,", found)
    assert not is_word_by_word("hello you", found)


def test_each_sign_of_a_script_without_spaces_is_a_word() -> None:
    found = words(["今", "天", " ok", "ay", "好"], [0, 1, 2, 3, 4], [-1] * 5, round)
    assert [word.text for word in found] == ["今", "天", "okay", "好"]
    assert is_word_by_word("今天 okay好", found)


def test_without_a_probability_for_each_token_there_are_no_words() -> None:
    assert words(["a"], [0.0], [], round) == ()
    assert words([" ", " a"], [0, 1], [-1, -500.0], round) == (Word("a", -100.0, 1000, 1080),)


def test_a_greedy_search_settles_all_but_the_last_word() -> None:
    settling = Settling(1)
    told = [
        (settling.take(text), settling.fast) for text in ("one", "one tw", "one two", "one two t")
    ]
    assert told == [("one", ""), ("one tw", "one"), ("one two", "one"), ("one two t", "one two")]


def test_a_wide_search_settles_what_lasts() -> None:
    settling = Settling(2)
    fast = []
    for text in ("a cat", "a cap sat", "a cap sat on", "a cap sat on"):
        settling.take(text)
        fast.append(settling.fast)
    assert fast == ["", "a", "a cap", "a cap sat"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("one too three four", "one two three four"),
        ("won two", "one two"),
        ("one", "one two"),
        ("one three four", "one two four"),
        ("", "one two"),
    ],
)
def test_what_is_fast_is_never_taken_back(text: str, told: str) -> None:
    settling = Settling(1)
    settling.take("one two three")
    assert settling.fast == "one two"
    assert settling.take(text) == told
    assert settling.fast.startswith("one two")


def test_signs_of_a_script_without_spaces_settle_one_by_one() -> None:
    settling = Settling(1)
    settling.take("今天天")
    assert settling.fast == "今天"
