"""Calls to a doorway: asked for, begun and ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.doorway import Answer, Doorway
from server.visitors import post
from transports.webrtc.caller import WebRTCCaller

CALLS = "/v1/realtime/calls"


async def ask(door: Doorway, sdp: str, key: str | None = None, path: str = CALLS) -> Answer:
    lines = [f"POST {path}", "Content-Type: application/sdp"]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    return await door.ask("\n".join(lines), sdp.encode())


@asynccontextmanager
async def call(
    door: Doorway, key: str | None = None, path: str = CALLS
) -> AsyncIterator[WebRTCCaller]:
    """A call from its session.created to its end."""
    caller = WebRTCCaller()
    try:
        answer = await ask(door, await caller.offer(), key, path)
        assert answer.status == 201, answer.body
        assert answer.headers["content-type"].startswith("application/sdp")
        caller.call_id = answer.headers["location"].removeprefix(f"{CALLS}/")
        await caller.accept(answer.body.decode())
        await caller.until("session.created")
        yield caller
    finally:
        await caller.close()


async def hang_up(door: Doorway, call_id: str, key: str | None = None) -> Answer:
    return await post(door, f"{CALLS}/{call_id}/hangup", key=key)


async def nothing_left(door: Doorway) -> None:
    """What was refused is over within moments."""
    async with asyncio.timeout(10):
        await asyncio.gather(*door.edge.sessions)
    assert not door.edge.sessions
