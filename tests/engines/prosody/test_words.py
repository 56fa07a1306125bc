"""Words that want others make an end less likely, and what is said alone makes it likelier."""

import pytest

from repartee.engines.prosody.words import odds


@pytest.mark.parametrize("text", ["", " ", "…", "?!"])
def test_without_words_nothing_is_said(text: str) -> None:
    assert odds(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "I would like to",
        "put it on the",
        "apples and",
        "I will take, um",
        "It is the.",  # what writes full stops writes them wherever it was cut off
        "My number is eight zero",
        "my number is 800",
        "My number is 800 41.",
        "When I came home,",
        "Let me see...",
        "Ich weiß nicht \u2013",
        "i\u2019m",
    ],
)
def test_what_goes_on(text: str) -> None:
    assert odds(text) < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "What time is it",
        "What time is it?",
        "I think so",
        "a table for two",
        "Yes.",
        "no",
        "ok, thank you",
        "It is what I said!",
        "何時ですか\uff1f",
        "Wo ist der Bahnhof?",
    ],
)
def test_what_ends(text: str) -> None:
    assert odds(text) > 1


def test_marks_count_besides_words() -> None:
    plain = odds("it is what I said")
    assert odds("it is what I said,") < plain < odds("it is what I said.")
    assert odds("it is what I said.") < odds("it is what I said?")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("eight zero zero four one seven", False),
        ("eight zero zero four one seven nine", True),
        ("800 417 9", True),
        ("my number is 8004179", True),
        ("my number is 800", False),
        ("eight zero", False),
        ("he is 25", True),  # so few are no group
        ("a table for two", True),
    ],
)
def test_a_number_may_be_whole_from_seven_digits_on(text: str, known: bool) -> None:
    assert (odds(text) >= 1) is known
