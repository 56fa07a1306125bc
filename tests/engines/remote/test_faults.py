"""What goes wrong is told in words that help, and tried again where that may."""

import json
from typing import Any

import httpx2
import pytest

from repartee.engines.protocols import EngineError
from repartee.engines.remote.faults import (
    EARS,
    VOICE,
    Faults,
    Refused,
    error_message,
    now,
    persist,
)

URL = httpx2.URL("https://user:sk-secret@host:8443/v1?key=sk-secret")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "a\n b", "code": 1}}, "a b"),
        ({"error": "a"}, "a"),
        ({"message": "a"}, "a"),
        ({"detail": "a"}, "a"),
        ({"detail": [1]}, ""),
        ([], ""),
    ],
)
def test_error_messages(body: Any, message: str) -> None:
    assert error_message(json.dumps(body)) == message


def test_an_error_page_says_nothing() -> None:
    assert error_message(b"<html>") == ""


def test_an_error_says_whose_it_is_and_what_to_set() -> None:
    error = Faults(VOICE, URL, "sk-secret").error("failed", "knows sk-secret: set {role}.api_key")
    assert str(error) == "the voice at https://host:8443/v1 knows …: set voice.api_key"
    assert error.code == "voice_failed"


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (401, "transcription_unauthorized", False),
        (404, "transcription_not_found", False),
        (429, "transcription_busy", True),
        (503, "transcription_failed", True),
        (101, "transcription_refused", False),
    ],
)
def test_a_status_has_a_meaning(status: int, code: str, again: bool) -> None:
    refused = Faults(EARS, URL, "").refusal(status, b'{"error": "because"}', "1.5")
    assert (refused.error.code, refused.again) == (code, again)
    assert str(refused).endswith(": because")
    assert refused.wait_s is None


class Attempts:
    """Refuses so often, and then gives the number of attempts."""

    def __init__(self, refusals: int, **refusal: Any) -> None:
        self.made = 0
        self._refusals = refusals
        self._refusal = {"again": True, **refusal}

    async def __call__(self) -> int:
        self.made += 1
        if self.made <= self._refusals:
            raise Refused(EngineError("not now"), **self._refusal)
        return self.made


async def test_it_is_tried_again() -> None:
    assert await persist(Attempts(2), now() + 5, retries=2, delay_s=0.001) == 3


@pytest.mark.parametrize(
    ("attempts", "made"),
    [(Attempts(9), 3), (Attempts(9, again=False), 1), (Attempts(9, wait_s=60), 1)],
)
async def test_but_not_for_ever(attempts: Attempts, made: int) -> None:
    with pytest.raises(EngineError, match="not now"):
        await persist(attempts, now() + 5, retries=2, delay_s=0.001)
    assert attempts.made == made
