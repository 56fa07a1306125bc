"""What a session may use, where settings name nothing else."""

import pytest

from repartee.session.bounds import estimate_tokens


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_a_token_is_four_characters(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
