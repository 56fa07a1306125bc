"""What a net of Piper is given for a text."""

import pytest

from repartee.engines.piper.phonemes import numbers, signs

IDS = {sign: (number,) for number, sign in enumerate("_^$ abc.,?\u0303")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A b, c.", "a b, c."),
        ("C", "c"),
        ('"A," b? ', '"a, b?'),
        ("A 1,234.5 b...", "a 1,234.5 b."),
        ("Wait\u2026 a", "wait. a"),
        ("... ?", ""),
        ("", ""),
    ],
)
def test_clauses_keep_their_signs(text: str, told: str) -> None:
    assert signs(text, lambda words: words.strip().lower()) == told


def test_a_switch_of_language_is_not_spoken() -> None:
    assert signs("Bonjour.", lambda words: "(fr)bɔ̃ʒuʁ(en-us)") == "bɔ̃ʒuʁ."


def test_a_pad_stands_between_any_two_signs() -> None:
    assert numbers("ab.", IDS) == [1, 0, 4, 0, 5, 0, 7, 0, 2]


def test_accents_are_signs_of_their_own() -> None:
    assert numbers("\u00e3", IDS) == [1, 0, 4, 0, 10, 0, 2]


def test_a_sign_may_have_several_numbers() -> None:
    assert numbers("a", IDS | {"a": (8, 9)}) == [1, 0, 8, 9, 0, 2]


def test_signs_that_are_not_known_are_left_out() -> None:
    assert numbers("axb", IDS) == numbers("ab", IDS)
    assert numbers("xyz", IDS) == []
