"""The referee as a whole: it passes good streams, survives bad ones, and leaves no rule untried."""

import copy
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter, ValidationError

from conformance.beta_scenes import BETA_SCENES
from conformance.call_scenes import CALL_SCENES
from conformance.judging import Broken, Steps, breaks, drop, judge, put, rules_broken
from conformance.scenes import SCENES, conversation, text_turn
from conformance.traces import Script
from repartee.conformance.dialects.server_events import SERVER_EVENTS
from repartee.conformance.referee import Referee
from repartee.conformance.rules import RULES

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("REPARTEE_SHARED", HERE.parents[2] / "shared"))
CONTRACT = SHARED / "protocol" / "wire.schema.json"

SDK: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)


def is_legal_in_sdk(event: dict[str, Any]) -> bool:
    """Whether the types of the official client take the event without any conversion."""
    try:
        SDK.validate_python(event, strict=True)
    except ValidationError:
        return False
    return True


def schema_of_events() -> Callable[[dict[str, Any]], list[str]]:
    """The published schema as a judge; without the schema there is nothing it objects to."""
    if not CONTRACT.is_file():
        return lambda event: []
    schema = json.loads(CONTRACT.read_text())
    rows = json.loads((CONTRACT.parent / "events.json").read_text())
    validators = {
        row["type"]: Draft202012Validator({"$defs": schema["$defs"], "$ref": row["schema"]})
        for row in rows
        if (row["dialect"], row["direction"]) == ("ga", "server")
    }
    return lambda event: [str(one) for one in validators[event["type"]].iter_errors(event)]


@pytest.mark.parametrize("rulings", [True, False])
@pytest.mark.parametrize("scene", SCENES)
def test_a_faultless_server_is_told_nothing(scene: Callable[[], Script], rulings: bool) -> None:
    assert not judge(scene().steps, rulings)


@pytest.mark.parametrize(
    "case",
    [
        breaks("item-unasked", text_turn, drop("conversation.item.create")),
        breaks(
            "item-kept",
            text_turn,
            put("conversation.item.added", "item.content.0.text", "Bye"),
            put("conversation.item.done", "item.content.0.text", "Bye"),
        ),
        breaks(
            "item-kept",
            conversation,
            put("conversation.item.create", "item.id", ..., nth=2),
            put("conversation.item.create", "item.content.0.text", "whole", nth=2),
        ),
    ],
)
def test_items_of_the_client(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


def test_the_scenes_are_legal() -> None:
    objections = schema_of_events()
    for scene in SCENES:
        for side, event in scene().steps:
            if side == "server":
                assert is_legal_in_sdk(event), event
                assert not objections(event), event


def test_the_judges_of_legality_can_say_no() -> None:
    (_, created), *_ = text_turn().steps
    broken = {**created, "session": {**created["session"], "tool_choice": 7}}
    assert not is_legal_in_sdk(broken)
    assert schema_of_events()(broken) or not CONTRACT.is_file()


def test_the_scenes_show_every_event_there_is() -> None:
    shown = {event["type"] for scene in SCENES for _, event in scene().steps}
    assert shown >= SERVER_EVENTS.keys() - {"conversation.created"}


def test_every_rule_is_broken_by_a_test() -> None:
    text = "".join(path.read_text() for path in HERE.rglob("test_*.py"))
    broken = set(re.findall(r'breaks\(\s*"([a-z-]+)"', text))
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text))  # no other word has a hyphen
    assert not RULES.keys() - broken - named


def test_other_dialects_have_no_rules() -> None:
    with pytest.raises(ValueError, match="translation"):
        Referee(dialect="translation")


def test_violations_tell_where_and_what() -> None:
    steps = text_turn().steps
    index = next(i for i, (_, event) in enumerate(steps) if event["type"] == "response.done")
    steps[index][1]["response"]["usage"] = {
        **steps[index][1]["response"]["usage"],
        "total_tokens": 9,
    }
    (violation,) = judge(steps)
    assert violation.rule == "usage"
    assert violation.behaviours == ("B119",)
    assert violation.event_index == index
    assert "total_tokens" in violation.message


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "item_1", [], {}, [None], [{}], {"a": []}]
)


def targets(event: Any) -> list[tuple[Any, Any]]:
    """Every place in an event where a value stands."""
    if isinstance(event, dict):
        pairs = list(event.items())
    elif isinstance(event, list):
        pairs = list(enumerate(event))
    else:
        return []
    inside = [place for _, value in pairs for place in targets(value)]
    return [(event, key) for key, _ in pairs] + inside


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_stream_upsets_the_referee(data: st.DataObject) -> None:
    script = data.draw(st.sampled_from((*SCENES, *BETA_SCENES, *CALL_SCENES)))()
    steps: Steps = [(side, json.loads(json.dumps(event))) for side, event in script.steps]
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(steps) - 1))
        match data.draw(st.sampled_from(["set", "set", "set", "drop", "repeat", "move", "turn"])):
            case "set":
                holder, key = data.draw(st.sampled_from(targets(steps[index][1])))
                holder[key] = copy.deepcopy(data.draw(VALUES))
            case "drop" if len(steps) > 1:
                del steps[index]
            case "repeat":
                steps.insert(index, copy.deepcopy(data.draw(st.sampled_from(steps))))
            case "move":
                steps.insert(data.draw(st.integers(0, len(steps) - 1)), steps.pop(index))
            case "turn":
                side, event = steps[index]
                steps[index] = ("client" if side == "server" else "server", event)
    for violation in judge(steps, data.draw(st.booleans()), script.dialect):
        assert violation.rule in RULES
