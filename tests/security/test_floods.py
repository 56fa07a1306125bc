"""Attacks 19, 44, 46, 54, 56, 58 and 86: too often, too long, too many."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from engines.endpoint import Endpoint, says_text
from live.minds import in_turn
from live.server import Server
from security.wire import FAKE_EARS_AND_VOICE, FAKES, Client, ask, connection, session, started
from server.doorway import KEY, Answer, http, read_answer

pytestmark = pytest.mark.slow

ELSEWHERE = ("127.0.0.2", 0)


def told(**settings: object) -> list[str]:
    names = [f"server.{name}={value}" for name, value in settings.items()]
    return [word for name in names for word in ("--set", name)]


async def ask_from(server: Server, address: tuple[str, int], key: str) -> Answer:
    """Ask from another address of this machine."""
    async with connection(server, local_addr=address) as socket:
        socket.send(http(f"GET /v1/models\nAuthorization: Bearer {key}"))
        return await read_answer(socket)


async def test_attack_19_wrong_keys_without_end(tmp_path: Path) -> None:
    settings = told(api_key=KEY, bad_keys_per_minute=5)
    async with started(tmp_path, *FAKES, *settings) as server:
        wrong = "GET /v1/models\nAuthorization: Bearer sk-wrong"
        assert [(await ask(server, wrong)).status for _ in range(5)] == [401] * 5
        for key in ("sk-wrong", KEY):  # the right one would tell that it is right
            answer = await ask(server, f"GET /v1/models\nAuthorization: Bearer {key}")
            assert (answer.status, answer.code) == (429, "rate_limit_exceeded")
            assert 0 < int(answer.headers["retry-after"]) <= 60
        assert (await ask_from(server, ELSEWHERE, KEY)).status == 200


async def test_attack_44_connections_without_end(tmp_path: Path) -> None:
    settings = told(api_key=KEY, connects_per_s=50)
    async with started(tmp_path, *FAKES, *settings) as server:
        begin = time.perf_counter()
        statuses = [(await ask_from(server, ("127.0.0.1", 0), KEY)).status for _ in range(60)]
        if time.perf_counter() - begin < 1:
            assert statuses == [200] * 50 + [429] * 10
        assert set(statuses) <= {200, 429}
        assert (await ask_from(server, ELSEWHERE, KEY)).status == 200
        await asyncio.sleep(1)  # the second that is counted
        assert (await ask_from(server, ("127.0.0.1", 0), KEY)).status == 200


def event(kind: str, **members: Any) -> bytes:
    return json.dumps({"type": kind, **members}).encode()


async def answered(client: Client, message: bytes) -> tuple[dict[str, Any], float]:
    """The error that a message costs, and how long it took; the session goes on."""
    client.say_text(message)
    begin = time.perf_counter()
    error = await client.refused()
    lasted = time.perf_counter() - begin
    await client.obeyed()
    return error, lasted


CROWD = dict.fromkeys(map(str, range(1_000_000)), 0)


@pytest.mark.parametrize(
    "message",
    [
        event("session.update", session={"type": "realtime", "tracing": "?" * 300_000}),
        event("session.update", session=CROWD),
        event("conversation.item.create", item=CROWD),
        event("response.create", response={"metadata": CROWD}),
        b"[" + b"0," * 5_000_000 + b"0]",
    ],
    ids=["300 kB", "update of 10^6 keys", "item of 10^6 keys", "answer of 10^6 keys", "array"],
)
async def test_attack_46_long_event(keyless: Server, message: bytes) -> None:
    """It is refused unread, so that nobody waits for it to be read."""
    async with session(keyless) as rude, session(keyless) as polite:
        answer = asyncio.create_task(answered(rude, message))
        waits = []
        while not answer.done():
            begin = time.perf_counter()
            await polite.obeyed()
            waits.append(time.perf_counter() - begin)
        error, _ = await answer
        assert error["type"] == "invalid_request_error"
        assert max(waits) < 0.5


async def test_attack_54_items_without_end(keyless: Server) -> None:
    part = {"type": "input_text", "text": "?"}
    item = event(
        "conversation.item.create", item={"type": "message", "role": "user", "content": [part]}
    )
    async with session(keyless) as client:
        client.say_text(*[item] * 1100)
        kinds = [(await client.next())["type"] for _ in range(2100)]
        assert kinds.count("conversation.item.done") == 1000
        assert kinds[2000:] == ["error"] * 100
        await client.obeyed()


async def test_attack_56_updates_without_end(keyless: Server) -> None:
    update = event("session.update", session={"type": "realtime"})
    async with session(keyless) as client:
        client.say_text(*[update] * 1000)
        answers = [await client.next() for _ in range(1000)]
        refused = [each["error"] for each in answers if each["type"] == "error"]
        assert len(refused) > 700
        assert {each["code"] for each in refused} == {"rate_limit_exceeded"}
        await client.obeyed()


@pytest.mark.parametrize("length", [300_000, 10_000_000])
async def test_attack_58_instructions_without_end(keyless: Server, length: int) -> None:
    async with session(keyless) as client:
        before = await client.update()
        for kind, member in (("session.update", "session"), ("response.create", "response")):
            body = {"instructions": "?" * length}
            body |= {"type": "realtime"} if member == "session" else {}
            error, lasted = await answered(client, event(kind, **{member: body}))
            assert error["type"] == "invalid_request_error"
            assert lasted < 1
        assert await client.update() == before


async def test_attack_86_model_that_ignores_its_limit(tmp_path: Path) -> None:
    words = [f"word{number} " for number in range(1000)]
    async with (
        Endpoint(in_turn(says_text(*words))).serving() as mind,
        started(tmp_path, *FAKE_EARS_AND_VOICE, "--llm", mind.url) as server,
        session(server) as client,
    ):
        done = await client.respond(output_modalities=["text"], max_output_tokens=20)
        assert done["status"] == "incomplete"
        assert done["status_details"]["reason"] == "max_output_tokens"
        assert len(done["output"][0]["content"][0]["text"].split()) < 100
