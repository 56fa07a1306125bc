"""What a client may know of words that are still being recognised."""

import pytest

from repartee.protocol.server import LogProb
from repartee.session.inputs import Failed, Transcribed
from repartee.session.recognition import Recognition

SURE = (("One", -0.1), ("two", -0.2), ("three", -0.3))


def heard(text: str, stable: int, *, final: bool = False) -> Transcribed:
    words = len(text.split())
    return Transcribed("item_1", text, stable, final, SURE[:words])


def joined(tokens: list[LogProb]) -> str:
    return "".join(token.token for token in tokens)


def test_only_what_stays_is_told_and_all_of_it_once() -> None:
    recognition = Recognition()
    deltas = []
    for latest in (
        heard("One", 0),
        heard("One two", 3),
        heard("One two three", 7),
        heard("One two three", 7),
        heard("One two three", 0, final=True),
    ):
        recognition.latest = latest
        deltas.append(recognition.delta())
    assert [delta for delta, _ in deltas] == ["", "One", " two", "", " three"]
    assert [joined(tokens) for _, tokens in deltas] == ["", "One", " two", "", " three"]
    assert joined(recognition.logprobs()) == recognition.told == "One two three"


def test_every_word_has_its_certainty_and_its_bytes() -> None:
    recognition = Recognition()
    recognition.latest = Transcribed("item_1", "Ünï two", 0, True, (("Ünï", -0.5), ("two", -1.5)))
    first, second = recognition.logprobs()
    assert (first.token, first.logprob, bytes(first.bytes).decode()) == ("Ünï", -0.5, "Ünï")
    assert (second.token, second.logprob, bytes(second.bytes).decode()) == (" two", -1.5, " two")


@pytest.mark.parametrize(
    ("latest", "is_open"),
    [
        (None, True),
        (heard("One", 3), True),
        (heard("One", 3, final=True), False),
        (Failed("item_1", "engine_error", "It broke."), False),
    ],
)
def test_who_has_told_all_listens_no_more(
    latest: Transcribed | Failed | None, is_open: bool
) -> None:
    recognition = Recognition()
    recognition.latest = latest
    assert recognition.open is is_open
