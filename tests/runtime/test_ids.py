"""Names for things."""

import re

from repartee.runtime.ids import random_id, session_ids

SEED = bytes(16)


def test_names_have_the_shape_of_the_api() -> None:
    assert re.fullmatch(r"item_[0-9A-Za-z]{21}", random_id("item"))
    assert re.fullmatch(r"event_[0-9A-Za-z]{21}", session_ids(SEED)("event"))


def test_no_name_is_given_twice() -> None:
    one, other = session_ids(SEED), session_ids(bytes(15) + b"1")
    names = [new_id(prefix) for new_id in (one, other) for prefix in ("event", "item") * 500]
    assert len(set(names)) == len(names)


def test_names_of_calls_are_as_short_as_clients_need() -> None:
    """Some clients hash call ids longer than 32 characters."""
    assert len(session_ids(SEED)("call")) <= 32


def test_from_the_same_seed_come_the_same_names() -> None:
    one, other = session_ids(SEED), session_ids(SEED)
    prefixes = ("item", "event", "resp", "event")
    assert [one(prefix) for prefix in prefixes] == [other(prefix) for prefix in prefixes]
