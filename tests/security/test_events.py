"""Attacks 45 to 60: events that are too deep, too long, too many, or not meant for this moment.

Each costs its sender an error, and the session goes on as it was.
"""

import asyncio
import base64
import json
import time
from typing import Any

import pytest

from live.server import Server
from security.wire import Client, append, rss_bytes, session

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
FULL_MS = 327_680  # of sound at 24 kHz in a buffer of 15 MiB


def event(kind: str, **members: Any) -> bytes:
    return json.dumps({"type": kind, **members}).encode()


def update(**members: Any) -> bytes:
    return event("session.update", session={"type": "realtime", **members})


async def refused(client: Client, message: bytes) -> dict[str, Any]:
    """The error that a message costs; the session goes on."""
    client.say_text(message)
    error = await client.refused()
    await client.obeyed()
    return error


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
async def test_attack_45_depth_of_100_000(keyless: Server, opening: bytes) -> None:
    async with session(keyless) as client:
        within = b'{"type": "response.create", "response": '
        for message in (opening * 100_000, within + opening * 100_000):
            assert (await refused(client, message))["type"] == "invalid_request_error"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"9" * 5_000_000])
async def test_attack_47_number_that_is_none(keyless: Server, number: bytes) -> None:
    async with session(keyless) as client:
        begin = b'{"type": "session.update", "session": {"type": "realtime", "audio": {"output": {'
        error = await refused(client, begin + b'"speed": ' + number + b"}}}}")
        assert error["type"] == "invalid_request_error"


SURROGATES = {
    "text": event(
        "conversation.item.create",
        item={
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "\ud800"}],
        },
    ),
    "instructions": update(instructions="a \udfff b"),
    "output": event(
        "conversation.item.create",
        item={"type": "function_call_output", "call_id": "call_1", "output": "\ud83d"},
    ),
    "event_id": event("response.create", event_id="\ud800"),
}


@pytest.mark.parametrize("message", SURROGATES.values(), ids=SURROGATES)
async def test_attack_48_lone_surrogate(keyless: Server, message: bytes) -> None:
    async with session(keyless) as client:
        assert (await refused(client, message))["type"] == "invalid_request_error"
        await client.write("And this?")
        assert (await client.respond(output_modalities=["text"]))["status"] == "completed"


@pytest.mark.parametrize(
    "message",
    [
        *(b"", b" ", b"null", b"true", b"5", b'"response.create"', b"[]", b"{"),
        b'\xef\xbb\xbf{"type": "response.create"}',
        b'{"type": "response.create"} {"type": "response.create"}',
        b'{"type": "response.create"},',
        b"{'type': 'response.create'}",
    ],
)
async def test_attack_49_message_that_is_no_event(keyless: Server, message: bytes) -> None:
    async with session(keyless) as client:
        assert (await refused(client, message))["code"] == "invalid_event"


async def test_attack_50_type(keyless: Server) -> None:
    async with session(keyless) as client:
        unknown = await refused(client, b'{"type": "response.invent", "event_id": "wrong"}')
        assert (unknown["param"], unknown["event_id"]) == ("type", "wrong")
        assert (await refused(client, b'{"event_id": "wrong"}'))["code"] == "invalid_event"
        for twice in (
            b'{"type": "response.create", "type": "input_audio_buffer.clear"}',
            b'{"type": "input_audio_buffer.clear", "type": "response.create"}',
        ):  # neither of two is obeyed
            assert (await refused(client, twice))["param"] == "type"
        client.say_text(update(instructions="?").replace(b'"?"', b'"a", "instructions": "b"'))
        assert (await client.until("session.updated"))["session"]["instructions"] == "b"


NO_SOUND = {
    "no base64": "!!!!",
    "of another alphabet": base64.urlsafe_b64encode(b"\xfb\xff" * 480).decode(),
    "broken by a line": base64.encodebytes(bytes(480)).decode(),
    "unpadded": base64.b64encode(bytes(482)).decode().rstrip("="),
    "half a sample": base64.b64encode(bytes(481)).decode(),
    "nothing": "",
}


@pytest.mark.parametrize("audio", NO_SOUND.values(), ids=NO_SOUND)
async def test_attack_51_sound_that_is_none(keyless: Server, audio: str) -> None:
    async with session(keyless) as client:
        client.say("input_audio_buffer.append", **append(bytes(2400)))
        client.say("input_audio_buffer.append", audio=audio)
        assert (await client.refused())["param"] == "audio"
        client.say("input_audio_buffer.commit")
        told = (await client.refused())["message"]
        assert "buffer only has 50.00ms of audio" in told  # no more and no less than before


