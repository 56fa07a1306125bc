"""Ephemeral keys: made over HTTP, and what they open."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from repartee.keys.limits import Limits
from repartee.server.client_secrets import Made
from server.doorway import KEY, NOWHERE, doorway
from server.visitors import (
    SECRETS,
    SESSIONS,
    TRANSCRIPTIONS,
    enter,
    mint,
    new_key,
    post,
    said,
    turned_away,
)
from transports.raw_socket import TEXT, frame

SINGING = {"type": "realtime", "instructions": "Sing.", "audio": {"output": {"voice": "ash"}}}


async def test_a_key_and_the_whole_session_are_answered() -> None:
    """B193"""
    async with doorway(api_key=KEY) as door:
        answer = await post(door, SECRETS, {"session": SINGING}, KEY)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json
    assert set(made) == {"value", "expires_at", "session"}
    assert made["value"].startswith("ek_")
    assert abs(made["expires_at"] - time.time() - 600) < 5
    session = made["session"]
    assert session["id"].startswith("sess_")
    assert (session["type"], session["object"]) == ("realtime", "realtime.session")
    assert (session["instructions"], session["audio"]["output"]["voice"]) == ("Sing.", "ash")
    assert session["audio"]["input"]["turn_detection"]["type"] == "server_vad"


async def test_beta_answers_flat_with_the_key_inside() -> None:
    """B198"""
    async with doorway() as door:
        flat = (await post(door, SESSIONS, {"voice": "echo", "model": "m"})).json
        nested = (await post(door, SESSIONS, {"output_modalities": ["text"]})).json
    assert (flat["voice"], flat["model"], flat["modalities"]) == ("echo", "m", ["audio", "text"])
    assert flat["object"] == "realtime.session"
    assert nested["output_modalities"] == ["text"]
    for made in (flat, nested):
        assert set(made["client_secret"]) == {"value", "expires_at"}
        assert abs(made["client_secret"]["expires_at"] - time.time() - 60) < 5


async def test_a_beta_session_that_transcribes() -> None:
    """B199"""
    async with doorway() as door:
        made = (await post(door, TRANSCRIPTIONS, {"turn_detection": None})).json
    assert made["object"] == "realtime.transcription_session"
    assert made["turn_detection"] is None
    assert made["client_secret"]["value"].startswith("ek_")


@pytest.mark.parametrize("seconds", [10, 7200])
async def test_the_life_asked_for_is_the_life_given(seconds: int) -> None:
    """B194"""
    async with doorway() as door:
        body = {"expires_after": {"anchor": "created_at", "seconds": seconds}}
        made = (await post(door, SECRETS, body)).json
    assert abs(made["expires_at"] - time.time() - seconds) < 5


@pytest.mark.parametrize(
    ("path", "body", "param", "code"),
    [
        (SECRETS, {"expires_after": {"seconds": 9}}, "expires_after.seconds", "invalid_value"),
        (SECRETS, {"session": {"voice": "x"}}, "session.type", "missing_required_parameter"),
        (SECRETS, {"x": 1}, "x", "unknown_parameter"),
        (SECRETS, b"{", None, "invalid_value"),
        (
            SECRETS,
            {"session": {"type": "realtime", "prompt": {"id": "pmpt_x"}}},
            "session.prompt.id",
            "invalid_value",
        ),
        (SESSIONS, {"speed": 9}, "speed", "invalid_value"),
        (
            TRANSCRIPTIONS,
            {"input_audio_transcription": {"model": "gpt-4o-transcribe-diarize"}},
            "input_audio_transcription.model",
            "invalid_value",
        ),
    ],
)
async def test_what_is_wrong_is_told_by_name(
    path: str, body: Any, param: str | None, code: str
) -> None:
    """B194, B197, B200"""
    async with doorway() as door:
        answer = await post(door, path, body)
    assert (answer.status, answer.code) == (400, code)
    assert answer.json["error"]["param"] == param
    assert answer.json["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", [SECRETS, SESSIONS, TRANSCRIPTIONS, "/v1/models"])
async def test_an_ephemeral_key_opens_sessions_and_nothing_else(path: str) -> None:
    async with doorway(api_key=KEY) as door:
        made = await mint(door, key=KEY)
        answer = await post(door, path, key=made)
    assert (answer.status, answer.code) == (401, "invalid_api_key")


async def test_it_opens_the_session_bound_to_it_as_often_as_wanted() -> None:
    """B195, B196"""
    async with doorway(None, api_key=KEY) as door:
        made = await mint(door, SINGING | {"model": "gpt-x"}, KEY)
        ids = set()
        for headers in ({}, {"sec_websocket_protocol": f"openai-insecure-api-key.{made}"}):
            client = await enter(door, None if headers else made, **headers)
            session = (await said(client))["session"]
            ids.add(session["id"])
            assert (session["model"], session["instructions"]) == ("gpt-x", "Sing.")
            assert session["audio"]["output"]["voice"] == "ash"
            await client.close()
        assert len(ids) == 2


async def test_its_holder_may_say_otherwise() -> None:
    """B196"""
    async with doorway(None) as door:
        client = await enter(door, await mint(door, SINGING), "?model=other")
        assert (await said(client))["session"]["model"] == "other"
        update = {"type": "session.update", "session": SINGING | {"instructions": "Whisper."}}
        client.send(frame(TEXT, json.dumps(update).encode()))
        session = (await said(client))["session"]
        assert (session["instructions"], session["audio"]["output"]["voice"]) == ("Whisper.", "ash")


async def test_a_transcription_key_needs_no_intent() -> None:
    async with doorway(None) as door:
        client = await enter(door, await mint(door, {"type": "transcription"}))
        created = await said(client)
        assert created["session"]["type"] == "transcription"


async def test_a_beta_key_opens_a_beta_session() -> None:
    async with doorway(None) as door:
        flat = (await post(door, SESSIONS, {"voice": "echo"})).json["client_secret"]["value"]
        created = await said(await enter(door, flat, "?model=m"))
        assert (created["session"]["voice"], created["session"]["model"]) == ("echo", "m")
        heard = (await post(door, TRANSCRIPTIONS)).json["client_secret"]["value"]
        created = await said(await enter(door, heard))
        assert created["type"] == "transcription_session.created"


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("transcription", "?model=gpt-realtime"),
        ("transcription", "?intent=realtime"),
        ("realtime", "?intent=transcription"),
    ],
)
async def test_it_opens_no_other_kind_of_session(kind: str, query: str) -> None:
    async with doorway() as door:
        made = await mint(door, {"type": kind})
        assert await turned_away(door, made, query) == ("invalid_model", 4000)


async def test_broken_and_foreign_keys_open_nothing() -> None:
    keyless: dict[str, Any] = {}
    for settings in (keyless, {"api_key": KEY}):
        async with doorway(**settings) as door:
            made = await mint(door, key=settings.get("api_key"))
            for wrong in (made[:-1], made[:20], "ek_", "ek_" + "A" * 60):
                assert await turned_away(door, wrong) == ("invalid_api_key", 3000)


async def test_an_expired_key_opens_nothing_and_ends_nothing() -> None:
    """B195"""
    async with doorway(api_key=KEY) as door:
        made = await mint(door, key=KEY, expires_after={"seconds": 10})
        client = await enter(door, made)
        door.edge.access.clock = lambda: time.time() + 16
        assert await turned_away(door, made) == ("invalid_api_key", 3000)
        client.send(frame(TEXT, b"hello"))
        assert await client.text() == b"hello"


async def test_a_key_ends_with_the_key_that_made_it(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    parent = new_key(file)
    async with doorway(keys=file) as door:
        made = await mint(door, key=parent.text)
        await enter(door, made)
        door.edge.access.keys.revoke(parent.key.id, time.time())
        assert (await post(door, SECRETS, key=parent.text)).status == 401
        assert await turned_away(door, made) == ("invalid_api_key", 3000)


async def test_a_key_made_without_any_key_ends_where_one_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    async with doorway(keys=file) as door:
        made = await mint(door)
        door.edge.access.keys.create("first", Limits(), time.time())
        assert await turned_away(door, made) == ("invalid_api_key", 3000)


async def test_a_project_keeps_its_keys(tmp_path: Path) -> None:
    async with doorway(api_key=KEY) as door:
        answer = await post(door, SECRETS, None, KEY, "OpenAI-Project: proj_a")
        made = answer.json["value"]
        for project in ("proj_a", None):
            client = await enter(door, made, openai_project=project)  # type: ignore[arg-type]
            await client.close()
        for other in (
            {"openai_project": "proj_b"},
            {"sec_websocket_protocol": "realtime, openai-project.proj_b"},
        ):
            client = await enter(door, made, **other)
            assert (await said(client))["error"]["code"] == "invalid_api_key"


async def test_a_model_that_the_key_does_not_allow(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    key = new_key(file, models=("gpt-4o-*",)).text
    async with doorway(keys=file) as door:
        for path, body, param in (
            (SECRETS, {"session": {"type": "realtime", "model": "gpt-x"}}, "session.model"),
            (SESSIONS, {"model": "gpt-x"}, "model"),
            (SECRETS, {}, "session.model"),
        ):
            answer = await post(door, path, body, key)
            assert (answer.status, answer.code) == (400, "invalid_model")
            assert answer.json["error"]["param"] == param
        made = await mint(door, {"type": "realtime", "model": "gpt-4o-x"}, key)
        assert await turned_away(door, made, "?model=gpt-x") == ("invalid_model", 4000)
        assert await turned_away(door, key, "?model=gpt-x") == ("invalid_model", 4000)
        await enter(door, made)


async def test_what_its_key_has_locked_its_holder_cannot_change(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    key = new_key(file, locked_fields=("instructions", "audio.output.voice", "model")).text
    async with doorway(None, keys=file) as door:
        made = await mint(door, SINGING | {"model": "gpt-x"}, key)
        assert await turned_away(door, made, "?model=gpt-y") == ("invalid_model", 4000)
        client = await enter(door, made, "?model=gpt-x")
        assert (await said(client))["session"]["instructions"] == "Sing."
        for event, member in (("session.update", "session"), ("response.create", "response")):
            body = {"type": "realtime"} if member == "session" else {}
            told = {"type": event, member: body | {"instructions": "Whisper."}}
            client.send(frame(TEXT, json.dumps(told).encode()))
            error = (await said(client))["error"]
            assert (error["type"], error["param"]) == (
                "invalid_request_error",
                f"{member}.instructions",
            )
        same = {"type": "session.update", "session": SINGING}
        client.send(frame(TEXT, json.dumps(same).encode()))
        assert (await said(client))["type"] == "session.updated"


async def test_a_session_too_long_for_a_key_is_kept_elsewhere(tmp_path: Path) -> None:
    long = {"type": "realtime", "instructions": " ".join(f"word{n * n}" for n in range(3000))}
    async with doorway(None, keys=tmp_path / "repartee.db") as door:
        made = await mint(door, long)
        assert len(made) < 2048
        session = (await said(await enter(door, made)))["session"]
        assert session["instructions"] == long["instructions"]


async def test_a_session_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    long = {"type": "realtime", "instructions": " ".join(f"word{n * n}" for n in range(3000))}
    (tmp_path / "file").write_text("")
    async with doorway(api_key=KEY, keys=tmp_path / "file" / "repartee.db") as door:
        answer = await post(door, SECRETS, {"session": long}, KEY)
        assert (answer.status, answer.code) == (503, "storage_unavailable")
        assert NOWHERE.name not in answer.json["error"]["message"]


def test_a_key_is_not_shown_by_accident() -> None:
    assert "ek_x" not in repr(Made("ek_x", 0, {"instructions": "ek_x"}))
