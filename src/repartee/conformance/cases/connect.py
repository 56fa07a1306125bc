"""Connecting: the handshake, the first frame, the defaults, and how a connection is refused."""

import base64
import time
from typing import Any

from repartee.conformance.judges.configuration import shows
from repartee.conformance.play import moves
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_LARGEST_APPEND = 15 * 1024 * 1024  # bytes of audio in one event
_HOUR_S = 3600
_CLOCK_S = 120  # by which clocks may differ

_PCM = {"type": "audio/pcm", "rate": 24_000}


async def _opened(stage: Stage) -> tuple[Client, dict[str, Any]]:
    client = await stage.connect()
    created = await client.next("session.created")
    client.check(created.get("type") == "session.created", "the first frame is another event")
    return client, created["session"]


@case("B001", "B012")
async def the_first_frame_shows_the_session(stage: Stage) -> None:
    """session.created comes first: type realtime, object realtime.session, an id with sess_."""
    client, session = await _opened(stage)
    head = {"type": "realtime", "object": "realtime.session"}
    client.check(shows(head, session), f"session.created does not show {head}")
    client.check(session["id"].startswith("sess_"), f"the id is {session['id']!r}")


@case("B002")
async def event_ids_are_unique(stage: Stage) -> None:
    """Every event of a session has an event_id of its own, and ids of sessions differ."""
    one, other = await stage.session(), await stage.session()
    await moves.write(one, "Good morning.")
    await moves.completed(one, **moves.TEXT)
    await other.fence()
    ids = [frame.event.get("event_id") for frame in one.frames if frame.side == "server"]
    one.check(all(isinstance(each, str) and each for each in ids), "an event has no event_id")
    one.check(len(set(ids)) == len(ids), "an event_id is used twice")


@case("B003")
async def events_come_as_text_frames(stage: Stage) -> None:
    """Each event is one JSON object in a text frame."""
    client = await stage.session()
    await moves.write(client, "Good morning.")
    await moves.completed(client, **moves.TEXT)
    client.check(not client.foreign, f"the server sends {''.join(client.foreign[:1])}")


@case("B004")
async def subprotocol_realtime_is_chosen_alone(stage: Stage) -> None:
    """Of the subprotocols that stock clients offer, realtime is chosen and nothing else."""
    key = stage.place.key or "sk-anything"
    offers = (
        ("realtime", f"openai-insecure-api-key.{key}", "openai-agents-sdk.0.1.0"),
        ("realtime", f"openai-insecure-api-key.{key}", "openai-organization.o", "openai-project.p"),
    )
    for offered in offers:
        client = await stage.connect(subprotocols=offered, key=None)
        await client.expect("session.created")
        _check_subprotocol(client, "realtime")
    client = await stage.session()
    _check_subprotocol(client, None)


def _check_subprotocol(client: Client, wanted: str | None) -> None:
    assert client.wire is not None
    chosen = client.wire.subprotocol
    client.check(chosen == wanted, f"the server chooses the subprotocol {chosen!r}, not {wanted!r}")


@case("B005")
async def a_wrong_key_is_refused_after_the_handshake(stage: Stage) -> None:
    """A wrong key: 101, the error invalid_api_key, close 3000; a right subprotocol key is taken.

    The wrong key looks like an ephemeral one, which also a server that wants no key has to open.
    """
    key = stage.place.key
    if key is not None:
        offered = ("realtime", f"openai-insecure-api-key.{key}")
        await (await stage.connect(subprotocols=offered, key=None)).expect("session.created")
    client = await stage.connect(key="ek_000000000000000000000000000000000000000000000000")
    await client.refused(None, code="invalid_api_key")
    await _check_closing(client, 3000, "invalid_request_error.invalid_api_key")


async def _check_closing(client: Client, code: int, reason: str) -> None:
    closing = await client.closed()
    client.check(closing.code == code, f"the connection closes with {closing.code}, not {code}")
    client.check(closing.reason == reason, f"it closes for {closing.reason!r}, not {reason!r}")


@case("B006")
async def a_model_in_the_wrong_mode_is_refused(stage: Stage) -> None:
    """A model where none may be: 101, the error invalid_model, close 4000."""
    client = await stage.connect(query={"intent": "transcription", "model": stage.place.model})
    await client.refused(None, code="invalid_model")
    await _check_closing(client, 4000, "invalid_request_error.invalid_model")


@case("B007")
async def a_session_lasts_an_hour(stage: Stage) -> None:
    """session.expires_at is about an hour away."""
    client, session = await _opened(stage)
    away = session["expires_at"] - time.time()
    client.check(abs(away - _HOUR_S) < _CLOCK_S, f"expires_at is {away:.0f} s away")


@case("B008")
async def the_defaults_are_those_of_the_api(stage: Stage) -> None:
    """A new session speaks pcm, answers in audio, has no tools, and no limit to its answers."""
    client, session = await _opened(stage)
    expected: dict[str, Any] = {
        "output_modalities": ["audio"],
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "audio": {"input": {"format": _PCM}, "output": {"format": _PCM, "speed": 1}},
    }
    for name, value in expected.items():
        client.check(shows(value, session.get(name)), f"{name} is {session.get(name)!r}")
    nulls = {name: session.get(name) for name in ("tracing", "prompt", "include")}
    heard = session["audio"]["input"]
    nulls |= {name: heard.get(name) for name in ("transcription", "noise_reduction")}
    for name, value in nulls.items():
        client.check(value is None, f"{name} is {value!r}, not null")


@case("B009")
async def turn_detection_is_on_with_its_defaults(stage: Stage) -> None:
    """server_vad with 0.5, 300 ms and 500 ms, the documented silence; it answers and yields."""
    client, session = await _opened(stage)
    detection = session["audio"]["input"]["turn_detection"] or {}
    expected = {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "create_response": True,
        "interrupt_response": True,
    }
    for name, value in expected.items():
        client.check(detection.get(name) == value, f"{name} is {detection.get(name)!r}")
    client.check(detection.get("idle_timeout_ms") is None, "idle_timeout_ms is set")
    named = {"turn_detection": {"type": "server_vad"}}
    shown = await stage.update(client, audio={"input": named})
    again = shown["audio"]["input"]["turn_detection"]
    client.check(again == detection, "an update that names no values has other defaults")


@case("B010")
async def truncation_is_automatic(stage: Stage) -> None:
    """truncation is auto where session.created shows it."""
    client, session = await _opened(stage)
    told = session.get("truncation", "auto")
    client.check(told == "auto", f"truncation is {told!r}")


@case("B011")
async def default_instructions_are_shown(stage: Stage) -> None:
    """Without instructions of the client there are default ones, and they are shown."""
    client, session = await _opened(stage)
    client.check(bool(session["instructions"].strip()), "instructions are empty")


@case("B022")
async def a_safety_identifier_is_welcome(stage: Stage) -> None:
    """The header OpenAI-Safety-Identifier is accepted."""
    client = await stage.connect(headers={"OpenAI-Safety-Identifier": "user-1234"})
    await client.expect("session.created")


@case("B023")
async def fifteen_mebibytes_of_audio_are_one_event(stage: Stage) -> None:
    """An append of 15 MiB of audio is taken, and the connection stays."""
    client = await stage.manual()
    silence = base64.b64encode(bytes(_LARGEST_APPEND)).decode()
    client.send("input_audio_buffer.append", audio=silence)
    client.send("input_audio_buffer.clear")
    await client.expect("input_audio_buffer.cleared")
