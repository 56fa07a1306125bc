"""Whoever judges a conversation sees what is wrong with it."""

import json
from typing import Any

from conformance.scenes import text_turn
from live.record import SCHEMAS, Record


def recorded(change: dict[str, Any] | None = None, *, without: str = "") -> Record:
    """A written turn; its `response.done` may be changed, or events of a kind be left out."""
    made = Record()
    for side, event in text_turn().steps:
        changed = event | (change or {}) if event["type"] == "response.done" else event
        if event["type"] != without:
            made.add(side, json.dumps(changed))
    return made


def test_nobody_finds_fault_with_a_good_conversation() -> None:
    assert not recorded().faults()


def test_the_referee_misses_what_is_not_there() -> None:
    (fault,) = recorded(without="rate_limits.updated").faults()
    assert fault.startswith("rate-limits-place: ")


def test_the_end_of_what_broke_off_is_not_waited_for() -> None:
    assert recorded(without="response.done").faults()
    broken = recorded(without="response.done")
    broken.broken_off = True
    assert not broken.faults()


def test_the_stock_types_are_asked() -> None:
    faults = recorded({"response": {"status": "over"}}).faults()
    assert any("openai package" in fault for fault in faults)


def test_the_schemas_are_asked_where_they_are_at_hand() -> None:
    faults = recorded({"response": {"status": "over"}}).faults()
    assert any("against the schema" in fault for fault in faults) == SCHEMAS.is_file()


def test_an_unknown_event_is_no_event() -> None:
    made = recorded()
    made.add("server", '{"type": "response.invented", "event_id": "event_9"}')
    assert any("response.invented is not what" in fault for fault in made.faults())


def test_the_beta_shape_is_judged_by_types_of_its_own() -> None:
    made = Record("beta")
    for kind in ("conversation.item.deleted", "conversation.item.added"):
        made.add("server", json.dumps({"event_id": kind, "item_id": "item_1", "type": kind}))
    (unknown,) = [fault for fault in made.faults() if "openai package" in fault]
    assert unknown.startswith("conversation.item.added is not what")
