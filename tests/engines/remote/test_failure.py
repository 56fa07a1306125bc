"""What a Realtime server reports, read."""

from typing import Any

import pytest

from repartee.engines.remote.failure import Failure


def failed(**error: Any) -> Failure:
    return Failure({"type": "error", "error": error})


def test_its_own_words_in_one_line() -> None:
    told = failed(message="It\n broke.", code="oops", event_id="line_3")
    assert (str(told), told.code, told.event_id) == ("It broke.", "oops", "line_3")


@pytest.mark.parametrize("event", [{}, {"error": None}, {"error": "boom"}, {"error": {}}])
def test_a_server_that_does_not_say_why(event: dict[str, Any]) -> None:
    assert str(Failure(event)) == "it does not say why"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("invalid_api_key", "unauthorized"),
        ("model_not_found", "not_found"),
        ("rate_limit_exceeded", "busy"),
        ("insufficient_quota", "busy"),
        ("anything", "failed"),
    ],
)
def test_what_our_code_ends_with(code: str, reason: str) -> None:
    assert failed(code=code).reason == reason
