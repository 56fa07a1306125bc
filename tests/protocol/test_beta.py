"""The beta dialect: what its clients say, and by what names they are told of their faults."""

import json
from typing import Any

import pytest
from msgspec import UNSET

from repartee.protocol.beta import BETA
from repartee.protocol.client import ResponseCreate, SessionUpdate
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from stage import Stage


def decoded(event: dict[str, Any]) -> Any:
    answer = BETA.decode(json.dumps(event).encode())
    assert not isinstance(answer, Refused), answer
    return answer


def in_ga(event: dict[str, Any]) -> Any:
    answer = GA.decode(json.dumps(event).encode())
    assert not isinstance(answer, Refused), answer
    return answer


def said(event: Any) -> Any:
    """What an update or a response says, without what it leaves out."""
    struct = event.session if isinstance(event, SessionUpdate) else event.response
    return _plain(struct)


def _plain(value: Any) -> Any:
    if not hasattr(value, "__struct_fields__"):
        return value
    members = {name: getattr(value, name) for name in value.__struct_fields__}
    return {name: _plain(member) for name, member in members.items() if member is not UNSET}


def update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": session}


def respond(**response: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": response}


SAME_IN_GA: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"instructions": "Be brief."}, {"instructions": "Be brief."}),
    ({"modalities": ["text"]}, {"output_modalities": ["text"]}),
    ({"modalities": ["text", "audio"]}, {"output_modalities": ["audio"]}),
    ({"modalities": ["audio", "text"]}, {"output_modalities": ["audio"]}),
    ({"modalities": None}, {"output_modalities": None}),
    ({"voice": "echo", "speed": 1.5}, {"audio": {"output": {"voice": "echo", "speed": 1.5}}}),
    ({"input_audio_format": "pcm16"}, {"audio": {"input": {"format": {"type": "audio/pcm"}}}}),
    ({"input_audio_format": "g711_ulaw"}, {"audio": {"input": {"format": {"type": "audio/pcmu"}}}}),
    (
        {"output_audio_format": "g711_alaw"},
        {"audio": {"output": {"format": {"type": "audio/pcma"}}}},
    ),
    (
        {"input_audio_transcription": {"model": "whisper-1", "language": "en", "prompt": "a"}},
        {
            "audio": {
                "input": {"transcription": {"model": "whisper-1", "language": "en", "prompt": "a"}}
            }
        },
    ),
    ({"input_audio_transcription": None}, {"audio": {"input": {"transcription": None}}}),
    ({"turn_detection": None}, {"audio": {"input": {"turn_detection": None}}}),
    (
        {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}},
        {"audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}}},
    ),
    ({"input_audio_noise_reduction": None}, {"audio": {"input": {"noise_reduction": None}}}),
    ({"max_response_output_tokens": "inf"}, {"max_output_tokens": "inf"}),
    ({"max_response_output_tokens": 7}, {"max_output_tokens": 7}),
    ({"tool_choice": "none", "tools": []}, {"tool_choice": "none", "tools": []}),
    (
        {"tool_choice": {"type": "function", "name": "look"}},
        {"tool_choice": {"type": "function", "name": "look"}},
    ),
    ({"tracing": "auto", "truncation": "disabled"}, {"tracing": "auto", "truncation": "disabled"}),
    ({"include": None, "prompt": None}, {"include": None, "prompt": None}),
]


@pytest.mark.parametrize(("flat", "nested"), SAME_IN_GA)
def test_a_flat_session_says_what_a_nested_one_says(
    flat: dict[str, Any], nested: dict[str, Any]
) -> None:
    """B013, B038"""
    ga = in_ga({"type": "session.update", "session": {"type": "realtime", **nested}})
    assert said(decoded(update(**flat))) == said(ga)


def test_what_only_beta_says() -> None:
    """B040"""
    assert said(decoded(update(temperature=0.7))) == {"temperature": 0.7}
    noise = {"input_audio_noise_reduction": {"type": "far_field"}}
    assert said(decoded(update(**noise))) == {
        "audio": {"input": {"noise_reduction": {"type": "far_field"}}}
    }


TOKENS: list[tuple[dict[str, Any], object]] = [
    ({"max_output_tokens": 5}, 5),
    ({"max_response_output_tokens": 5}, 5),
    ({"max_output_tokens": 5, "max_response_output_tokens": None}, 5),
    ({"max_output_tokens": None, "max_response_output_tokens": 5}, 5),
    ({"max_response_output_tokens": "inf"}, "inf"),
]


@pytest.mark.parametrize(("response", "tokens"), TOKENS)
def test_a_response_has_two_names_for_its_tokens(response: dict[str, Any], tokens: object) -> None:
    assert said(decoded(respond(**response))) == {"max_output_tokens": tokens}


