"""API keys: found by their text, revoked everywhere, and nowhere to be read."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from repartee.keys.database import Database, StoreError
from repartee.keys.limits import Limits
from repartee.keys.store import FRESH_S, OPEN, STATIC, KeyNotFound, Keys, database
from repartee.settings import Keys as KeySettings

NOW = 1_800_000_000.5
NONE = Limits()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "repartee.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(file: Path, clock: Clock) -> Iterator[Keys]:
    with closing(Database(file)) as opened:
        yield Keys(opened, clock=clock)


@pytest.fixture
def elsewhere(file: Path) -> Iterator[Keys]:
    """The same keys, in another process."""
    with closing(Database(file)) as opened:
        yield Keys(opened)


def test_a_key_is_found_by_its_text(keys: Keys, elsewhere: Keys) -> None:
    limits = Limits(max_sessions=3, models=("a*",), locked_fields=("tools",))
    text, key = keys.create("phone", limits, NOW)
    assert re.fullmatch(r"sk-rp-[A-Za-z0-9]{43}", text)
    assert (key.name, key.created, key.revoked, key.limits) == ("phone", int(NOW), None, limits)
    assert keys.find(text) == elsewhere.find(text) == key
    assert keys.get(key.id) == elsewhere.get(key.id) == key
    for other in (text[:-1], text + "a", text.swapcase(), key.id, key.shown, "", "\ud800"):
        assert keys.find(other) is None
    assert keys.get(text) is None


def test_no_two_keys_are_alike(keys: Keys) -> None:
    made = [keys.create("same", NONE, NOW) for _ in range(20)]
    assert len({new.text for new in made}) == len({new.key.id for new in made}) == 20
    assert keys.all() == [new.key for new in made]


def test_a_revoked_key_is_refused_at_once(keys: Keys) -> None:
    new, other = keys.create("phone", NONE, NOW), keys.create("desk", NONE, NOW)
    assert keys.find(new.text)
    assert keys.get(new.key.id)
    keys.revoke(new.key.id, NOW + 1)
    assert keys.find(new.text) is None
    assert keys.get(new.key.id) is None
    assert keys.find(other.text) == other.key
    assert [key.revoked for key in keys.all()] == [int(NOW + 1), None]
    keys.revoke(new.key.id, NOW + 100)
    assert keys.all()[0].revoked == int(NOW + 1)


def test_one_that_another_process_revokes_is_soon_refused(
    keys: Keys, elsewhere: Keys, clock: Clock
) -> None:
    assert FRESH_S < 5
    text, key = keys.create("phone", NONE, NOW)
    assert keys.find(text)
    clock.now += FRESH_S - 0.5
    assert keys.get(key.id)  # asked at another time
    elsewhere.revoke(key.id, NOW)
    assert keys.find(text) == key
    clock.now += 0.5
    assert keys.find(text) is None
    clock.now += FRESH_S - 0.5
    assert keys.get(key.id) is None


def test_being_asked_for_keeps_no_key_fresh(keys: Keys, elsewhere: Keys, clock: Clock) -> None:
    text, key = keys.create("phone", NONE, NOW)
    assert keys.find(text)
    elsewhere.revoke(key.id, NOW)
    for _ in range(19):
        clock.now += FRESH_S / 20
        assert keys.find(text)
    clock.now += FRESH_S / 10
    assert keys.find(text) is None


def test_a_key_in_use_is_looked_up_in_memory(keys: Keys, clock: Clock, file: Path) -> None:
    text, key = keys.create("phone", NONE, NOW)
    assert keys.find(text) == key
    keys._database.close()
    file.write_bytes(b"broken" * 1000)
    assert keys.find(text) == key
    clock.now += FRESH_S
    with pytest.raises(StoreError):
        keys.find(text)


def test_a_key_whose_limits_cannot_be_read_lets_nobody_in(keys: Keys, file: Path) -> None:
    text, key = keys.create("phone", Limits(max_sessions=1), NOW)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("UPDATE api_keys SET limits = '{\"max_sessions\":0}'")
    with pytest.raises(StoreError, match=key.id):
        keys.find(text)


def test_the_key_of_the_settings_is_one(file: Path) -> None:
    with closing(Database(file)) as opened:
        keys = Keys(opened, static="mine")
        assert keys.required
        assert keys.find("mine") is STATIC
        assert keys.get("static") is STATIC
        assert keys.find("Mine") is None
        assert keys.get("open") is None
        assert STATIC.limits == NONE
        assert keys.all() == []
    assert not file.exists()


def test_no_key_is_required_until_one_is_made(keys: Keys, elsewhere: Keys, clock: Clock) -> None:
    assert not keys.required
    assert keys.get("open") is OPEN
    assert keys.get("static") is None
    assert not elsewhere.required
    key = elsewhere.create("first", NONE, NOW).key
    assert elsewhere.required
    clock.now += FRESH_S
    assert keys.required
    assert keys.get("open") is None
    elsewhere.revoke(key.id, NOW)
    clock.now += FRESH_S
    assert keys.required  # that the last one is gone lets nobody in


def test_a_person_means_a_key_by_its_beginning(keys: Keys) -> None:
    text, key = keys.create("phone", NONE, NOW)
    keys.create("desk", NONE, NOW)
    for word in (key.id, text, text[:12], text[:8], key.id[:7]):
        assert keys.meant(word) == key
    for word in ("sk-rp-", "key_", "", "sk-rp-!", text[:20], "phone"):
        with pytest.raises(KeyNotFound, match="keys list"):
            keys.meant(word)


def test_a_beginning_that_means_several_is_refused(keys: Keys, file: Path) -> None:
    texts = [keys.create("one of many", NONE, NOW).text for _ in range(63)]
    first = [text[:7] for text in texts]
    twice = next(beginning for beginning in first if first.count(beginning) > 1)
    with pytest.raises(KeyNotFound, match="keys begin like this"):
        keys.meant(twice)


def test_the_text_is_nowhere_to_be_read(keys: Keys, file: Path) -> None:
    new = keys.create("phone", NONE, NOW)
    assert keys.find(new.text)
    kept = b"".join(each.read_bytes() for each in file.parent.iterdir())
    assert b"phone" in kept
    assert new.text[6:].encode() not in kept
    assert new.text[12:24].encode() not in kept
    assert new.text not in repr((new, new.key, keys.all(), keys))
    assert new.key.shown == f"{new.text[:12]}…{new.text[-4:]}"
    assert str(new) == f"NewKey({new.key.id!r})"


def test_the_file_is_that_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for settings, place in [
        (KeySettings(), "repartee/repartee.db"),
        (KeySettings(database=str(tmp_path / "a.db")), "a.db"),
        (KeySettings(database="~/b.db"), "b.db"),
    ]:
        with closing(database(settings)) as opened:
            Keys(opened).create("phone", NONE, NOW)
        with closing(sqlite3.connect(tmp_path / place)) as found:
            assert found.execute("SELECT name FROM api_keys").fetchall() == [("phone",)]
