"""What a client's mistake is called: code, `param` and words."""

import json
from typing import Any

import pytest

from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA

UNKNOWN, MISSING = "unknown_parameter", "missing_required_parameter"
TYPE, VALUE = "invalid_type", "invalid_value"


def refused(event: Any) -> Refused:
    answer = GA.decode(json.dumps(event).encode())
    assert isinstance(answer, Refused), answer
    return answer


def update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **session}}


def hearing(**members: Any) -> dict[str, Any]:
    return update(audio={"input": members})


def detection(**members: Any) -> dict[str, Any]:
    return hearing(turn_detection={"type": "server_vad", **members})


def item(**members: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": {"type": "message", **members}}


def user(part: dict[str, Any]) -> dict[str, Any]:
    return item(role="user", content=[part])


def truncate(**members: Any) -> dict[str, Any]:
    whole = {"item_id": "item_1", "content_index": 0, "audio_end_ms": 0, **members}
    return {"type": "conversation.item.truncate", **whole}


def respond(**members: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": members}


VAD = "session.audio.input.turn_detection"
RETENTION = "session.truncation.retention_ratio"
CASES: list[tuple[str, dict[str, Any], str | None, str | None]] = [
    ("B024", {"type": "session.update", "session": {}}, MISSING, "session.type"),
    ("B028 beta turn detection", update(turn_detection={}), UNKNOWN, "session.turn_detection"),
    ("B028 B040", update(temperature=0.8), UNKNOWN, "session.temperature"),
    (
        "B028 beta tokens",
        update(max_response_output_tokens=1),
        UNKNOWN,
        "session.max_response_output_tokens",
    ),
    ("read-only", update(id="sess_1"), UNKNOWN, "session.id"),
    ("no such kind", {"type": "session.update", "session": {"type": "x"}}, VALUE, "session.type"),
    ("B035 slow", update(audio={"output": {"speed": 0.2}}), VALUE, "session.audio.output.speed"),
    ("B035 fast", update(audio={"output": {"speed": 1.6}}), VALUE, "session.audio.output.speed"),
    ("B036 none", update(max_output_tokens=0), VALUE, "session.max_output_tokens"),
    ("B036 many", update(max_output_tokens=4097), VALUE, "session.max_output_tokens"),
    ("B036 word", update(max_output_tokens="all"), VALUE, "session.max_output_tokens"),
    ("B036 decimal", update(max_output_tokens=1.5), TYPE, "session.max_output_tokens"),
    ("B037", update(output_modalities=["audio", "text"]), VALUE, "session.output_modalities"),
    ("B037 no such", update(output_modalities=["x"]), VALUE, "session.output_modalities[0]"),
    (
        "B039",
        hearing(format={"type": "audio/pcm", "rate": 16000}),
        VALUE,
        "session.audio.input.format.rate",
    ),
    (
        "B039 G.711 has no rate",
        hearing(format={"type": "audio/pcmu", "rate": 8000}),
        UNKNOWN,
        "session.audio.input.format.rate",
    ),
    ("beta format", hearing(format="pcm16"), TYPE, "session.audio.input.format"),
    ("B041 above", detection(threshold=1.1), VALUE, f"{VAD}.threshold"),
    ("B041 below", detection(threshold=-0.1), VALUE, f"{VAD}.threshold"),
    ("padding below", detection(prefix_padding_ms=-1), VALUE, f"{VAD}.prefix_padding_ms"),
    ("silence below", detection(silence_duration_ms=-1), VALUE, f"{VAD}.silence_duration_ms"),
    ("B042 short", detection(idle_timeout_ms=4999), VALUE, f"{VAD}.idle_timeout_ms"),
    ("B042 long", detection(idle_timeout_ms=30_001), VALUE, f"{VAD}.idle_timeout_ms"),
    (
        "B042 semantic",
        hearing(turn_detection={"type": "semantic_vad", "idle_timeout_ms": 6000}),
        UNKNOWN,
        f"{VAD}.idle_timeout_ms",
    ),
    (
        "B043",
        hearing(turn_detection={"type": "semantic_vad", "eagerness": "eager"}),
        VALUE,
        f"{VAD}.eagerness",
    ),
    ("untyped detection", hearing(turn_detection={"threshold": 0.5}), MISSING, f"{VAD}.type"),
    ("detection typed 5", hearing(turn_detection={"type": 5}), TYPE, f"{VAD}.type"),
    (
        "no such noise",
        hearing(noise_reduction={"type": "no_field"}),
        VALUE,
        "session.audio.input.noise_reduction.type",
    ),
    (
        "B182 no languages",
        hearing(transcription={"languages": []}),
        VALUE,
        "session.audio.input.transcription.languages",
    ),
    (
        "B044 nested",
        update(tool_choice={"type": "function", "function": {"name": "look"}}),
        MISSING,
        "session.tool_choice.name",
    ),
    ("B044 no such", update(tool_choice="maybe"), VALUE, "session.tool_choice"),
    (
        "MCP choice not built",
        update(tool_choice={"type": "mcp", "server_label": "a"}),
        VALUE,
        "session.tool_choice.type",
    ),
    (
        "B045",
        update(tools=[{"type": "function", "name": "look", "strict": True}]),
        UNKNOWN,
        "session.tools[0].strict",
    ),
    ("tool without name", update(tools=[{"type": "function"}]), MISSING, "session.tools[0].name"),
    (
        "MCP tool not built",
        update(tools=[{"type": "mcp", "server_label": "a"}]),
        VALUE,
        "session.tools[0].type",
    ),
    ("B048", update(include=["everything"]), VALUE, "session.include[0]"),
    ("no such tracing", update(tracing="always"), VALUE, "session.tracing"),
    ("tracing unknown", update(tracing={"name": "a"}), UNKNOWN, "session.tracing.name"),
    (
        "tracing pairs",
        update(tracing={"metadata": {str(n): n for n in range(17)}}),
        VALUE,
        "session.tracing.metadata",
    ),
    (
        "tracing key",
        update(tracing={"metadata": {"k" * 65: 1}}),
        VALUE,
        "session.tracing.metadata",
    ),
    (
        "tracing value",
        update(tracing={"metadata": {"floor": 3, "note": "v" * 513}}),
        VALUE,
        "session.tracing.metadata.note",
    ),
    ("prompt lacks", update(prompt={"version": "1"}), MISSING, "session.prompt.id"),
    (
        "prompt with a picture",
        update(prompt={"id": "a", "variables": {"face": {"type": "input_image"}}}),
        VALUE,
        "session.prompt.variables.face.type",
    ),
    (
        "prompt with a number",
        update(prompt={"id": "a", "variables": {"name": "Ada", "age": 36}}),
        TYPE,
        "session.prompt.variables.age",
    ),
    ("no such truncation", update(truncation="enabled"), VALUE, "session.truncation"),
    (
        "B213 above",
        update(truncation={"type": "retention_ratio", "retention_ratio": 1.1}),
        VALUE,
        "session.truncation.retention_ratio",
    ),
    ("B213 lacks", update(truncation={"type": "retention_ratio"}), MISSING, RETENTION),
    ("B213 untyped", update(truncation={"retention_ratio": 1}), MISSING, "session.truncation.type"),
    ("B050", {"type": "response.cancel", "event_id": "e" * 513}, VALUE, "event_id"),
    ("B052", {"type": "input_audio_buffer.append", "audio": "!"}, VALUE, "audio"),
    ("B052 no string", {"type": "input_audio_buffer.append", "audio": 5}, VALUE, "audio"),
    ("append of nothing", {"type": "input_audio_buffer.append"}, MISSING, "audio"),
    ("B093", user({"type": "input_audio", "audio": "!"}), VALUE, "item.content[0].audio"),
    ("text lacks", user({"type": "input_text"}), MISSING, "item.content[0].text"),
    ("no such part", user({"type": "text", "text": "a"}), VALUE, "item.content[0].type"),
    ("untyped part", user({"text": "a"}), MISSING, "item.content[0].type"),
    ("no such role", item(role="robot", content=[]), VALUE, "item.role"),
    ("content of a string", item(role="user", content="Hello."), TYPE, "item.content"),
    (
        "MCP answer not built",
        {"type": "conversation.item.create", "item": {"type": "mcp_approval_response"}},
        VALUE,
        "item.type",
    ),
    ("untyped item", {"type": "conversation.item.create", "item": {}}, MISSING, "item.type"),
    ("B104", truncate(audio_end_ms=1.5), TYPE, "audio_end_ms"),
    ("end below", truncate(audio_end_ms=-1), VALUE, "audio_end_ms"),
    ("no item", {"type": "conversation.item.retrieve"}, MISSING, "item_id"),
    ("beta override", respond(modalities=["text"]), UNKNOWN, "response.modalities"),
    ("B128 speed", respond(audio={"output": {"speed": 1}}), UNKNOWN, "response.audio.output.speed"),
    ("response prompt", respond(prompt={}), MISSING, "response.prompt.id"),
    ("conversation", respond(conversation="conv_1"), VALUE, "response.conversation"),
    ("B124 pairs", respond(metadata={str(n): "" for n in range(17)}), VALUE, "response.metadata"),
    ("B124 key", respond(metadata={"k" * 65: "v"}), VALUE, "response.metadata"),
    ("B124 value", respond(metadata={"key": "v" * 513}), VALUE, "response.metadata.key"),
    ("B124 type", respond(metadata={"a": "b", "key": None}), TYPE, "response.metadata.key"),
    (
        "input",
        respond(input=[{"type": "message", "role": "user"}]),
        MISSING,
        "response.input[0].content",
    ),
    ("B205", {"type": "response.begin"}, VALUE, "type"),
    ("B209", {}, "invalid_event", None),
    ("type 5", {"type": 5}, TYPE, "type"),
]


@pytest.mark.parametrize(
    ("event", "code", "param"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_mistakes(event: dict[str, Any], code: str | None, param: str | None) -> None:
    answer = refused(event)
    assert (answer.code, answer.param) == (code, param)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"type": "session.update", "session": {}}, "Missing required parameter: 'session.type'."),
        (update(temperature=1), "Unknown parameter: 'session.temperature'."),
        (
            truncate(audio_end_ms=1.5),
            "Invalid type for 'audio_end_ms': expected an integer, but got a decimal number "
            "instead.",
        ),
        (
            update(tool_choice="maybe"),
            "Invalid value: 'maybe'. Supported values are: 'auto', 'none', 'required'.",
        ),
        (
            item(role="robot", content=[]),
            "Invalid value: 'robot'. Supported values are: 'assistant', 'system', 'user'.",
        ),
        (
            update(tool_choice={"type": "mcp"}),
            "'session.tool_choice.type' is not supported by this server yet.",
        ),
        (
            update(tools=[{"type": "function", "name": 5}]),
            "Invalid type for 'session.tools[0].name': expected a string, but got an integer "
            "instead.",
        ),
        (
            update(tools=[{"type": "mcp", "server_label": "a"}]),
            "'session.tools[0].type' is not supported by this server yet.",
        ),
        (
            update(tracing="always"),
            "Invalid value: 'always'. Value must be 'auto'.",
        ),
        (
            respond(metadata={"k" * 65: "v"}),
            "Invalid value for 'response.metadata': expected every name to be a string of length "
            "<= 64.",
        ),
        (
            {"type": 5},
            "Invalid type for 'type': expected a string, but got an integer instead.",
        ),
        (
            {"type": "session.update", "session": {"type": None}},
            "Invalid type for 'session.type': expected a string, but got null instead.",
        ),
        (
            detection(threshold=2),
            f"Invalid value for '{VAD}.threshold': expected a decimal number <= 1.0.",
        ),
    ],
)
def test_words(event: dict[str, Any], message: str) -> None:
    assert refused(event).message == message


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_no_word_of_the_decoder_reaches_the_client(
    case: tuple[str, dict[str, Any], str | None, str | None],
) -> None:
    message = refused(case[1]).message
    assert "`" not in message
    assert "$" not in message
    assert "[...]" not in message


