"""Whoever guesses keys has to wait, and nobody else."""

import pytest

from repartee.server import guesses
from repartee.server.guesses import Guesses
from repartee.server.problems import Problem
from server.doorway import KEY, doorway
from server.visitors import enter, turned_away


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def is_refused(counted: Guesses, address: str) -> bool:
    try:
        counted.check(address)
    except Problem as problem:
        refused = problem
    else:
        return False
    assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
    assert 0 < int(dict(refused.headers)["Retry-After"]) <= 61
    return True


def test_so_many_different_keys_and_then_none_for_a_minute() -> None:
    clock = Clock()
    counted = Guesses(3, clock)
    for key in ("a", "b", "c"):
        assert not is_refused(counted, "192.0.2.1")
        counted.count("192.0.2.1", key)
    assert is_refused(counted, "192.0.2.1")
    assert not is_refused(counted, "192.0.2.2")
    clock.now += 60
    assert not is_refused(counted, "192.0.2.1")
    counted.count("192.0.2.1", "d")
    assert not is_refused(counted, "192.0.2.1")


def test_one_wrong_key_again_and_again_is_no_guessing() -> None:
    counted = Guesses(3)
    for _ in range(100):
        counted.count("192.0.2.1", "a")
    assert not is_refused(counted, "192.0.2.1")


@pytest.mark.parametrize(
    ("address", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "", True),
    ],
)
def test_who_is_at_one_address(address: str, other: str, same: bool) -> None:
    counted = Guesses(1)
    counted.count(address, "a")
    assert is_refused(counted, other) == same


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "MOST_ADDRESSES", 3)
    counted = Guesses(1)
    for number in range(5):
        counted.count(f"192.0.2.{number}", "a")
    refused = [number for number in range(5) if is_refused(counted, f"192.0.2.{number}")]
    assert refused == [2, 3, 4]


def test_there_may_be_no_limit() -> None:
    counted = Guesses(None)
    counted.count("192.0.2.1", "a")
    assert not is_refused(counted, "192.0.2.1")


async def test_a_guesser_is_refused_before_the_upgrade() -> None:
    async with doorway(api_key=KEY, wrong_keys_per_minute=4) as door:
        inside = await enter(door, KEY)
        for key in ("sk-wrong-1", "sk-wrong-2", "ek_wrong", "ek_worse"):
            assert await turned_away(door, key) == ("invalid_api_key", 3000)
        for key in ("sk-wrong-1", KEY):
            head = await (await door.connect()).request(authorization=f"Bearer {key}")
            assert " 429 " in head.splitlines()[0]
            answer = await door.ask(f"GET /v1/models\nAuthorization: Bearer {key}")
            assert (answer.status, answer.code) == (429, "rate_limit_exceeded")
        assert (await door.ask("GET /v1/models")).status == 401
        assert (await door.ask("GET /healthz")).status == 200
        inside.send(b"\x81\x80\0\0\0\0")
        assert await inside.text() == b""  # who is inside stays there