def test_a_flat_response_says_what_a_nested_one_says() -> None:
    flat = respond(
        modalities=["audio", "text"],
        instructions=None,
        voice="echo",
        output_audio_format="g711_ulaw",
        conversation="none",
        metadata={"topic": "side"},
        input=[
            {"type": "item_reference", "id": "item_1"},
            {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi."}]},
        ],
    )
    part = {"type": "output_text", "text": "Hi."}
    nested = respond(
        output_modalities=["audio"],
        instructions=None,
        audio={"output": {"voice": "echo", "format": {"type": "audio/pcmu"}}},
        conversation="none",
        metadata={"topic": "side"},
        input=[
            {"type": "item_reference", "id": "item_1"},
            {"type": "message", "role": "assistant", "content": [part]},
        ],
    )
    assert said(decoded(flat)) == said(in_ga(nested))


@pytest.mark.parametrize("input", [[], None])
def test_no_input_is_not_the_same_as_none_said(input: list[Any] | None) -> None:
    """B125"""
    assert said(decoded(respond(input=input))).get("input") == (None if input is None else ())


def test_nulls_all_over() -> None:
    """Some clients write every member they know."""
    event = {"type": "response.create", "event_id": None, "response": None}
    assert decoded(event) == ResponseCreate()


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        (update(modalities=["audio"]), "invalid_value", "session.modalities"),
        (update(type="realtime"), "unknown_parameter", "session.type"),
        (update(output_modalities=["text"]), "unknown_parameter", "session.output_modalities"),
        (update(max_output_tokens=5), "unknown_parameter", "session.max_output_tokens"),
        (update(audio={}), "unknown_parameter", "session.audio"),
        (update(client_secret={}), "unknown_parameter", "session.client_secret"),
        (update(reasoning={}), "unknown_parameter", "session.reasoning"),
        (update(temperature=1.3), "invalid_value", "session.temperature"),
        (
            update(turn_detection={"type": "server_vad", "idle_timeout_ms": 6000}),
            "unknown_parameter",
            "session.turn_detection.idle_timeout_ms",
        ),
        (
            update(input_audio_noise_reduction={"type": "far_field", "strength": 1}),
            "unknown_parameter",
            "session.input_audio_noise_reduction.strength",
        ),
        (respond(max_output_tokens=0), "invalid_value", "response.max_output_tokens"),
        (
            respond(max_response_output_tokens=0),
            "invalid_value",
            "response.max_response_output_tokens",
        ),
        (
            {"type": "transcription_session.update", "session": {"modalities": ["audio"]}},
            "invalid_value",
            "session.modalities",
        ),
        (
            {"type": "transcription_session.update", "session": {"instructions": "a"}},
            "unknown_parameter",
            "session.instructions",
        ),
    ],
)
def test_a_fault_is_told_by_the_name_the_client_used(
    event: dict[str, Any], code: str, param: str
) -> None:
    """On the wire, where paths of the session are made flat."""
    (answer,) = Stage(dialect=BETA).client({**event, "event_id": "mine"})
    error = answer["error"]
    assert (error["code"], error["param"], error["event_id"]) == (code, param, "mine")
    assert code == "invalid_value" or f"'{param}'" in error["message"]


def item(role: str, kind: str) -> dict[str, Any]:
    part = {"type": kind, "text": "Hi."}
    content = {"type": "message", "role": role, "content": [part]}
    return {"type": "conversation.item.create", "item": content}


@pytest.mark.parametrize(
    ("event", "message"),
    [
        pytest.param(
            item("assistant", "input_text"),
            "Invalid value: 'input_text'. Value must be 'text'.",
            id="B090",
        ),
        pytest.param(
            item("user", "text"),
            "Invalid value: 'text'. Supported values are: 'input_text', 'input_audio', "
            "'input_image'.",
            id="the assistant's part",
        ),
        pytest.param(
            item("system", "text"),
            "Invalid value: 'text'. Value must be 'input_text'.",
            id="of the system",
        ),
        pytest.param(
            item("assistant", "output_text"),
            "Invalid value: 'output_text'. Supported values are: 'audio', 'input_audio', "
            "'input_image', 'input_text', 'text'.",
            id="GA's name",
        ),
        pytest.param(
            item("assistant", "audio"),
            "Missing required parameter: 'item.content[0].text'.",
            id="B089",
        ),
    ],
)
def test_a_wrong_part_is_told_in_words_of_beta(event: dict[str, Any], message: str) -> None:
    (answer,) = Stage(dialect=BETA).client(event)
    assert answer["error"]["message"] == message


def test_what_the_session_refuses_is_told_by_its_flat_name() -> None:
    event = update(input_audio_transcription={"model": "gpt-4o-transcribe-diarize"})
    (answer,) = Stage(dialect=BETA).client(event)
    assert answer["error"]["param"] == "session.input_audio_transcription.model"
    assert "'session.input_audio_transcription.model'" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("transcribes", "kind", "message"),
    [
        (
            True,
            "session.update",
            "Passing a realtime session update event to a transcription session is not allowed.",
        ),
        (
            False,
            "transcription_session.update",
            "Passing a transcription session update event to a realtime session is not allowed.",
        ),
    ],
)
def test_an_update_for_the_other_kind_of_session(
    transcribes: bool, kind: str, message: str
) -> None:
    """B033"""
    (answer,) = Stage(dialect=BETA, transcribes=transcribes).client({"type": kind, "session": {}})
    assert answer["error"]["message"] == message
