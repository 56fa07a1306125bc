"""Faults are told to a client of the beta dialect by the names that it used."""

import json
from typing import Any

import pytest

from repartee.protocol import errors
from repartee.protocol.beta import BETA
from repartee.protocol.errors import Refused
from repartee.protocol.server import Error, ErrorBody


def told(refused: Refused) -> tuple[str, str | None]:
    """The sentence and the path that the client reads."""
    body = ErrorBody(
        type=refused.type,
        code=refused.code,
        message=refused.message,
        param=refused.param,
        event_id=None,
    )
    error = json.loads(BETA.encode(Error(event_id="event_1", error=body)) or b"")["error"]
    return error["message"], error["param"]


@pytest.mark.parametrize(
    ("kind", "fields", "param"),
    [
        ("session.update", {"output_modalities": ["text"]}, "session.output_modalities"),
        ("session.update", {"max_output_tokens": 5}, "session.max_output_tokens"),
        ("response.create", {"output_modalities": ["text"]}, "response.output_modalities"),
        ("response.create", {"max_output_tokens": 0}, "response.max_output_tokens"),
    ],
)
def test_a_name_of_ga_is_told_as_it_was_sent(kind: str, fields: dict[str, Any], param: str) -> None:
    event = {"type": kind, kind.partition(".")[0]: fields}
    refused = BETA.decode(json.dumps(event).encode())
    assert isinstance(refused, Refused)
    message, path = told(refused)
    assert path == param
    assert f"'{param}'" in message


@pytest.mark.parametrize("part", ["output_text", "output_audio"])
def test_a_part_of_ga_is_told_as_it_was_sent(part: str) -> None:
    item = {"type": "message", "role": "assistant", "content": [{"type": part}]}
    event = {"type": "conversation.item.create", "item": item}
    refused = BETA.decode(json.dumps(event).encode())
    assert isinstance(refused, Refused)
    assert told(refused)[0].startswith(f"Invalid value: '{part}'.")


def test_what_the_session_finds_is_told_in_flat_names() -> None:
    found = errors.unsupported_value("item.content[0].type", "output_text", ("input_text",))
    assert told(found)[0].startswith("Invalid value: 'text'.")
    unbuilt = errors.not_built("session.audio.input.transcription.model")
    assert told(unbuilt)[1] == "session.input_audio_transcription.model"