def test_every_event_type_is_offered() -> None:
    """B205"""
    message = refused({"type": "response.begin"}).message
    assert message.startswith("Invalid value: 'response.begin'. Supported values are: ")
    for kind in ("session.update", "conversation.item.truncate", "output_audio_buffer.clear"):
        assert repr(kind) in message


@pytest.mark.parametrize("event_id", ["mine", "Ünï 😀", "e" * 512, ""])
@pytest.mark.parametrize(
    "event", [update(temperature=1), {"type": "nope"}, {}, truncate(item_id=5)]
)
def test_the_clients_event_id_is_echoed(event: dict[str, Any], event_id: str) -> None:
    """B206"""
    assert refused({**event, "event_id": event_id}).event_id == event_id


@pytest.mark.parametrize("event_id", [5, None, ["e"], {}])
def test_an_event_id_that_is_none_is_not_echoed(event_id: object) -> None:
    assert refused({"type": "nope", "event_id": event_id}).event_id is None


@pytest.mark.parametrize(
    ("message", "what"),
    [
        (b"", "malformed JSON"),
        (b"{", "malformed JSON"),
        (b"[]", "an array"),
        (b'"x"', "a string"),
        (b"null", "null"),
        (b"true", "a boolean"),
        (b"5", "an integer"),
        (b"5.5", "a decimal number"),
    ],
)
def test_what_is_no_object(message: bytes, what: str) -> None:
    """B208"""
    answer = GA.decode(message)
    assert isinstance(answer, Refused)
    assert answer == Refused(
        f"Expected a JSON object in a text frame, but got {what}.", "invalid_event"
    )


@pytest.mark.parametrize("word", ["'auto'", "it's", '"', "a\nb", "\\", "Ünï 😀", ""])
def test_a_wrong_word_is_told_as_it_is(word: str) -> None:
    for event in (update(tool_choice=word), {"type": word}):
        assert refused(event).message.startswith(f"Invalid value: {word!r}. Supported values are: ")
