"""Text for a simple voice: nothing is lost, and nothing is a command."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repartee.engines.espeak.text import (
    CLAUSE_S,
    LONGEST,
    SENTENCE_S,
    fragments,
    pause_s,
    speakable,
    word_starts,
)

anything = st.text(st.characters(exclude_categories=()), max_size=700)
places = st.lists(st.tuples(st.integers(0, 9_000), st.integers(-2, 900)))


@given(anything)
def test_blanking_keeps_every_place(text: str) -> None:
    assert len(speakable(text)) == len(text)


@given(anything)
def test_what_is_left_can_be_passed_on(text: str) -> None:
    plain = speakable(text)
    assert "\x00" not in plain
    assert "\x01" not in plain  # espeak-ng's sign for a command
    plain.encode()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("**bold** and *soft*", "  bold   and  soft "),
        ("# Title\n## Next", "  Title    Next"),
        ("call `f_x`", "call  f x "),
        ("2*3 and 2_3", "2*3 and 2_3"),
        ("> quoted", "  quoted"),
        ("a > b, C# and #1", "a > b, C# and #1"),
        ("<speak>a &amp; b</speak>", "<speak>a &amp; b</speak>"),
        ("a\x00b\ud800c\ue000d\x1b[1m", "a b c d [1m"),
        ("👋🏽 שלום naïve 你好", "👋🏽 שלום naïve 你好"),
    ],
)
def test_markup_is_not_spoken_and_the_rest_is(text: str, plain: str) -> None:
    assert speakable(text) == plain


@given(st.one_of(anything, st.text("ab .,\n", max_size=2_000)))
def test_fragments_joined_are_the_text(text: str) -> None:
    parts = list(fragments(text))
    assert "".join(parts) == text
    assert all(0 < len(part) <= LONGEST for part in parts)


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("One sentence. " + "a" * 100 + '. "Two," ' + "b" * 90 + '!" ', "c" * 100),
        ("a" * 100 + ", and " + "b" * 100 + "; ", "c" * 100 + " d"),
        ("a " * 100, "b" * 100),
        ("a" * LONGEST, "a"),
        ("好。" * (LONGEST // 2), "好。"),
    ],
)
def test_long_text_is_cut_where_it_hurts_least(first: str, rest: str) -> None:
    assert next(fragments(first + rest)) == first


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("Yes.", SENTENCE_S),
        ('She said "yes!" ', SENTENCE_S),
        ("是。", SENTENCE_S),
        ("well, ", CLAUSE_S),
        ("and then", 0),
        ("", 0),
        ("  ", 0),
        ('"', 0),
    ],
)
def test_the_pause_goes_by_the_last_sign(text: str, pause: float) -> None:
    assert pause_s(text) == pause


@given(anything.filter(bool), places)
def test_words_begin_in_order_inside_the_text(text: str, found: list[tuple[int, int]]) -> None:
    starts = word_starts(text, [(sample, max(0, place)) for sample, place in found])
    assert starts[0] == (0, 0)
    for (sample, place), (next_sample, next_place) in pairwise(starts):
        assert sample < next_sample
        assert place < next_place < len(text)


@pytest.mark.parametrize(
    ("text", "found", "starts"),
    [
        ("so be it", [(0, 0), (50, 3), (90, 6)], ["so ", "be ", "it"]),
        (" so (be) it", [(0, 1), (50, 5), (90, 9)], [" so ", "(be) ", "it"]),
        ("at 1,234 now", [(0, 0), (30, 3), (60, 4), (70, 5), (90, 9)], ["at ", "1,234 ", "now"]),
        ("so be", [(0, 0), (0, 3)], ["so be"]),
        ("so be", [(0, 0), (40, 3), (50, 0)], ["so ", "be"]),
        ("你好世界", [(0, 0), (40, 2)], ["你好", "世界"]),
    ],
)
def test_written_words_begin_where_they_are_spoken(
    text: str, found: list[tuple[int, int]], starts: list[str]
) -> None:
    places = [place for _, place in word_starts(text, found)]
    assert [text[a:b] for a, b in zip(places, [*places[1:], len(text)], strict=True)] == starts
