"""Bodies that ask for a session over HTTP."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repartee.protocol import creation, errors
from repartee.protocol.config import Config, TranscriptionConfig
from repartee.protocol.creation import Creation, client_secret, session, transcription_session
from repartee.protocol.errors import Refused
from repartee.protocol.said import merge

Read = Any
READERS = (client_secret, session, transcription_session)


def asked(read: Read, **body: Any) -> Creation:
    found = read(msgspec.json.encode(body))
    assert isinstance(found, Creation), found
    return found


def refused(read: Read, **body: Any) -> tuple[str | None, str | None]:
    found = read(msgspec.json.encode(body))
    assert isinstance(found, Refused)
    assert found.event_id is None
    return found.param, found.code


def test_an_empty_body_asks_for_the_usual_session() -> None:
    for body in (b"", b"{}"):
        usual = client_secret(body)
        assert isinstance(usual, Creation)
        assert (usual.kind, usual.dialect, usual.life_s) == ("realtime", "ga", 600)
        flat = session(body)
        assert isinstance(flat, Creation)
        assert (flat.kind, flat.dialect, flat.life_s) == ("realtime", "beta", 60)
        heard = transcription_session(body)
        assert isinstance(heard, Creation)
        assert (heard.kind, heard.dialect, heard.life_s) == ("transcription", "beta", 60)


def test_what_is_said_is_read_as_an_update_would_be() -> None:
    nested = asked(client_secret, session={"type": "realtime", "instructions": "Sing."})
    assert merge(Config(), nested.said).instructions == "Sing."
    flat = asked(session, voice="echo", input_audio_format="g711_ulaw")
    config = merge(Config(), flat.said)
    assert config.audio.output.voice == "echo"
    assert flat.show(config)["input_audio_format"] == "g711_ulaw"
    words = {"model": "whisper-1"}
    heard = asked(transcription_session, input_audio_transcription=words)
    shown = heard.show(merge(TranscriptionConfig(), heard.said))
    assert shown["input_audio_transcription"] == words


def test_the_words_mean_the_same_once_more() -> None:
    for made in (
        asked(client_secret, session={"type": "transcription", "include": None}),
        asked(session, model="m", client_secret={"expires_after": {"seconds": 10}}),
        asked(session, audio={"output": {"voice": "ash"}}),
        asked(transcription_session, turn_detection=None),
    ):
        assert creation.meaning(made.words, made.dialect, made.kind) == made.said


@pytest.mark.parametrize("members", [{"audio": {}}, {"output_modalities": ["text"]}])
def test_a_nested_session_is_read_as_ga(members: dict[str, Any]) -> None:
    assert asked(session, **members).dialect == "ga"
    assert asked(session, **members, type="realtime").dialect == "ga"
    assert refused(session, **members, voice="echo") == ("voice", "unknown_parameter")


def test_a_nested_session_answers() -> None:
    assert refused(session, audio={}, type="transcription") == ("type", "invalid_value")


def test_the_model_is_the_one_asked_for() -> None:
    assert asked(session, model="m").model == "m"
    assert asked(session).model is None
    assert asked(session, model=None).model is None
    assert asked(transcription_session).model is None


@pytest.mark.parametrize("seconds", [10, 7200, None])
def test_the_life_of_a_key(seconds: int | None) -> None:
    expires_after = {"anchor": "created_at", "seconds": seconds}
    assert asked(client_secret, expires_after=expires_after).life_s == (seconds or 600)
    own = {"expires_after": expires_after}
    assert asked(session, client_secret=own).life_s == (seconds or 60)
    assert asked(transcription_session, client_secret=own).life_s == (seconds or 60)


@pytest.mark.parametrize("seconds", [9, 0, -1, 7201, 1e9, "600", 600.5, True, {}, []])
def test_no_other_life_is_taken(seconds: Any) -> None:
    expires_after = {"seconds": seconds}
    assert refused(client_secret, expires_after=expires_after)[0] == "expires_after.seconds"
    own = {"expires_after": expires_after}
    assert refused(session, client_secret=own)[0] == "client_secret.expires_after.seconds"


def test_it_is_counted_from_now_and_from_nothing_else() -> None:
    expires_after = {"anchor": "last_active_at"}
    assert refused(client_secret, expires_after=expires_after)[0] == "expires_after.anchor"


@pytest.mark.parametrize(
    ("read", "body", "param", "code"),
    [
        (client_secret, {"session": {}}, "session.type", "missing_required_parameter"),
        (client_secret, {"session": {"type": "translation"}}, "session.type", "invalid_value"),
        (client_secret, {"session": []}, "session", "invalid_type"),
        (client_secret, {"voice": "ash"}, "voice", "unknown_parameter"),
        (client_secret, {"expires_after": 600}, "expires_after", "invalid_type"),
        (
            client_secret,
            {"session": {"type": "realtime", "audio": {"output": {"speed": 9}}}},
            "session.audio.output.speed",
            "invalid_value",
        ),
        (
            client_secret,
            {"session": {"type": "realtime", "tools": [{"type": "mcp"}]}},
            "session.tools[0].type",
            "invalid_value",
        ),
        (session, {"session": {}}, "session", "unknown_parameter"),
        (session, {"voice": 3}, "voice", "invalid_type"),
        (session, {"modalities": ["audio"]}, "modalities", "invalid_value"),
        (session, {"audio": {"output": {"voice": 3}}}, "audio.output.voice", "invalid_type"),
        (session, {"client_secret": {"value": "ek_"}}, "client_secret.value", "unknown_parameter"),
        (transcription_session, {"voice": "ash"}, "voice", "unknown_parameter"),
    ],
)
def test_faults_are_told_by_the_names_in_the_body(
    read: Read, body: dict[str, Any], param: str, code: str
) -> None:
    assert refused(read, **body) == (param, code)


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b"\xff", b'"x"', b"[" * 5000])
def test_what_is_no_object(body: bytes) -> None:
    for read in READERS:
        found = read(body)
        assert isinstance(found, Refused)
        assert found.message.startswith("Expected a JSON object as the request's body, but got ")


def test_a_fault_of_the_session_is_told_by_the_names_in_the_body_too() -> None:
    fault = errors.not_built("session.audio.input.transcription.model")
    nested = asked(client_secret).fault(fault)
    assert nested.param == "session.audio.input.transcription.model"
    flat = asked(session).fault(fault)
    assert flat.param == "input_audio_transcription.model"
    assert "'input_audio_transcription.model'" in flat.message
    assert asked(session, audio={}).fault(fault).param == "audio.input.transcription.model"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9000) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["session", "type", "expires_after", "client_secret", "audio", "voice", "seconds", "tools"]
)


@given(st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON, max_size=3), max_size=4))
def test_any_body_is_read_or_refused(body: dict[str, Any]) -> None:
    for read in READERS:
        found = read(msgspec.json.encode(body))
        assert isinstance(found, Creation | Refused)


@given(st.binary(max_size=40))
def test_any_bytes_are(body: bytes) -> None:
    for read in READERS:
        assert isinstance(read(body), Creation | Refused)
