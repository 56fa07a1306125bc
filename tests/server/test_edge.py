"""What connections share."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from repartee.server.edge import Edge
from repartee.server.problems import Problem
from repartee.server.websocket_route import Handshake
from repartee.transports.websocket import WebSocketTransport
from repartee.usage.record import UsageRecord
from server.doorway import KEY, Answer, Doorway, doorway, edge_of, furnished, request
from server.visitors import SECRETS, enter, mint, new_key, post, said
from transports.raw_socket import TEXT, UPGRADE, close_frame, frame

GOOD = [f"{name}: {value}" for name, value in UPGRADE.items()]


def edge(**settings: Any) -> Edge:
    return edge_of(furnished(**settings))


def test_http_needs_the_key_and_probes_do_not() -> None:
    keyed = edge(api_key=KEY)
    with pytest.raises(Problem) as refused:
        keyed.check(request("GET /v1/models"))
    assert refused.value.status == 401
    keyed.check(request("GET /healthz"))
    keyed.check(request("GET /readyz"))
    keyed.check(request("GET /v1/models", f"api-key: {KEY}"))
    keyed.check(request("GET /v1/realtime", *GOOD))  # its key is judged after the 101


def test_no_session_begins_while_draining() -> None:
    closing = edge()
    assert closing.judge_upgrade(request("GET /v1/realtime", *GOOD))
    closing.draining = True
    with pytest.raises(Problem) as refused:
        closing.judge_upgrade(request("GET /v1/realtime", *GOOD))
    assert refused.value.status == 503


async def test_a_session_gets_its_bounds_from_the_settings() -> None:
    async with doorway(max_message_bytes=1024) as door:
        client = await door.connect()
        await client.request()
        client.send(frame(TEXT, b"x" * 1025))
        assert (await client.goodbye())[0] == 1009


async def test_a_session_knows_what_was_asked() -> None:
    asked: asyncio.Queue[Handshake] = asyncio.Queue()

    async def start(_: WebSocketTransport, handshake: Handshake) -> None:
        asked.put_nowait(handshake)

    async with doorway(start) as door:
        client = await door.connect()
        await client.request("/v1/realtime?model=gpt-x", api_key="k")
        assert (await asked.get()).model == "gpt-x"
        assert await client.goodbye() == (1000, "")  # a session that is over says goodbye


async def test_a_session_that_fails_is_our_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def start(_: WebSocketTransport, __: Handshake) -> None:
        raise AssertionError("a bug")

    async with doorway(start) as door:
        client = await door.connect()
        await client.request(api_key=KEY)
        assert await client.goodbye() == (1011, "internal error")
    assert "a bug" in caplog.text
    assert KEY not in caplog.text


async def test_a_refusal_is_logged_without_the_key(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(1):
        async with doorway(api_key=KEY) as door:
            client = await door.connect()
            await client.request(api_key="sk-canary-0123456789")
            await client.text()
            await client.goodbye()
    assert "session refused" in caplog.text
    assert "canary" not in caplog.text


# How many may be inside, and how much a key may use


async def refusal(door: Doorway, key: str | None = None) -> Answer:
    """The answer to an upgrade that is refused in HTTP."""
    headers = [line for line in GOOD if not line.startswith("Host")]
    if key is not None:
        headers.append(f"Authorization: Bearer {key}")
    return await door.ask("\n".join(["GET /v1/realtime", *headers]))


async def test_the_server_has_room_for_so_many_and_no_more() -> None:
    async with doorway(max_sessions=2) as door:
        first, _ = await enter(door), await enter(door)
        answer = await refusal(door)
        assert (answer.status, answer.code) == (503, "server_overloaded")
        assert int(answer.headers["retry-after"]) > 0
        assert (await door.ask("GET /readyz")).status == 503
        assert (await door.ask("GET /healthz")).status == 200
        first.send(close_frame(1000))
        await first.goodbye()
        await gone(door, 1)
        await enter(door)


def test_who_is_let_in_counts_until_it_is_turned_out() -> None:
    small = edge(max_sessions=1)
    asked = Handshake("m")
    assert small.admit(asked) == asked
    with pytest.raises(Problem) as refused:
        small.admit(asked)
    assert refused.value.status == 503
    small.turn_out(asked)
    assert small.admit(asked) == asked


def test_where_another_takes_over_connections_end_with_their_answer() -> None:
    retiring = edge()
    for answered in ([], [(b"Connection", b"close")]):
        asked = request("GET /healthz")
        retiring.check(asked)
        assert asked.answer_headers == answered
        retiring.retiring = True


async def test_clients_without_a_session_take_no_room() -> None:
    async with doorway(max_sessions=1, api_key=KEY) as door:
        client = await enter(door, "sk-wrong-0123456789")
        assert (await said(client))["error"]["code"] == "invalid_api_key"
        await enter(door, KEY)


async def test_a_key_has_so_many_sessions_its_ephemeral_keys_included(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    key, other = new_key(file, max_sessions=2).text, new_key(file).text
    async with doorway(keys=file) as door:
        made = await mint(door, key=key)
        first, _ = await enter(door, made), await enter(door, key)
        for each in (made, key):
            answer = await refusal(door, each)
            assert (answer.status, answer.code) == (429, "rate_limit_exceeded")
            assert int(answer.headers["retry-after"]) > 0
        await enter(door, other)
        first.send(close_frame(1000))
        await first.goodbye()
        await gone(door, 2)
        await enter(door, made)


async def gone(door: Doorway, left: int) -> None:
    async with asyncio.timeout(10):
        while len(door.edge.sessions) > left:
            await asyncio.wait(door.edge.sessions, return_when=asyncio.FIRST_COMPLETED)


@pytest.mark.parametrize("limit", ["tokens_per_day", "audio_seconds_per_day"])
async def test_a_key_that_has_used_its_day_up_waits_for_the_next(
    tmp_path: Path, limit: str
) -> None:
    file = tmp_path / "repartee.db"
    key = new_key(file, **{limit: 10})
    async with doorway(keys=file) as door:
        door.edge.recorder.totals.add(spending(key.key.id, 9))
        made = await mint(door, key=key.text)
        await enter(door, made)
        door.edge.recorder.totals.add(spending(key.key.id, 1))
        for each in (made, key.text):
            answer = await refusal(door, each)
            assert (answer.status, answer.code) == (429, "insufficient_quota")
            assert 0 < int(answer.headers["retry-after"]) <= 86_400


def spending(key_id: str, amount: int) -> UsageRecord:
    return UsageRecord(
        time=time.time(),
        key_id=key_id,
        session_id="sess_1",
        id="resp_1",
        kind="response",
        model="m",
        dialect="ga",
        status="completed",
        output_text_tokens=amount,
        audio_s=amount,
    )


async def test_a_day_that_ends_in_a_session_ends_its_answers(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    key = new_key(file, tokens_per_day=10)
    async with doorway(None, keys=file) as door:
        client = await enter(door, key.text)
        await said(client)
        door.edge.recorder.totals.add(spending(key.key.id, 10))
        client.send(frame(TEXT, b'{"type":"response.create"}'))
        while (event := await said(client))["type"] != "response.done":
            assert event["type"] in ("response.created", "rate_limits.updated")
        details = event["response"]["status_details"]
        assert (details["type"], details["error"]["code"]) == ("failed", "insufficient_quota")


async def test_a_session_is_as_long_as_its_key_allows(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    key = new_key(file, session_minutes=1).text
    async with doorway(None, keys=file) as door:
        session = (await said(await enter(door, key)))["session"]
        assert abs(session["expires_at"] - time.time() - 60) < 5


@pytest.mark.parametrize("header", ["OpenAI-Safety-Identifier", "OpenAI-Project"])
async def test_a_user_is_named_in_64_characters(header: str) -> None:
    async with doorway(api_key=KEY) as door:
        good = await post(door, SECRETS, None, KEY, f"{header}: {'u' * 64}")
        assert good.status == 200
        answer = await post(door, SECRETS, None, KEY, f"{header}: {'u' * 65}")
        assert (answer.status, answer.code) == (400, "string_above_max_length")
        head = await (await door.connect()).request(
            authorization=f"Bearer {KEY}", **{header.lower().replace("-", "_"): "u" * 65}
        )
        assert " 400 " in head.splitlines()[0]


async def test_keys_that_cannot_be_read_let_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    file.write_text("this is no database, however long it may be")
    async with doorway(keys=file) as door:
        for answer in (
            await door.ask("GET /v1/models"),
            await door.ask("GET /v1/models\nAuthorization: Bearer sk-any-0123456789"),
            await refusal(door),
        ):
            assert (answer.status, answer.code) == (503, "keys_unavailable")
            assert str(file) not in answer.json["error"]["message"]
        assert (await door.ask("GET /healthz")).status == 200
