"""Words become stable when two decodings in a row have them."""

from hypothesis import given
from hypothesis import strategies as st

from repartee.engines.whisper.agreement import LONGEST, Agreement
from repartee.engines.whisper.pieces import Piece, joined


def heard(text: str) -> list[Piece]:
    return [Piece(f" {word}", (len(word),)) for word in text.split()]


def stable(*texts: str) -> str:
    agreement = Agreement()
    for text in texts:
        agreement.learn(heard(text))
    return joined(agreement.stable)


def test_one_decoding_is_none() -> None:
    assert stable("so far so good") == ""


def test_two_that_agree_are_believed_but_for_the_last_word() -> None:
    assert stable("so far so", "so far so good") == "so far so"
    assert stable("so far so good", "so far so good") == "so far so"


def test_where_they_part_certainty_ends() -> None:
    assert stable("so far to good", "so far so good") == "so far"


def test_only_the_last_two_count() -> None:
    assert stable("so far so good", "no", "so far so good") == ""


def test_nothing_is_taken_back() -> None:
    assert stable("so far so good", "so far so good", "no", "no") == "so far so"


def test_the_next_decoding_begins_with_its_tokens() -> None:
    agreement = Agreement()
    for _ in range(2):
        agreement.learn(heard("one three five"))
    assert agreement.tokens == [3, 5]


def test_the_model_keeps_room_for_what_follows() -> None:
    agreement = Agreement()
    for size in range(3, LONGEST + 50):
        agreement.learn(heard("a " * size))
    assert len(agreement.tokens) == LONGEST


@given(st.lists(st.lists(st.sampled_from("ab"), max_size=5), max_size=8))
def test_it_only_ever_grows(texts: list[list[str]]) -> None:
    agreement, before = Agreement(), ""
    for words in texts:
        # As a decoder does, which begins with what is stable.
        agreement.learn([*agreement.stable, *heard(" ".join(words))])
        now = joined(agreement.stable)
        assert now.startswith(before)
        before = now
