"""Attacks 4 to 14: keys that expire, were altered, are another's, or would reach too far."""

import asyncio
import random
from time import time
from typing import Any

import pytest

from live.server import Server
from security.keys import NEW, OLD, RETIRED, file_of, minted, new_key, post, revoke, sealed
from security.wire import TARGET, ask, connection, session, turned_away
from server.doorway import KEY
from server.visitors import SECRETS, SESSIONS, TRANSCRIPTIONS

pytestmark = pytest.mark.slow

PATHS = [SECRETS, SESSIONS, TRANSCRIPTIONS]


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def refused(server: Server, key: str, target: str = TARGET, **headers: str) -> str:
    """The code with which a client with this key is turned away."""
    code: str = (await turned_away(server, target, **bearer(key), **headers))["code"]
    return code


async def test_attack_4_expired_key(keyed: Server) -> None:
    ending = sealed(age_s=14, life_s=10)  # within the five seconds that clocks may differ
    async with session(keyed, **bearer(ending)) as client:
        while not await is_over(keyed, ending):
            await client.obeyed()
        await client.obeyed()
    assert await refused(keyed, sealed(age_s=20, life_s=10)) == "invalid_api_key"


async def is_over(server: Server, key: str) -> bool:
    """Whether a key opens nothing any more."""
    async with connection(server) as socket:
        await socket.request(TARGET, **bearer(key))
        return b'"invalid_api_key"' in await socket.text()


@pytest.mark.parametrize("path", [*PATHS, "/v1/models", "/v1/realtime/calls/rtc_1/hangup"])
async def test_attack_5_ephemeral_key_that_would_make_others(keyed: Server, path: str) -> None:
    key = await minted(keyed, KEY)
    answer = await post(keyed, key, None, path)
    assert (answer.status, answer.code) == (401, "invalid_api_key")
    assert b"ek_" not in answer.body


@pytest.mark.parametrize("path", PATHS[:2])
@pytest.mark.parametrize("seconds", [9, 0, -1, 7201, 10**9, "600", 600.5, True, {}, [600]])
async def test_attack_6_life_that_cannot_be(keyed: Server, path: str, seconds: Any) -> None:
    after = {"anchor": "created_at", "seconds": seconds}
    nested = path == SECRETS
    body = {"expires_after": after} if nested else {"client_secret": {"expires_after": after}}
    answer = await post(keyed, KEY, body, path)
    assert answer.status == 400
    param = "expires_after.seconds"
    assert answer.json["error"]["param"] == (param if nested else f"client_secret.{param}")


@pytest.mark.parametrize("seconds", [10, 7200, None])
async def test_attack_6_life_that_can_be(keyed: Server, seconds: int | None) -> None:
    after = {"expires_after": {"anchor": "created_at", "seconds": seconds}} if seconds else {}
    now = time()
    made = (await post(keyed, KEY, after)).json
    assert abs(made["expires_at"] - now - (seconds or 600)) <= 1


@pytest.mark.parametrize("anchor", ["now", "", 5, "CREATED_AT"])
async def test_attack_7_another_anchor(keyed: Server, anchor: Any) -> None:
    answer = await post(keyed, KEY, {"expires_after": {"anchor": anchor, "seconds": 600}})
    assert (answer.status, answer.json["error"]["param"]) == (400, "expires_after.anchor")


async def test_attack_8_altered_key(keyed: Server) -> None:
    """A hundred of those 100,000 that the tests of sealing try, over the wire."""
    key, dice = await minted(keyed, KEY), random.Random(8)
    for _ in range(100):
        at = dice.randrange(3, len(key))
        altered = key[:at] + dice.choice("AZaz09-_") + key[at + 1 :]
        forged = dice.choice([altered, key[:at], key + "A"])
        if forged != key:
            assert await refused(keyed, forged) == "invalid_api_key"
    async with session(keyed, **bearer(key)) as client:
        await client.obeyed()


async def test_attack_9_retired_sealing_key(keyed: Server) -> None:
    assert await refused(keyed, sealed(RETIRED)) == "invalid_api_key"
    for known in (NEW, OLD):
        async with session(keyed, **bearer(sealed(known))) as client:
            await client.obeyed()


async def test_attack_10_clock_of_another_server(keyed: Server) -> None:
    for ahead_s in (-4, 0, 4):
        async with session(keyed, **bearer(sealed(age_s=-ahead_s, life_s=10))) as client:
            await client.obeyed()
    assert await refused(keyed, sealed(age_s=-120)) == "invalid_api_key"
    assert "ephemeral key refused flaw=early" in keyed.log.read_text()


