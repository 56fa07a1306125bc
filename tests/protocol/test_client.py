"""The client events: what is well said is obeyed, what is badly said is refused by name.

The bad values are made from the structs themselves, so that no field is forgotten.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import Struct, inspect

from protocol.faults import DIALECTS, bad_events, good
from repartee.protocol.errors import Refused
from repartee.protocol.ga import Dialect
from stage import Stage

EVENTS = [
    pytest.param(dialect, event, id=f"{name}-{kind}")
    for name, (dialect, events) in DIALECTS.items()
    for kind, event in events.items()
]
REACHED = {
    "ga": {
        "session.audio.input.turn_detection.threshold",
        "session.audio.input.turn_detection.idle_timeout_ms",
        "session.audio.input.noise_reduction.strength",
        "session.audio.input.transcription.languages",
        "session.tools[0].name",
        "session.tools[0].type",
        "session.tool_choice.name",
        "session.truncation.token_limits.post_instructions",
        "session.prompt.variables.a name.text",
        "response.metadata.a name",
        "response.input[0].content[0].audio",
        "item.content[0].text",
        "audio_end_ms",
        "event_id",
    },
    "beta": {
        "session.turn_detection.threshold",
        "session.input_audio_noise_reduction.type",
        "session.input_audio_transcription.language",
        "session.max_response_output_tokens",
        "session.temperature",
        "response.max_output_tokens",
        "response.max_response_output_tokens",
        "response.output_audio_format",
        "item.content[0].text",
    },
}


def dumped(event: Any) -> bytes:
    return json.dumps(event).encode()


@pytest.mark.parametrize(("dialect", "event"), EVENTS)
def test_the_smallest_event_is_decoded(dialect: Dialect, event: type[Struct]) -> None:
    whole = good(inspect.type_info(event))
    decoded = dialect.decode(dumped({**whole, "event_id": "mine"}))
    assert not isinstance(decoded, Refused)
    assert decoded.event_id == "mine"


def with_nulls(declared: inspect.Type, value: Any) -> Iterator[Any]:
    """`value` with a null for each optional member of each object in it, one at a time."""
    if isinstance(declared, inspect.UnionType):
        tag = value.get("type") if isinstance(value, dict) else None
        for one in declared.types:
            if isinstance(one, inspect.StructType) and isinstance(value, dict) and tag == one.tag:
                yield from with_nulls(one, value)
    elif isinstance(declared, inspect.StructType):
        for field in declared.fields:
            if not field.required:
                yield {**value, field.name: None}
            if field.name in value:
                for inner in with_nulls(field.type, value[field.name]):
                    yield {**value, field.name: inner}


@pytest.mark.parametrize(("dialect", "event"), EVENTS)
def test_null_is_as_if_absent(dialect: Dialect, event: type[Struct]) -> None:
    """Clients write null for every member that they do not use."""
    declared = inspect.type_info(event)
    whole = good(declared)
    expected = dialect.decode(dumped(whole))
    for nulls in with_nulls(declared, whole):
        assert not isinstance(dialect.decode(dumped(nulls)), Refused), nulls
    assert isinstance(declared, inspect.StructType)
    optional = [one.name for one in declared.fields if not one.required]
    assert dialect.decode(dumped({**whole, **dict.fromkeys(optional)})) == expected


@pytest.mark.parametrize("name", DIALECTS)
def test_the_bad_values_reach_every_part_of_the_protocol(name: str) -> None:
    _, events = DIALECTS[name]
    paths = [fault.path for event in events.values() for fault in bad_events(event)]
    assert set(paths) > REACHED[name]
    assert len(paths) > 1200


@pytest.mark.parametrize("transcribes", [False, True], ids=["realtime", "transcription"])
@pytest.mark.parametrize(("dialect", "event"), EVENTS)
def test_a_bad_value_is_refused_by_name_and_changes_nothing(
    dialect: Dialect, event: type[Struct], transcribes: bool
) -> None:
    """B026-B048, B029, B206: code, whole path and words, in a session of either kind."""
    stage = Stage(dialect=dialect, transcribes=transcribes)
    before = stage.session.config
    for fault in bad_events(event):
        echo = None if fault.path == "event_id" else "mine"
        named = {"event_id": echo, **fault.value} if echo else fault.value
        answers = stage.feed(dialect.decode(dumped(named)))
        assert [answer["type"] for answer in answers] == ["error"], named
        told = answers[0]["error"]
        if echo is None:
            echo = named["event_id"][:512] if isinstance(named["event_id"], str) else None
        assert told == {
            "type": "invalid_request_error",
            "code": fault.code,
            "message": fault.words,
            "param": fault.path,
            "event_id": echo,
        }, named
    assert stage.session.config == before


@pytest.mark.parametrize(("dialect", "event"), EVENTS)
def test_a_good_value_is_one_that_is_decoded(dialect: Dialect, event: type[Struct]) -> None:
    """So the faults above are each the only one of its event."""
    declared = inspect.type_info(event)
    assert isinstance(declared, inspect.StructType)
    whole = good(declared)
    for field in declared.fields:
        decoded = dialect.decode(dumped({**whole, field.name: good(field.type)}))
        assert not isinstance(decoded, Refused), field.name
        assert msgspec.to_builtins(decoded)["type"]
