"""The catalogue of errors: their words are those that clients match."""

import pytest

from repartee.protocol import errors
from repartee.protocol.audio import Encoding
from repartee.protocol.errors import Refused

CAPTURED = [
    (
        errors.response_active("resp_1"),
        "conversation_already_has_active_response",
        None,
        "Conversation already has an active response in progress: resp_1. Wait until the response "
        "is finished before creating a new one.",
    ),
    (
        errors.nothing_to_cancel(),
        "response_cancel_not_active",
        None,
        "Cancellation failed: no active response found",
    ),
    (
        errors.buffer_too_small(12.345),
        "input_audio_buffer_commit_empty",
        None,
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
        "but buffer only has 12.35ms of audio.",
    ),
    (
        errors.voice_locked(),
        "cannot_update_voice",
        None,
        "Cannot update a conversation's voice if assistant audio is present.",
    ),
    (
        errors.unknown_call("call_1"),
        "invalid_tool_call_id",
        None,
        "Tool call ID 'call_1' not found in conversation.",
    ),
    (
        errors.missing("session.type"),
        "missing_required_parameter",
        "session.type",
        "Missing required parameter: 'session.type'.",
    ),
    (
        errors.unknown("session.turn_detection"),
        "unknown_parameter",
        "session.turn_detection",
        "Unknown parameter: 'session.turn_detection'.",
    ),
    (
        errors.wrong_type("audio_end_ms", "an integer", "a decimal number"),
        "invalid_type",
        "audio_end_ms",
        "Invalid type for 'audio_end_ms': expected an integer, but got a decimal number instead.",
    ),
    (
        errors.unsupported_value("type", "nope", ("a", "b")),
        "invalid_value",
        "type",
        "Invalid value: 'nope'. Supported values are: 'a', 'b'.",
    ),
    (
        errors.bad_audio("audio", "empty bytes"),
        "invalid_value",
        "audio",
        "Invalid 'audio'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got empty "
        "bytes.",
    ),
    (
        errors.shorter_already(100, 200),
        "invalid_value",
        None,
        "Audio content of 100ms is already shorter than 200ms",
    ),
    (errors.not_model_audio(), None, None, "Only model output audio messages can be truncated"),
    (errors.no_type(), "invalid_event", None, "The 'type' field is missing."),
    (
        errors.session_expired(60),
        "session_expired",
        None,
        "Your session hit the maximum duration of 60 minutes.",
    ),
    (
        errors.session_kind("transcription"),
        None,
        None,
        "Passing a transcription session update event to a realtime session is not allowed.",
    ),
    (
        errors.session_kind("realtime"),
        None,
        None,
        "Passing a realtime session update event to a transcription session is not allowed.",
    ),
    (
        errors.no_turn_detection(),
        None,
        None,
        "Turn detection is not supported for this transcription model.",
    ),
]


@pytest.mark.parametrize(("refused", "code", "param", "message"), CAPTURED)
def test_words_that_were_captured(
    refused: Refused, code: str | None, param: str | None, message: str
) -> None:
    assert refused == Refused(message, code, param)
    assert refused.type == "invalid_request_error"
    assert refused.event_id is None


@pytest.mark.parametrize("verb", ["truncate", "retrieve", "delete"])
def test_an_unknown_item_has_a_code_for_each_verb(verb: str) -> None:
    """B097; the catalogue gives no param for these."""
    refused = errors.item_not_found(verb, "item_9")
    assert (refused.code, refused.param) == (f"item_{verb}_invalid_item_id", None)
    assert "item_9" in refused.message


OWN = [
    (errors.unknown_previous("item_9"), "previous_item_id", "item_9"),
    (errors.duplicate_item("item_9"), "item.id", "item_9"),
    (errors.unknown_reference("response.input[0].id", "item_9"), "response.input[0].id", "item_9"),
    (errors.not_built("session.tracing"), "session.tracing", "not supported"),
    (errors.too_deep("session.tools[0].parameters", 100), "session.tools[0].parameters", "100"),
    (errors.no_such_part(3), "content_index", "3"),
    (errors.buffer_full(), "audio", "full"),
    (errors.too_much_audio("item.content[0].audio", 99), "item.content[0].audio", "99 bytes"),
    (errors.not_on_websocket("output_audio_buffer.clear"), "type", "WebSocket"),
    (errors.not_in_transcription("response.create"), "type", "response.create"),
    (errors.no_logprobs(), "session.include", "log probabilities"),
    (errors.tracing_locked(), "session.tracing", "once"),
    (errors.unknown_prompt("session.prompt.id", "pmpt_9"), "session.prompt.id", "pmpt_9"),
    (
        errors.no_idle_timeout(),
        "session.audio.input.turn_detection.idle_timeout_ms",
        "transcription session",
    ),
]


@pytest.mark.parametrize(("refused", "param", "word"), OWN)
def test_words_of_our_own(refused: Refused, param: str, word: str) -> None:
    assert (refused.code, refused.param) == ("invalid_value", param)
    assert word in refused.message


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("audio/pcm", "mono PCM16 at 24kHz"),
        ("audio/pcmu", "mono G.711 mu-law at 8kHz"),
        ("audio/pcma", "mono G.711 A-law at 8kHz"),
    ],
)
def test_bad_sound_is_told_what_was_expected(encoding: Encoding, words: str) -> None:
    assert f"({words})" in errors.bad_audio("audio", "empty bytes", encoding).message


def test_a_context_that_is_too_long_has_a_code_of_its_own() -> None:
    """B211"""
    refused = errors.context_too_long(28_224)
    assert refused.code == "context_length_exceeded"
    assert "28224 tokens" in refused.message


def test_part_of_a_minute_is_told() -> None:
    assert "duration of 0.5 minutes" in errors.session_expired(0.5).message


def test_what_is_no_event_is_named() -> None:
    refused = errors.not_an_event("an array")
    assert (refused.code, refused.param) == ("invalid_event", None)
    assert "an array" in refused.message
