"""Frames that are no events: each costs its sender one error or, at worst, the connection."""

import asyncio
import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from live.caller import PATIENCE_S, calling
from live.raw import REALTIME, TRANSCRIPTION, connected, until
from live.server import Server
from protocol.faults import DIALECTS, bad_events

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

MIB = 1024 * 1024


def event(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, "event_id": "wrong-1"} | fields)


def append(pcm: bytes) -> str:
    return event("input_audio_buffer.append", audio=base64.b64encode(pcm).decode())


DEEP: dict[str, Any] = {"type": "function", "name": "a", "parameters": {}}
for _ in range(400):
    DEEP["parameters"] = {"a": DEEP["parameters"]}

MALFORMED: dict[str, tuple[str | bytes, str | None, str | None]] = {
    "no JSON": ("{'type': 'response.create'}", "invalid_event", None),
    "an unfinished object": ('{"type": "response.create"', "invalid_event", None),
    "nothing": ("", "invalid_event", None),
    "an array": ("[1, 2]", "invalid_event", None),
    "a string": ('"response.create"', "invalid_event", None),
    "a binary frame": (b'{"type": "response.create"}', "invalid_event", None),
    "far too deep": ("[" * 100_000, "invalid_event", None),
    "a deep tool": (
        event("response.create", response={"tools": [DEEP]}),
        "invalid_value",
        "response.tools[0].parameters",
    ),
    "no type": ('{"event_id": "wrong-1"}', "invalid_event", None),
    "an unknown type": (event("response.invent"), "invalid_value", "type"),
    "a server's type": (event("response.done"), "invalid_value", "type"),
    "a number for a type": ('{"type": 5}', "invalid_type", "type"),
    "no base64": (event("input_audio_buffer.append", audio="!?"), "invalid_value", "audio"),
    "half a sample": (append(b"\0\0\0"), "invalid_value", "audio"),
    "no sound": (append(b""), "invalid_value", "audio"),
    "no audio": (event("input_audio_buffer.append"), "missing_required_parameter", "audio"),
    "a list for audio": (event("input_audio_buffer.append", audio=[]), "invalid_value", "audio"),
    "no item": (event("conversation.item.create"), "missing_required_parameter", "item"),
    "a decimal": (
        event("conversation.item.truncate", item_id="i", content_index=0, audio_end_ms=1.5),
        "invalid_type",
        "audio_end_ms",
    ),
    "a long event_id": (
        event("input_audio_buffer.clear", event_id="x" * 513),
        "invalid_value",
        "event_id",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_frame_is_refused_and_the_next_turn_works(url: str, name: str) -> None:
    frame, code, param = MALFORMED[name]
    async with connected(url) as connection:
        await until(connection, "session.created")
        await connection.send(frame)
        error = (await until(connection, "error"))["error"]
        assert (error["code"], error["param"]) == (code, param), error["message"]
        echoes = [echo for echo in ("wrong-1", "x" * 512) if echo in str(frame)]
        assert error["event_id"] == (echoes[0] if echoes else None)
        await assert_answers(connection)


@pytest.mark.parametrize("asking", [REALTIME, TRANSCRIPTION])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_bad_value_is_answered_on_one_connection(
    quick: Server, dialect: str, asking: str
) -> None:
    """Of every field of every event, one after the other; each costs one error."""
    _, events = DIALECTS[dialect]
    faults = [fault for kind in events.values() for fault in bad_events(kind)]
    async with connected(quick.url, asking, beta=dialect == "beta") as connection:
        for number, fault in enumerate(faults):
            named = {"event_id": f"wrong-{number}", **fault.value}
            await connection.send(json.dumps(named))
            error = (await until(connection, "error"))["error"]
            assert (error["code"], error["param"]) == (fault.code, fault.path), named
            assert fault.path == "event_id" or error["event_id"] == f"wrong-{number}"
        await connection.send('{"type": "input_audio_buffer.clear"}')
        await until(connection, "input_audio_buffer.cleared")


@pytest.mark.parametrize("asking", [REALTIME, TRANSCRIPTION])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_malformed_frame_is_answered_on_one_connection(
    quick: Server, dialect: str, asking: str
) -> None:
    async with connected(quick.url, asking, beta=dialect == "beta") as connection:
        for name, (frame, code, param) in MALFORMED.items():
            await connection.send(frame)
            error = (await until(connection, "error"))["error"]
            assert (error["code"], error["param"]) == (code, param), name
        await connection.send('{"type": "input_audio_buffer.clear"}')
        await until(connection, "input_audio_buffer.cleared")


async def test_a_message_above_the_bound_ends_only_its_connection(quick: Server) -> None:
    assert await close_code(quick.url, append(bytes(22 * MIB * 3 // 4))) == 1009
    async with connected(quick.url) as connection:
        await assert_answers(connection)


async def test_text_that_is_not_utf8_ends_only_its_connection(quick: Server) -> None:
    assert await close_code(quick.url, b'{"type": "\xff"}') == 1007
    async with connected(quick.url) as connection:
        await assert_answers(connection)


async def test_an_append_as_large_as_allowed_fills_the_buffer(url: str) -> None:
    largest = bytes(15 * MIB)
    async with calling(url) as caller:
        buffer = caller.connection.input_audio_buffer
        await caller.update(audio={"input": {"turn_detection": None}})
        await buffer.append(audio=base64.b64encode(largest).decode())
        await buffer.append(audio=base64.b64encode(bytes(4800)).decode(), event_id="one-more")
        error = (await caller.until("error")).error
        assert (error.code, error.param, error.event_id) == ("invalid_value", "audio", "one-more")
        await buffer.commit()
        item_id = (await caller.until("conversation.item.done")).item.id
        await caller.connection.conversation.item.retrieve(item_id=item_id)
        item = (await caller.until("conversation.item.retrieved")).item
        assert base64.b64decode(item.content[0].audio) == largest
        assert (await caller.ask("Still there?")).response.status == "completed"


async def close_code(url: str, text: str | bytes) -> int | None:
    """Send what ends the connection; the code with which the server closes it."""
    async with connected(url) as connection, asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionClosed):
            await connection.send(text, text=True)
        await connection.wait_closed()
        return connection.close_code


async def assert_answers(connection: ClientConnection) -> None:
    await connection.send('{"type": "response.create"}')
    done = await until(connection, "response.done")
    assert done["response"]["status"] == "completed"
