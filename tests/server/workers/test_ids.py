"""Names that tell whose they are."""

import re

import pytest

from repartee.keys.sealing import Sealer, SealingKey
from repartee.server.workers.ids import WorkerIds

OLD, NEW = (SealingKey(kid, bytes([byte]) * 32) for kid, byte in (("old", 1), ("new", 2)))


class NoShelf:
    """Nothing is kept."""

    def put(self, reference: bytes, sealed: bytes, expires: int) -> None:
        raise AssertionError

    def get(self, reference: bytes) -> bytes | None:
        return None


def ids(number: int, *keys: SealingKey) -> WorkerIds:
    return WorkerIds(Sealer(keys or (NEW,), NoShelf()), number)


@pytest.mark.parametrize("number", [0, 1, 2**32 - 1])
def test_a_name_leads_to_its_process(number: int) -> None:
    name = ids(number)("rtc")
    assert re.fullmatch("rtc_[0-9A-Za-z]{38}", name)
    assert ids(7).owner(name) == number


def test_no_two_names_are_the_same() -> None:
    made = ids(1)
    assert len({made("rtc") for _ in range(1000)}) == 1000


def test_a_name_that_is_changed_anywhere_leads_nowhere() -> None:
    made = ids(1)
    name = made("rtc")
    for place in range(len(name)):
        for digit in "0aZ_-é":
            changed = name[:place] + digit + name[place + 1 :]
            assert (made.owner(changed) is None) == (changed != name)


@pytest.mark.parametrize(
    "name", ["", "rtc_", "rtc", "sess_x", "rtc_" + "Z" * 38, "rtc_" + "0" * 99]
)
def test_what_is_no_name_leads_nowhere(name: str) -> None:
    assert ids(1).owner(name) is None


def test_a_name_of_one_kind_is_none_of_another() -> None:
    made = ids(1)
    name = made("rtc")
    assert made.owner(name.replace("rtc", "sess")) is None


def test_names_of_other_keys_lead_nowhere_but_old_keys_are_still_known() -> None:
    assert ids(1, NEW).owner(ids(5, OLD)("rtc")) is None
    assert ids(1, NEW, OLD).owner(ids(5, OLD)("rtc")) == 5
    assert ids(1, NEW, OLD).owner(ids(5, NEW)("rtc")) == 5
    assert ids(1, OLD).owner(ids(5, NEW, OLD)("rtc")) is None
