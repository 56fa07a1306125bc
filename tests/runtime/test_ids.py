"""Names for things."""

import re

from repartee.runtime.ids import random_id, session_ids


def test_names_have_the_shape_of_the_api() -> None:
    assert re.fullmatch(r"item_[0-9A-Za-z]{21}", random_id("item"))
    assert re.fullmatch(r"event_[0-9A-Za-z]{21}", session_ids()("event"))


def test_no_name_is_given_twice() -> None:
    one, other = session_ids(), session_ids()
    names = [new_id(prefix) for new_id in (one, other) for prefix in ("event", "item") * 500]
    assert len(set(names)) == len(names)


def test_names_of_calls_are_as_short_as_clients_need() -> None:
    """Some clients hash call ids longer than 32 characters."""
    assert len(session_ids()("call")) <= 32