async def test_attack_52_largest_append(keyless: Server) -> None:
    async with session(keyless) as client:
        await client.update(audio={"input": {"turn_detection": None}})
        client.say("input_audio_buffer.append", **append(bytes(15 * MIB + 2)))
        assert (await client.refused())["param"] == "audio"
        client.say("input_audio_buffer.append", **append(bytes(15 * MIB)))
        await client.obeyed()


async def test_attack_53_endless_sound(keyless: Server) -> None:
    async with session(keyless) as client:
        await client.update(audio={"input": {"turn_detection": None}})
        before = rss_bytes(keyless)
        piece = event("input_audio_buffer.append", **append(bytes(3 * MIB)))
        for _ in range(5):
            client.say_text(piece)
        for _ in range(10):
            client.say_text(piece)
            error = await client.refused()
            assert (error["param"], "full" in error["message"]) == ("audio", True)
        assert rss_bytes(keyless) - before < 64 * MIB
        await client.obeyed()


def tools(count: int, parameters: dict[str, Any]) -> bytes:
    named = [
        {"type": "function", "name": f"f{number}", "description": "?", "parameters": parameters}
        for number in range(count)
    ]
    return update(tools=named)


RECURSIVE = {
    "type": "object",
    "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#/$defs/b"}},
    "$defs": {"b": {"$ref": "#/$defs/b"}},
    "required": ["a", "b"],
}
REDOS = {
    "type": "object",
    "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}},
    "required": ["a"],
}


@pytest.mark.parametrize(
    "message",
    [tools(1000, {}), tools(1, {"description": "?" * MIB}), tools(1, RECURSIVE), tools(1, REDOS)],
    ids=["1,000 tools", "1 MB of schema", "recursive", "regular expression"],
)
async def test_attack_55_tools(keyless: Server, message: bytes) -> None:
    """Refused or taken, in no time; what a tool's schema asks for is never run."""
    async with session(keyless) as client:
        begin = time.perf_counter()
        client.say_text(message)
        answer = await client.next()
        assert answer["type"] in ("session.updated", "error")
        await client.obeyed()
        await client.write("a" * 40 + "!")
        done = await client.respond(output_modalities=["text"])
        assert done["status"] == "completed"
        assert time.perf_counter() - begin < 1


async def test_attack_57_event_id(keyless: Server) -> None:
    async with session(keyless) as client:
        error = await refused(client, event("response.create", event_id="e" * MIB))
        assert (error["param"], error["event_id"]) == ("event_id", "e" * 512)
        for _ in range(2):
            await client.obeyed()  # with the same id each time


async def test_attack_59_truncation(keyless: Server) -> None:
    async with session(keyless) as client:
        await client.write("Say something.")
        (spoken,) = (await client.respond())["output"]
        asked = await client.write("Mine.")
        wrong: list[tuple[str, int, int]] = [
            (spoken["id"], 0, 10**7),
            (spoken["id"], 0, -1),
            (spoken["id"], 7, 1),
            (asked, 0, 1),
            ("item_of_another", 0, 1),
        ]
        for item_id, index, end_ms in wrong:
            members = {"item_id": item_id, "content_index": index, "audio_end_ms": end_ms}
            client.say("conversation.item.truncate", **members)
            assert (await client.refused())["type"] == "invalid_request_error"
            if end_ms == 10**7:  # which is cut where it ends all the same
                assert (await client.next())["type"] == "conversation.item.truncated"
        await client.obeyed()


async def test_attack_60_second_response(keyless: Server) -> None:
    async with session(keyless) as client:
        client.say_text(*[event("response.create")] * 2)
        codes = []
        while (told := await client.next())["type"] != "response.done":
            codes += [told["error"]["code"]] if told["type"] == "error" else []
        assert codes == ["conversation_already_has_active_response"]
        await client.obeyed()


async def test_others_are_answered_while_one_is_refused(keyless: Server) -> None:
    """A message of 5 MB that is no event holds nobody up for long."""
    async with session(keyless) as rude, session(keyless) as polite:
        rude.say_text(b'{"type": ' + b"9" * 5_000_000 + b"}")
        await asyncio.wait_for(polite.obeyed(), 1)
        await rude.refused()
