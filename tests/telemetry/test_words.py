"""Whatever is said from outside comes to one of a few words."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import repartee
from repartee.runtime.watching import Ending
from repartee.settings import Models, Settings
from repartee.telemetry.facts import Ended
from repartee.telemetry.words import (
    close_code,
    end_reason,
    error_code,
    failure_kind,
    known_model,
)

SOURCE = Path(repartee.__file__).parent
MODELS = Models(
    default="gpt-realtime",
    aliases=("mine",),
    mapped=dict.fromkeys(("gpt-4o-*", "gpt-4o-mini"), Settings().model(None)),
)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gpt-realtime", "gpt-realtime"),
        ("mine", "mine"),
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4o-audio", "gpt-4o-*"),
        ("whatever", "other"),
        ("", "other"),
    ],
)
def test_models(name: str, told: str) -> None:
    assert known_model(name, MODELS) == told


def ended(ending: Ending | None, *, expired: bool = False) -> Ended:
    return Ended(ending=ending, expired=expired, seconds=1, responses=0, heard_s=0, said_s=0)


@pytest.mark.parametrize(
    ("ending", "reason", "code"),
    [
        (Ending(1000, "client"), "client", "1000"),
        (Ending(4711, "client"), "client", "other"),
        (Ending(1006, "lost"), "lost", "1006"),
        (Ending(1008, "slow_consumer"), "slow_consumer", "1008"),
        (Ending(1000, "hung up"), "hung_up", "1000"),
        (Ending(1001, "the server is shutting down"), "draining", "1001"),
        (Ending(1011, "internal error"), "failed", "1011"),
        (Ending(1009, "message too big"), "violation", "1009"),
        (None, "other", "other"),
    ],
)
def test_ends(ending: Ending | None, reason: str, code: str) -> None:
    assert (end_reason(ended(ending)), close_code(ending)) == (reason, code)


def test_a_session_that_ends_itself_is_too_old_or_forgotten() -> None:
    assert end_reason(ended(Ending(1001, "Your session …"), expired=True)) == "expired"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("model_timeout", "timeout"),
        ("transcription_too_long", "too_long"),
        ("overloaded", "overloaded"),
        ("engine_error", "engine_error"),
        ("told_to_fail", "other"),
        ("what the user said", "other"),
    ],
)
def test_failures(code: str, kind: str) -> None:
    assert failure_kind(code) == kind


def codes() -> Iterator[str]:
    """Every code that stands in the catalogue of errors."""
    told = (SOURCE / "protocol" / "errors.py").read_text()
    yield from re.findall(r'"([a-z]+(?:_[a-z]+)+)"', told)


@pytest.mark.parametrize("code", sorted({*codes()} - {"invalid_request_error"} - {"content_index"}))
def test_every_error_of_the_catalogue_is_known(code: str) -> None:
    if code in ("previous_item_id",):  # a parameter
        return
    assert error_code(code) == code


def test_other_errors_are_others() -> None:
    assert error_code("something else") == "other"
