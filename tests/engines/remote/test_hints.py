"""The session's hints come first, and all of them go into one text."""

import pytest

from repartee.engines.remote.hints import completed, in_a_prompt
from repartee.protocol.prompt import Hints


def test_the_operator_says_what_the_session_does_not() -> None:
    assert completed(Hints(keywords=("a",)), "de", "Ships.") == Hints("de", "Ships.", ("a",))
    assert completed(Hints("en", "Planes."), "de", "Ships.") == Hints("en", "Planes.")


@pytest.mark.parametrize(
    ("hints", "prompt"),
    [
        (Hints(), ""),
        (Hints(prompt="About ships."), "About ships."),
        (Hints(keywords=("bow", "", "stern")), "bow, stern"),
        (Hints(prompt="About ships.", keywords=("bow",)), "About ships. bow"),
    ],
)
def test_prompt_and_keywords_are_one_text(hints: Hints, prompt: str) -> None:
    assert in_a_prompt(hints) == prompt