async def test_attack_11_another_project(keyed: Server) -> None:
    key = await minted(keyed, KEY, None, "OpenAI-Project: proj_a")
    assert await refused(keyed, key, openai_project="proj_b") == "invalid_api_key"
    async with session(keyed, **bearer(key), openai_project="proj_a") as client:
        await client.obeyed()


async def test_attack_12_another_kind_of_session_or_model(keyed: Server) -> None:
    answer = await post(keyed, KEY, {"session": {"type": "transcription"}})
    transcribing = answer.json["value"]
    limited = new_key(keyed, models=("gpt-4o-*",)).text
    for key, query in (
        (transcribing, "model=gpt-realtime"),
        (transcribing, "intent=realtime"),
        (limited, "model=gpt-realtime"),
        (await minted(keyed, limited, {"model": "gpt-4o-x"}), "model=gpt-realtime"),
    ):
        async with connection(keyed) as socket:
            assert "101" in await socket.request(f"/v1/realtime?{query}", **bearer(key))
            assert b'"invalid_model"' in await socket.text()
            assert await socket.goodbye() == (4000, "invalid_request_error.invalid_model")


async def test_attack_12_locked_fields(keyed: Server) -> None:
    parent = new_key(keyed, locked_fields=("instructions", "tools", "model")).text
    key = await minted(keyed, parent, {"instructions": "Sing.", "model": "gpt-realtime"})
    tool = {"type": "function", "name": "act", "parameters": {}}
    async with session(keyed, **bearer(key)) as client:
        for field, value in (("instructions", "Obey me."), ("tools", [tool])):
            client.say("session.update", session={"type": "realtime", field: value})
            error = await client.refused()
            assert (error["type"], error["param"]) == ("invalid_request_error", f"session.{field}")
            client.say("response.create", response={field: value})
            assert (await client.refused())["param"] == f"response.{field}"
        assert (await client.update())["instructions"] == "Sing."


async def test_attack_13_revoked_parent(keyed: Server) -> None:
    parent = new_key(keyed)
    key = await minted(keyed, parent.text)
    await asyncio.to_thread(revoke, keyed, parent)
    async with asyncio.timeout(5):
        while not await is_over(keyed, key):
            await pause()
        while (await post(keyed, parent.text)).status == 200:
            await pause()
    answer = await post(keyed, parent.text)
    assert (answer.status, answer.code) == (401, "invalid_api_key")


async def pause() -> None:
    """As long as a client waits that tries again."""
    await asyncio.sleep(0.1)


async def test_attack_14_one_key_many_times(keyed: Server) -> None:
    """As often as wanted, but no more sessions at a time than its parent may have."""
    key = await minted(keyed, new_key(keyed, max_sessions=2).text)
    async with session(keyed, **bearer(key)), session(keyed, **bearer(key)) as second:
        assert await status(keyed, key) == "429"
        await second.obeyed()
    for _ in range(20):
        while (answer := await status(keyed, key)) == "429":
            await pause()  # those before it are on their way out
        assert answer == "101"


async def status(server: Server, key: str) -> str:
    """That of the answer to a client that would open a session with this key."""
    async with connection(server) as socket:
        return (await socket.request(TARGET, **bearer(key))).split()[1]


async def test_attack_16_keys_in_files(keyed: Server) -> None:
    """Neither in the database, nor in what is not yet written into it, nor in the log."""
    parent = new_key(keyed)
    long = {"instructions": " ".join(f"word{number * number}" for number in range(2000))}
    keys = [parent.text, *[await minted(keyed, parent.text, each) for each in (None, long)]]
    for key in keys:
        async with session(keyed, **bearer(key)) as client:
            await client.respond(output_modalities=["text"])
    assert (await ask(keyed, f"GET /v1/models\nAuthorization: Bearer {keys[0]}")).status == 200
    files = [each for each in keyed.log.parent.rglob("*") if each.is_file()]
    assert file_of(keyed) in files
    for file in files:
        written = file.read_bytes()
        for key in (KEY, *keys):
            assert key.encode() not in written, file
            assert key[-24:].encode() not in written, file
        assert b"word3996001" not in written, file  # of the bound session, which is sealed
        assert NEW.key not in written, file
