"""An answer says no more than it may, whoever counts."""

import pytest

from repartee.session.bounds import estimate_tokens
from repartee.speech.allowance import COUNTED_AT_ONCE, MARGIN, Allowance


def said(most: int | None, *pieces: str) -> list[str]:
    """What may be said of these, until the allowance is spent."""
    allowance = Allowance(most, estimate_tokens)
    taken = []
    for piece in pieces:
        taken.append(allowance.take(piece))
        if allowance.spent:
            break
    return taken


def test_without_a_limit_everything_may_be_said() -> None:
    assert said(None, "x" * 1_000_000) == ["x" * 1_000_000]


@pytest.mark.parametrize("piece", ["x", "words ", "a whole sentence of it. " * 20])
def test_more_than_twice_the_limit_is_not_said(piece: str) -> None:
    """Attack 86."""
    taken = said(200, *[piece] * 10_000)
    assert abs(len("".join(taken)) - 200 * MARGIN * 4) <= COUNTED_AT_ONCE
    assert len(taken) < 10_000


@pytest.mark.parametrize("most", [1, 50, 4096])
def test_a_model_that_keeps_its_limit_is_never_cut(most: int) -> None:
    """Six characters a token is the most that languages have, in scraps or as a whole."""
    text = "strain" * most
    assert said(most, *text) == [*text]
    assert said(most, text) == [text]


def test_an_answer_in_one_piece_is_cut_where_it_must_end() -> None:
    """Attack 86."""
    (taken,) = said(100, "x" * 8_000)
    assert len(taken) == 100 * MARGIN * 4


def test_a_piece_that_comes_after_the_end_is_left_unsaid() -> None:
    (first, second) = said(1, "x" * (COUNTED_AT_ONCE - 1), "yz")
    assert (len(first), second) == (COUNTED_AT_ONCE - 1, "")
