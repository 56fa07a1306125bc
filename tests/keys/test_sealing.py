"""Ephemeral keys: what was sealed comes back whole or not at all."""

import hmac
import json
import random
import re
import string
import zlib
from base64 import urlsafe_b64encode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repartee.keys.sealing import (
    PREFIX,
    SKEW_S,
    Sealer,
    SealingKey,
    Secret,
    UnusableSecret,
)

NOW = 1_800_000_000
OLD, NEW = SealingKey("old", bytes(32)), SealingKey("new", bytes(range(32)))
SECRET = Secret(
    key_id="key_0123456789abcdef",
    issued=NOW,
    expires=NOW + 600,
    kind="transcription",
    dialect="beta",
    session=b'{"type":"transcription"}',
    safety_identifier="user-1",
    project="proj_a",
)
FORGERIES = 100_000


class ShelfInMemory:
    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.expires: list[int] = []

    def put(self, reference: bytes, sealed: bytes, expires: int) -> None:
        self.kept[reference] = sealed
        self.expires.append(expires)

    def get(self, reference: bytes) -> bytes | None:
        return self.kept.get(reference)


@pytest.fixture
def shelf() -> ShelfInMemory:
    return ShelfInMemory()


@pytest.fixture
def sealer(shelf: ShelfInMemory) -> Sealer:
    return Sealer([NEW, OLD], shelf)


def flaw(sealer: Sealer, token: str, now: float = NOW) -> str:
    with pytest.raises(UnusableSecret) as refused:
        sealer.open(token, now)
    assert refused.value.__cause__ is None
    assert token[3:] not in str(refused.value) or len(token) < 20
    return refused.value.flaw


def incompressible(length: int) -> bytes:
    letters = random.Random(1).choices(string.ascii_letters, k=length)
    return json.dumps({"instructions": "".join(letters)}).encode()


def test_what_was_sealed_comes_back(sealer: Sealer) -> None:
    assert sealer.open(sealer.seal(SECRET), NOW) == SECRET
    plain = Secret(key_id="static", issued=NOW, expires=NOW + 10)
    assert sealer.open(sealer.seal(plain), NOW) == plain


def test_a_token_fits_where_keys_are_written(sealer: Sealer) -> None:
    token = sealer.seal(SECRET)
    assert re.fullmatch(r"ek_[A-Za-z0-9_-]+", token)
    assert sealer.seal(SECRET) != token
    assert b"transcription" not in token.encode()


def test_a_hundred_thousand_forgeries_open_nothing(sealer: Sealer) -> None:
    token, chance = sealer.seal(SECRET), random.Random(8)
    accepted, flaws = 0, set[str]()
    for number in range(FORGERIES):
        if number % 4 == 0:
            forged = token[: chance.randrange(len(token))]
        else:
            flipped = bytearray(token, "ascii")
            for _ in range(chance.choice((1, 1, 1, 2, 5))):
                flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
            forged = flipped.decode("latin-1")
        if forged == token:
            continue
        try:
            sealer.open(forged, NOW)
            accepted += 1
        except UnusableSecret as refused:
            flaws.add(refused.flaw)
    assert accepted == 0
    assert flaws == {"broken", "foreign"}


def test_every_single_flip_of_a_bit_is_seen(sealer: Sealer) -> None:
    token = sealer.seal(SECRET)
    for place in range(len(token)):
        for bit in range(8):
            forged = token[:place] + chr(ord(token[place]) ^ 1 << bit) + token[place + 1 :]
            assert flaw(sealer, forged) in ("broken", "foreign")


@given(st.text() | st.from_regex(r"\Aek_[A-Za-z0-9_-]{0,80}\Z") | st.binary().map(str))
def test_no_text_raises_anything_else(text: str) -> None:
    sealer = Sealer([NEW], ShelfInMemory())
    for token in (text, PREFIX + text):
        assert flaw(sealer, token) in ("broken", "foreign")


@pytest.mark.parametrize(
    "change", ["{}=", "{}\n", " {}", "{}A", "x{}", "ek_{}", "{}.", "{}\ud800", "{}é", ""]
)
def test_a_token_is_written_in_one_way(sealer: Sealer, change: str) -> None:
    assert flaw(sealer, change.format(sealer.seal(SECRET))) == "broken"


def test_keys_are_changed_without_a_break() -> None:
    before = Sealer([OLD], ShelfInMemory())
    overlap = Sealer([NEW, OLD], ShelfInMemory())
    after = Sealer([NEW], ShelfInMemory())
    assert overlap.open(before.seal(SECRET), NOW) == SECRET
    assert after.open(overlap.seal(SECRET), NOW) == SECRET
    assert flaw(after, before.seal(SECRET)) == "foreign"
    assert flaw(before, after.seal(SECRET)) == "foreign"


