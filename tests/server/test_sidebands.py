"""Sidebands: a call is joined by whoever holds its key, left, and joined again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repartee.transports import fanout
from server.callers import call, hang_up, nothing_left
from server.doorway import KEY, Doorway, doorway
from server.visitors import enter, mint, new_key, said, turned_away
from transports.raw_socket import TEXT, RawSocket, close_frame, frame
from transports.webrtc.caller import on_loopback


@pytest.fixture(autouse=True)
def _loopback() -> Iterator[None]:
    with on_loopback():
        yield


def query(call_id: str) -> str:
    return f"?call_id={call_id}"


async def joined(door: Doorway, call_id: str, key: str | None = None) -> RawSocket:
    """A sideband, before its first event."""
    return await enter(door, key, query(call_id))


def send(client: RawSocket, event: dict[str, Any]) -> None:
    client.send(frame(TEXT, json.dumps(event).encode()))


async def test_a_sideband_sees_and_steers_the_session_of_its_call() -> None:
    """B019, B020"""
    async with doorway() as door:
        async with call(door) as caller:
            caller.send(update("Sing."))
            await caller.until("session.updated")
            sideband = await joined(door, f"{caller.call_id}&model=other")
            created = await said(sideband)
            (first,) = caller.all("session.created")
            assert created["type"] == "session.created"
            assert created["event_id"] != first["event_id"]
            assert created["session"] == first["session"] | {"instructions": "Sing."}

            send(sideband, update("Dance."))
            updated = await said(sideband)
            assert updated["session"]["instructions"] == "Dance."
            assert await caller.until("session.updated", 2) == updated

            caller.send({"type": "nonsense", "event_id": "mine"})
            refused = await said(sideband)
            assert refused["error"]["event_id"] == "mine"
            assert await caller.until("error") == refused
        assert (await sideband.goodbye())[0] == 1000
        await nothing_left(door)


def update(instructions: str) -> dict[str, Any]:
    session = {"type": "realtime", "instructions": instructions}
    return {"type": "session.update", "session": session}


async def test_a_sideband_leaves_and_comes_back() -> None:
    greetings = set()
    async with doorway() as door, call(door) as caller:
        for count in (1, 2):
            sideband = await joined(door, caller.call_id)
            greetings.add((await said(sideband))["event_id"])
            sideband.send(close_frame(1000))
            assert (await sideband.goodbye())[0] == 1000
            caller.send(update("Go on."))
            await caller.until("session.updated", count)
    assert len(greetings) == 2


async def test_who_hangs_up_ends_the_sidebands() -> None:
    async with doorway() as door, call(door) as caller:
        sideband = await joined(door, caller.call_id)
        await said(sideband)
        assert (await hang_up(door, caller.call_id)).status == 200
        assert await sideband.goodbye() == (1000, "hung up")
        assert await turned_away(door, None, query(caller.call_id)) == ("call_not_found", 4000)


async def test_a_call_is_joined_by_the_key_that_opened_it(tmp_path: Path) -> None:
    """And of another key's call not even its being is told."""
    file = tmp_path / "keys.db"
    key, other = new_key(file, max_sessions=1).text, new_key(file).text
    async with doorway(keys=file) as door, call(door, key) as caller:
        assert (await said(await joined(door, caller.call_id, key)))["type"] == "session.created"
        for shown in (None, "sk-wrong-0123456789", await mint(door, key=key)):
            refused = await turned_away(door, shown, query(caller.call_id))
            assert refused == ("invalid_api_key", 3000)
        told = await said(await joined(door, caller.call_id, other))
        unknown = await said(await joined(door, "rtc_none", other))
        assert (told["error"]["code"], told["error"]["param"]) == ("call_not_found", "call_id")
        assert caller.call_id in told["error"]["message"]
        assert str(told["error"]).replace(caller.call_id, "rtc_none") == str(unknown["error"])


async def test_the_call_of_an_ephemeral_key_is_joined_by_its_maker() -> None:
    async with doorway(api_key=KEY) as door, call(door, await mint(door, key=KEY)) as caller:
        assert (await said(await joined(door, caller.call_id, KEY)))["type"] == "session.created"


async def test_a_sideband_is_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full server has room for it; a call has room for some."""
    monkeypatch.setattr(fanout, "MOST_SIDEBANDS", 1)
    async with doorway(max_sessions=1) as door, call(door) as caller:
        await said(await joined(door, caller.call_id))
        refused = await turned_away(door, None, query(caller.call_id))
        assert refused == ("rate_limit_exceeded", 1013)


async def test_a_server_without_calls_has_none_to_join() -> None:
    async with doorway() as door:
        assert await turned_away(door, None, query("rtc_1")) == ("call_not_found", 4000)
