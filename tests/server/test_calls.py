"""Calls: asked for over HTTP, begun with the session that was asked for, and ended."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from repartee.server import calls
from repartee.server.drain import drain
from repartee.settings import SettingsError, WebRTC
from server.callers import CALLS, ask, call, hang_up, nothing_left
from server.doorway import KEY, Answer, Doorway, doorway, http
from server.visitors import SESSIONS, mint, new_key, post
from transports.webrtc.caller import WebRTCCaller, on_loopback
from transports.webrtc.offers import AUDIO, DATA, VIDEO, offer

BETA = "/v1/realtime?model=gpt-4o-realtime-preview"


@pytest.fixture(autouse=True)
def _loopback() -> Iterator[None]:
    with on_loopback():
        yield


async def end(door: Doorway) -> None:
    """End all calls as the draining server does."""
    for connection in door.edge.sessions.values():
        connection.abort()
    async with asyncio.timeout(10):
        await asyncio.gather(*door.edge.sessions)


def created(caller: WebRTCCaller) -> Any:
    return caller.events[0]["session"]


async def test_a_call_is_a_session() -> None:
    """B145, B147"""
    async with doorway() as door:
        async with call(door) as caller:
            assert caller.call_id.startswith("rtc_")
            assert created(caller)["id"].startswith("sess_")
            assert created(caller)["object"] == "realtime.session"
            assert len(door.edge.sessions) == 1
        await asyncio.gather(*door.edge.sessions)
        assert not door.edge.sessions


async def test_an_ephemeral_key_brings_its_session() -> None:
    async with doorway(api_key=KEY) as door:
        key = await mint(door, {"type": "realtime", "instructions": "Sing."}, KEY)
        async with call(door, key) as caller:
            assert created(caller)["instructions"] == "Sing."


async def test_a_beta_call_is_made_at_the_path_of_its_websockets() -> None:
    """B156"""
    async with doorway() as door:
        async with call(door, path=BETA) as caller:
            assert created(caller)["modalities"] == ["audio", "text"]
            assert created(caller)["model"] == "gpt-4o-realtime-preview"
        flat = (await post(door, SESSIONS, {"voice": "echo"})).json["client_secret"]["value"]
        async with call(door, flat, "/v1/realtime") as caller:
            assert created(caller)["voice"] == "echo"


async def test_a_form_says_what_the_session_is() -> None:
    """B146"""
    caller = WebRTCCaller()
    session = '{"type":"realtime","model":"mine","instructions":"Sing."}'
    async with doorway() as door:
        answer = await ask_by_form(door, await caller.offer(), session)
        assert answer.status == 201
        await caller.accept(answer.body.decode())
        await caller.until("session.created")
        await caller.close()
    assert (created(caller)["model"], created(caller)["instructions"]) == ("mine", "Sing.")


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ("{", "invalid_value", None),
        ("[]", "invalid_value", None),
        ('{"type":"x"}', "invalid_value", "session.type"),
        ('{"type":"realtime","voice":"x"}', "unknown_parameter", "session.voice"),
        ('{"type":"realtime","audio":{"output":{"speed":9}}}', None, "session.audio.output.speed"),
    ],
)
async def test_a_session_that_cannot_be_is_refused(
    session: str, code: str | None, param: str | None
) -> None:
    async with doorway() as door:
        answer = await ask_by_form(door, offer(), session)
        assert answer.status == 400
        assert code is None or answer.code == code
        assert answer.json["error"]["param"] == param
        await nothing_left(door)


async def test_what_only_a_session_can_refuse_leaves_nothing() -> None:
    """By then the call has its ports."""
    ports = udp_sockets()
    async with doorway() as door:
        answer = await ask_by_form(door, offer(), '{"type":"realtime","prompt":{"id":"none"}}')
        assert (answer.status, answer.json["error"]["param"]) == (400, "session.prompt.id")
        await nothing_left(door)
        assert udp_sockets() == ports


async def test_the_session_of_an_ephemeral_key_is_not_said_twice() -> None:
    async with doorway() as door:
        answer = await ask_by_form(door, offer(), '{"type":"realtime"}', await mint(door))
        assert (answer.status, answer.code) == (400, "invalid_value")
        await nothing_left(door)


async def ask_by_form(door: Doorway, sdp: str, session: str, key: str | None = None) -> Answer:
    parts = (("sdp", sdp), ("session", session))
    body = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in parts
    )
    lines = [f"POST {CALLS}", "Content-Type: multipart/form-data; boundary=B"]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    return await door.ask("\n".join(lines), f"{body}--B--\r\n".encode())


@pytest.mark.parametrize(
    ("sdp", "why"),
    [
        ("garbage", "v=0"),
        (offer(DATA), "audio"),
        (offer(AUDIO), "data channel"),
        (offer(AUDIO, DATA, DATA), "more than one"),
        (offer(VIDEO), "audio"),
        (offer(secrets=""), "ICE"),
        (offer(lines="a=x\n" * 20_000), "65536"),
    ],
)
async def test_a_bad_offer_is_refused_and_leaves_nothing(sdp: str, why: str) -> None:
    """B149"""
    async with doorway() as door:
        answer = await ask(door, sdp)
        assert (answer.status, answer.code) == (400, "invalid_offer")
        assert why in answer.json["error"]["message"]
        await nothing_left(door)


async def test_who_has_no_key_gets_no_call(tmp_path: Path) -> None:
    file = tmp_path / "keys.db"
    key = new_key(file, models=("mine",)).text
    async with doorway(keys=file) as door:
        for shown in (None, "sk-wrong-0123456789", "ek_wrong"):
            for path in (CALLS, BETA):
                answer = await ask(door, offer(), shown, path)
                assert (answer.status, answer.code) == (401, "invalid_api_key")
        answer = await ask(door, offer(), key, f"{CALLS}?model=other")
        assert (answer.status, answer.code) == (400, "invalid_model")
        assert not door.edge.sessions


async def test_a_key_has_as_many_calls_as_sessions(tmp_path: Path) -> None:
    file = tmp_path / "keys.db"
    key = new_key(file, max_sessions=1).text
    async with doorway(keys=file) as door:
        async with call(door, key) as caller:
            answer = await ask(door, offer(), key)
            assert (answer.status, answer.code) == (429, "rate_limit_exceeded")
            assert (await hang_up(door, caller.call_id, key)).status == 200
        await nothing_left(door)
        async with call(door, key):
            pass
        await nothing_left(door)


async def test_only_who_began_a_call_hangs_it_up(tmp_path: Path) -> None:
    """B155; a call of another key is not told from one that never was."""
    file = tmp_path / "keys.db"
    key, other = new_key(file).text, new_key(file).text
    async with doorway(keys=file) as door, call(door, key) as caller:
        refused = await hang_up(door, caller.call_id, other)
        assert (refused.status, refused.code) == (404, "call_not_found")
        unknown = await hang_up(door, "rtc_none", other)
        assert refused.body.replace(caller.call_id.encode(), b"rtc_none") == unknown.body
        assert (await hang_up(door, caller.call_id, await mint(door, key=key))).status == 401
        assert (await hang_up(door, caller.call_id, key)).body == b""
        await asyncio.wait_for(caller.closed.wait(), 10)
        assert (await hang_up(door, caller.call_id, key)).status == 404


async def test_a_full_or_ending_server_takes_no_call() -> None:
    async with doorway(webrtc=WebRTC(max_calls=0)) as door:
        answer = await ask(door, offer())
        assert (answer.status, answer.code) == (503, "server_overloaded")
    async with doorway() as door:
        door.edge.draining = True
        answer = await ask(door, offer())
        assert (answer.status, answer.code) == (503, "server_draining")


async def test_a_call_that_nobody_joins_is_over() -> None:
    async with doorway(webrtc=WebRTC(connect_s=0.05)) as door:
        answer = await ask(door, offer())
        assert answer.status == 201
        await nothing_left(door)


async def test_an_end_of_the_server_is_the_end_of_its_calls() -> None:
    async with doorway() as door, call(door) as caller:
        await drain(door.edge, 0, asyncio.Event())
        await asyncio.wait_for(caller.closed.wait(), 10)


async def test_without_the_extra_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "find_spec", lambda _: None)
    async with doorway() as door:
        answer = await ask(door, offer())
    assert (answer.status, answer.code) == (501, "webrtc_not_installed")
    assert "pip install 'repartee[webrtc]'" in answer.json["error"]["message"]


async def test_a_web_page_reads_the_name_of_its_call() -> None:
    """What a browser asks beforehand, and what it may then read."""
    origin = "https://app.example"
    async with doorway(allowed_origins=(origin,)) as door:
        asked = "authorization,content-type,x-openai-agents-sdk"
        client = await door.connect()
        lines = f"OPTIONS {CALLS}\nOrigin: {origin}\nAccess-Control-Request-Method: POST\n"
        client.send(http(f"{lines}Access-Control-Request-Headers: {asked}"))
        head = await client.head()
        assert " 204 " in head.splitlines()[0]
        assert f"Access-Control-Allow-Headers: {asked.replace(',', ', ')}" in head
        lines = f"POST {CALLS}\nOrigin: {origin}\nContent-Type: application/sdp"
        answer = await door.ask(lines, offer().encode())
        assert answer.status == 201
        assert answer.headers["access-control-allow-origin"] == origin
        assert "Location" in answer.headers["access-control-expose-headers"]
        await end(door)


async def test_twenty_calls_leave_no_task_and_no_port() -> None:
    async with doorway() as door:
        async with call(door):
            pass  # what is loaded and opened once
        await nothing_left(door)
        before, ports = asyncio.all_tasks(), udp_sockets()
        for _ in range(5):
            async with AsyncExitStack() as callers:
                for _ in range(4):
                    await callers.enter_async_context(call(door))
                assert len(door.edge.sessions) == 4
            await nothing_left(door)
        for client in door.clients:
            await client.close()
        if more := asyncio.all_tasks() - before:
            _, pending = await asyncio.wait(more, timeout=5)
            assert not pending
        assert udp_sockets() == ports


def udp_sockets() -> int:
    """Of this process."""
    files = (f"/dev/fd/{name}" for name in os.listdir("/dev/fd"))
    return sum(map(is_udp, files))


def is_udp(file: str) -> bool:
    number = int(file.rpartition("/")[2])
    try:
        with socket.socket(fileno=os.dup(number)) as one:
            return one.type is socket.SOCK_DGRAM
    except OSError:  # no socket, or closed meanwhile
        return False


async def test_ports_that_cannot_be_are_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match="udp_ports"):
        async with doorway(webrtc=WebRTC(udp_ports="5-4")):
            pass
