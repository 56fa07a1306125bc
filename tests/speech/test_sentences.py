"""Text is cut where a speaker would pause, early at first, and nothing of it is lost."""

# ruff: noqa: RUF001 - the punctuation of many scripts is what this is about
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repartee.speech.sentences import Pieces

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FILLER = "First of all this. "  # the first piece has rules of its own


def cut(*texts: str) -> list[str]:
    pieces = Pieces()
    return [piece for text in texts for piece in pieces.feed(text)] + pieces.finish()


def sentences(text: str) -> list[str]:
    """Pieces after the first one, without the white space around them."""
    return [piece.strip() for piece in cut(FILLER + text)[1:]]


@pytest.mark.parametrize(
    "text",
    [
        "It is Mr. Smith's. | He knows Dr. No.",
        "See e.g. the U.S. embassy, i.e. the house. | It opens at 9 a.m. sharp.",
        "It costs 3.50 or 1,000.99 in all. | Version 2.0.1 is out!",
        "So do I. | Then go.",
        "No. | I said it was No. 5 of Vol. 2.",
        "It was J. R. R. Tolkien. | Yes?! | Yes!!",
        "Wait... | what? | Well… | yes.",
        '"Really?" | she said. | (I doubt it.) | “Oh.” | Good.',
        "Look at https://example.com/a.b?c=d!e. | Or mail me@example.com, please.",
        "Open main.py. | Done.",
        "Great! | 👍 Next one.",
        "**Bold.** | _Slanted!_ | Plain.",
        "In 1999. | Then.",
        "¿Qué tal? | ¡Muy bien! | Gut, z.B. so.",
        "यह ठीक है। | हाँ।",
        "کیا حال ہے؟ | ٹھیک۔",
    ],
)
def test_sentences(text: str) -> None:
    expected = [part.strip() for part in text.split("|")]
    assert sentences(text.replace("|", "")) == expected


def test_full_stops_without_spaces() -> None:
    text = "你好。我是机器人！「真的吗？」是的，没错。再见"
    assert cut(text) == ["你好。", "我是机器人！", "「真的吗？」", "是的，没错。", "再见"]


def test_lists_are_read_item_by_item() -> None:
    text = "Two things:\n1. Bread\n2. Milk\n- Eggs\n\n* * *\nThat is all"
    assert cut(text) == [
        "Two things:",
        "\n1. Bread",
        "\n2. Milk",
        "\n- Eggs",
        "\n\n* * *\nThat is all",
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Yes. And then some more.", "Yes."),
        ("Well, I would say so, if you ask me.", "Well, I would say so,"),
        ("The answer is: it depends on you.", "The answer is:"),
        ("I like this one – it is better than that.", "I like this one –"),
        ("It costs 1,000 at 10:30, more or less.", "It costs 1,000 at 10:30,"),
        ("这个问题我想了很久才明白过来的，其实很简单", "这个问题我想了很久才明白过来的，"),
        (
            "There is no comma in this rather long sentence that goes on and on and on",
            "There is no comma in this rather long sentence that goes on",
        ),
        ("Look: " + "https://example.com/" + "x" * 80, "Look:"),
    ],
)
def test_the_first_piece_is_short(text: str, first: str) -> None:
    assert cut(text)[0] == first


def test_it_comes_as_soon_as_it_can_be_told() -> None:
    pieces = Pieces()
    assert pieces.feed("Hello there") == []
    assert pieces.feed(".") == []  # it may become "Hello there.com"
    assert pieces.feed(" ") == []  # and this the "No." of "No. 5"
    assert pieces.feed("H") == ["Hello there."]
    assert pieces.feed("ow are you? ") == [" How are you?"]
    assert pieces.feed("\n") == []
    assert pieces.finish() == [" \n"]
    assert pieces.finish() == []


def test_long_sentences_are_cut_at_a_breath() -> None:
    clause = "and so it went on and on without an end in sight for all of us"
    long = f"{FILLER}{', '.join([clause] * 6)}."
    pieces = cut(long)
    assert all(len(piece) <= 250 for piece in pieces)
    assert all(piece.endswith((",", ".")) for piece in pieces)
    assert all(
        len(piece) <= 250 and piece[0] == " " for piece in cut(f"{FILLER}{'word ' * 200}")[1:]
    )


@pytest.mark.parametrize("character", ["e\u0301\u0323", FAMILY, "🇫🇷", "👍🏽", "न\u093f", "❤\ufe0f"])
def test_characters_stay_whole(character: str) -> None:
    pieces = cut("x" + character * 300)
    assert len(pieces) > 1
    assert all(piece.removeprefix("x") == character * piece.count(character) for piece in pieces)


def test_surrogates_stay_together() -> None:
    pair = "\ud83d\ude00"  # as some tokenizers leave it, in two
    assert all(len(piece) % 2 == 0 for piece in cut(pair * 300))


TEXTS = st.lists(
    st.sampled_from(
        [*"aB1 .,!?…\n\t-–\"')(。，！「」é\u0301\u200d", "Mr", "No", "e.g", FAMILY, "word "]
    )
    | st.text(max_size=3),
    max_size=400,
).map("".join)


@given(TEXTS, st.lists(st.integers(0, 700), max_size=12))
def test_nothing_is_lost_and_cuts_change_nothing(text: str, cuts: list[int]) -> None:
    pieces = cut(text)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= 250 for piece in pieces)
    assert cut(*text) == pieces
    edges = sorted({0, len(text), *(place for place in cuts if place < len(text))})
    assert cut(*(text[a:b] for a, b in pairwise(edges))) == pieces


@given(st.text(max_size=60), st.text(max_size=600))
def test_little_is_ever_held_back(start: str, rest: str) -> None:
    pieces = Pieces()
    given_back = sum(map(len, pieces.feed(start) + pieces.feed(rest)))
    assert len(start + rest) - given_back < 250