def test_what_is_signed_is_known_by_who_has_the_key() -> None:
    before, overlap = Sealer([OLD], ShelfInMemory()), Sealer([NEW, OLD], ShelfInMemory())
    assert len(before.sign(b"x")) == 32
    assert before.sign(b"x") in overlap.signatures(b"x")
    assert overlap.sign(b"x") not in before.signatures(b"x")
    assert before.sign(b"x") not in before.signatures(b"y")
    assert hmac.digest(OLD.key, b"x", "sha256") not in before.signatures(b"x")


def test_a_key_of_the_same_name_is_another_key() -> None:
    other = Sealer([SealingKey("new", b"x" * 32)], ShelfInMemory())
    assert flaw(other, Sealer([NEW], ShelfInMemory()).seal(SECRET)) == "broken"


def test_the_id_of_the_key_is_bound() -> None:
    twin = SealingKey("wen", NEW.key)
    sealer = Sealer([NEW, twin], ShelfInMemory())
    token = Sealer([NEW], ShelfInMemory()).seal(SECRET)
    other = Sealer([twin], ShelfInMemory()).seal(SECRET)
    head = 6  # the four bytes that name the key, and a bit more
    assert token[3 : 3 + head - 1] != other[3 : 3 + head - 1]
    assert flaw(sealer, token[:3] + other[3 : 3 + head] + token[3 + head :]) == "broken"


@pytest.mark.parametrize("written", [zlib.compress(b"[]", wbits=-15), b"no deflate"])
def test_what_another_version_wrote_is_refused(
    sealer: Sealer, written: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zlib, "compress", lambda content, wbits: written)
    assert flaw(sealer, sealer.seal(SECRET)) == "broken"


def test_it_expires_but_for_a_difference_of_clocks(sealer: Sealer) -> None:
    token = sealer.seal(SECRET)
    for now in (NOW - SKEW_S, NOW + 599.9, NOW + 600 + SKEW_S - 0.1):
        assert sealer.open(token, now) == SECRET
    assert flaw(sealer, token, NOW + 600 + SKEW_S) == "expired"
    assert flaw(sealer, token, NOW + 720) == "expired"
    assert flaw(sealer, token, NOW - SKEW_S - 0.1) == "early"
    assert flaw(sealer, token, NOW - 120) == "early"


def test_the_difference_can_be_chosen() -> None:
    exact = Sealer([NEW], ShelfInMemory(), skew_s=0)
    token = exact.seal(SECRET)
    assert exact.open(token, NOW + 599.9) == SECRET
    assert flaw(exact, token, NOW + 600) == "expired"
    assert flaw(exact, token, NOW - 0.1) == "early"


def test_a_long_session_is_kept_elsewhere(sealer: Sealer, shelf: ShelfInMemory) -> None:
    long = msgspec.structs.replace(SECRET, session=incompressible(4000))
    token = sealer.seal(long)
    assert len(token) < 300
    assert sealer.open(token, NOW) == long
    assert shelf.expires == [SECRET.expires]
    (sealed,) = shelf.kept.values()
    assert b"instructions" not in sealed


def test_a_session_is_kept_elsewhere_only_if_it_must_be(
    sealer: Sealer, shelf: ShelfInMemory
) -> None:
    length = 1000
    while not shelf.kept:
        token = sealer.seal(msgspec.structs.replace(SECRET, session=incompressible(length)))
        assert len(token) <= 2048
        length += 10
    assert length > 1500


def test_a_kept_session_that_is_gone_is_told(sealer: Sealer, shelf: ShelfInMemory) -> None:
    token = sealer.seal(msgspec.structs.replace(SECRET, session=incompressible(4000)))
    shelf.kept.clear()
    assert flaw(sealer, token) == "lost"


def test_kept_sessions_cannot_be_exchanged_or_shown_as_keys(
    sealer: Sealer, shelf: ShelfInMemory
) -> None:
    tokens = [
        sealer.seal(msgspec.structs.replace(SECRET, session=incompressible(4000 + extra)))
        for extra in range(2)
    ]
    one, two = shelf.kept
    shelf.kept[one], shelf.kept[two] = shelf.kept[two], shelf.kept[one]
    assert [flaw(sealer, token) for token in tokens] == ["broken", "broken"]
    as_key = PREFIX + urlsafe_b64encode(shelf.kept[one]).decode().rstrip("=")
    assert flaw(sealer, as_key) == "broken"


def test_nothing_of_a_secret_is_printed(sealer: Sealer) -> None:
    canary = msgspec.structs.replace(SECRET, session=b'"canary"', safety_identifier="canary")
    assert "canary" not in repr(canary)
    assert "canary" not in repr(sealer.open(sealer.seal(canary), NOW))
    assert repr(NEW) == "SealingKey('new')"
