"""The known errors of the API, one by one, in a session of each dialect.

A row is told here in the project's own words; where the catalogue of errors is at hand, the rows
are compared with it.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from protocol.contract import SHARED
from repartee.protocol.beta import BETA
from repartee.protocol.ga import GA
from repartee.session.inputs import Tick
from stage import Stage

CATALOGUE = SHARED / "protocol" / "errors.json"
# Rows about connecting, and about what engines do: no client event is refused with them.
ELSEWHERE = {
    "invalid_api_key",
    "invalid_model",
    "beta_api_shape_disabled",
    "insufficient_quota",
    "rate_limit_exceeded",
    "audio_unintelligible",
}


class Row(NamedTuple):
    """What a client does wrong, and what it is told: the message has `{}` where it varies."""

    event: dict[str, Any]
    code: str | None
    param: str | None
    message: str
    before: Callable[[Stage], object] = lambda stage: None
    transcribes: bool = False


def speak(stage: Stage) -> None:
    stage.client({"type": "response.create"})
    ref = next(iter(stage.replies))
    stage.say(ref, "Good day. ")
    stage.finish(ref)
    stage.client({"type": "conversation.item.create", "item": user("mine")})


def begin(stage: Stage) -> None:
    stage.client({"type": "response.create"})


def user(item_id: str | None = None) -> dict[str, Any]:
    part = {"type": "input_text", "text": "Hello."}
    return {"type": "message", "id": item_id, "role": "user", "content": [part]}


def truncate(item_id: str, end_ms: float) -> dict[str, Any]:
    event = {"type": "conversation.item.truncate", "item_id": item_id, "content_index": 0}
    return event | {"audio_end_ms": end_ms}


def on_item(verb: str) -> Row:
    event = {"type": f"conversation.item.{verb}", "item_id": "nowhere"}
    words = f"Error {verb.removesuffix('e')}ing item: the item with id 'nowhere' was not found in "
    return Row(event, f"item_{verb}_invalid_item_id", None, f"{words}the conversation.")


ALL: dict[str, Row] = {
    "B121": Row(
        {"type": "response.create"},
        "conversation_already_has_active_response",
        None,
        "Conversation already has an active response in progress: {}. Wait until the response is "
        "finished before creating a new one.",
        begin,
    ),
    "B140": Row(
        {"type": "response.cancel"},
        "response_cancel_not_active",
        None,
        "Cancellation failed: no active response found",
    ),
    "B053": Row(
        {"type": "input_audio_buffer.commit"},
        "input_audio_buffer_commit_empty",
        None,
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
        "but buffer only has 0.00ms of audio.",
    ),
    "B094": Row(
        {
            "type": "conversation.item.create",
            "item": {"type": "function_call_output", "call_id": "call_9", "output": "42"},
        },
        "invalid_tool_call_id",
        None,
        "Tool call ID 'call_9' not found in conversation.",
    ),
    "no item": Row(
        {"type": "conversation.item.create"},
        "missing_required_parameter",
        "item",
        "Missing required parameter: 'item'.",
    ),
    "B104": Row(
        truncate("item_1", 1.5),
        "invalid_type",
        "audio_end_ms",
        "Invalid type for 'audio_end_ms': expected an integer, but got a decimal number instead.",
    ),
    "B205": Row(
        {"type": "response.begin"},
        "invalid_value",
        "type",
        "Invalid value: 'response.begin'. Supported values are: {}.",
    ),
    "B052": Row(
        {"type": "input_audio_buffer.append", "audio": "!?"},
        "invalid_value",
        "audio",
        "Invalid 'audio'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got an "
        "invalid value.",
    ),
    "B052 empty": Row(
        {"type": "input_audio_buffer.append", "audio": ""},
        "invalid_value",
        "audio",
        "Invalid 'audio'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got empty "
        "bytes.",
    ),
    "B105": Row(
        truncate("mine", 0),
        None,
        None,
        "Only model output audio messages can be truncated",
        speak,
    ),
    "B097 truncate": on_item("truncate")._replace(event=truncate("nowhere", 0)),
    "B097 retrieve": on_item("retrieve"),
    "B097 delete": on_item("delete"),
    "B209": Row({}, "invalid_event", None, "The 'type' field is missing."),
}
DIFFERENT: dict[str, dict[str, Row]] = {
    "ga": {
        "B024": Row(
            {"type": "session.update", "session": {}},
            "missing_required_parameter",
            "session.type",
            "Missing required parameter: 'session.type'.",
        ),
        "B028": Row(
            {"type": "session.update", "session": {"type": "realtime", "turn_detection": None}},
            "unknown_parameter",
            "session.turn_detection",
            "Unknown parameter: 'session.turn_detection'.",
        ),
        "B030": Row(
            {
                "type": "session.update",
                "session": {"type": "realtime", "audio": {"output": {"voice": "echo"}}},
            },
            "cannot_update_voice",
            None,
            "Cannot update a conversation's voice if assistant audio is present.",
            speak,
        ),
        "B129": Row(
            {"type": "response.create", "response": {"audio": {"output": {"voice": "echo"}}}},
            "cannot_update_voice",
            None,
            "Cannot update a conversation's voice if assistant audio is present.",
            speak,
        ),
        "B033": Row(
            {"type": "session.update", "session": {"type": "transcription"}},
            None,
            None,
            "Passing a transcription session update event to a realtime session is not allowed.",
        ),
        "B033 the other way": Row(
            {"type": "session.update", "session": {"type": "realtime"}},
            None,
            None,
            "Passing a realtime session update event to a transcription session is not allowed.",
            transcribes=True,
        ),
        "B082": Row(
            {
                "type": "session.update",
                "session": {
                    "type": "transcription",
                    "audio": {
                        "input": {
                            "transcription": {"model": "gpt-realtime-whisper"},
                            "turn_detection": {"type": "server_vad"},
                        }
                    },
                },
            },
            None,
            None,
            "Turn detection is not supported for this transcription model.",
            transcribes=True,
        ),
        "B138": Row(
            {"type": "response.create"},
            "invalid_value",
            "type",
            "'response.create' is not allowed in a transcription session.",
            transcribes=True,
        ),
    },
    "beta": {
        "B028": Row(
            {"type": "session.update", "session": {"audio": {}}},
            "unknown_parameter",
            "session.audio",
            "Unknown parameter: 'session.audio'.",
        ),
        "B030": Row(
            {"type": "session.update", "session": {"voice": "echo"}},
            "cannot_update_voice",
            None,
            "Cannot update a conversation's voice if assistant audio is present.",
            speak,
        ),
        "B129": Row(
            {"type": "response.create", "response": {"voice": "echo"}},
            "cannot_update_voice",
            None,
            "Cannot update a conversation's voice if assistant audio is present.",
            speak,
        ),
        "B033": Row(
            {"type": "transcription_session.update", "session": {}},
            None,
            None,
            "Passing a transcription session update event to a realtime session is not allowed.",
        ),
        "B033 the other way": Row(
            {"type": "session.update", "session": {}},
            None,
            None,
            "Passing a realtime session update event to a transcription session is not allowed.",
            transcribes=True,
        ),
        "B082": Row(
            {
                "type": "transcription_session.update",
                "session": {
                    "input_audio_transcription": {"model": "gpt-live-transcribe"},
                    "turn_detection": {"type": "server_vad"},
                },
            },
            None,
            None,
            "Turn detection is not supported for this transcription model.",
            transcribes=True,
        ),
    },
}
DIALECTS = {"ga": GA, "beta": BETA}
ROWS = [
    pytest.param(dialect, row, id=f"{dialect} {name}")
    for dialect, own in DIFFERENT.items()
    for name, row in (ALL | own).items()
]


def fits(message: str, template: str) -> bool:
    """Whether the message is the template with something in its holes."""
    parts = re.split(r"\{[^}]*\}", template)
    return re.fullmatch(".+".join(re.escape(part) for part in parts), message) is not None


@pytest.mark.parametrize(("dialect", "row"), ROWS)
def test_an_error_is_told_as_the_api_tells_it(dialect: str, row: Row) -> None:
    """B206, B207"""
    stage = Stage(dialect=DIALECTS[dialect], transcribes=row.transcribes)
    row.before(stage)
    (answer,) = stage.client({**row.event, "event_id": "mine"})
    error = answer["error"]
    assert answer["type"] == "error"
    assert (error["type"], error["code"]) == ("invalid_request_error", row.code)
    assert (error["param"], error["event_id"]) == (row.param, "mine")
    assert fits(error["message"], row.message), error["message"]
    assert not stage.closed


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_cut_past_the_end_is_told_and_made(dialect: str) -> None:
    """B103: without the client's id, unlike any other."""
    stage = Stage(dialect=DIALECTS[dialect])
    speak(stage)
    item_id = stage.last("response.output_item.done")["item"]["id"]
    error, truncated = stage.client({**truncate(item_id, 9000), "event_id": "mine"})
    assert error["error"] == {
        "type": "invalid_request_error",
        "code": "invalid_value",
        "message": "Audio content of 200ms is already shorter than 9000ms",
        "param": None,
        "event_id": None,
    }
    assert (truncated["type"], truncated["audio_end_ms"]) == ("conversation.item.truncated", 200)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_session_that_is_too_old_is_told_so(dialect: str) -> None:
    """B210"""
    stage = Stage(dialect=DIALECTS[dialect])
    *_, answer = stage.wait(3600, Tick())
    message = "Your session hit the maximum duration of 60 minutes."
    assert (answer["error"]["code"], answer["error"]["message"]) == ("session_expired", message)
    assert answer["error"]["event_id"] is None
    assert stage.closed


def test_the_rows_are_those_of_the_catalogue() -> None:
    """Every message of the catalogue stands in one of the rows, or in a test of its own."""
    rows = json.loads(CATALOGUE.read_text()) if CATALOGUE.exists() else []
    ours = [(row.code, row.message) for own in DIFFERENT.values() for row in (ALL | own).values()]
    ours += [
        ("session_expired", "Your session hit the maximum duration of 60 minutes."),
        ("invalid_value", "Audio content of 200ms is already shorter than 9000ms"),
    ]
    for row in rows:
        if row["code"] in ELSEWHERE:
            continue
        captured = "not captured" not in row["message"]
        for template in row["message"].split(" | ") if captured else ["{}"]:
            assert any(code == row["code"] and fits(message, template) for code, message in ours), (
                template
            )
