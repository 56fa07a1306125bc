"""Attacks 27 and 90: whoever reads what the server writes learns nothing of keys or of talk.

A whole life of a server, with faults, is played with words that occur nowhere else; then its
stdout, its stderr and every file that it made are searched for them.
"""

import base64
import json
import logging
import random
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest

from client_double import EngineDouble, conversation
from engines.endpoint import (
    DONE,
    Endpoint,
    delta,
    event,
    falls_silent,
    hangs_up,
    refuses,
    says,
    says_text,
)
from live.minds import in_turn
from live.server import Server
from repartee.engines.fake import FakeModel
from repartee.protocol.prompt import Prompt
from repartee.runtime.logs import JsonLines, TextLines
from security.process import running
from security.wire import Client, append, ask, connection, session, turned_away
from transports.raw_socket import TEXT, frame
from virtual_time import run

pytestmark = pytest.mark.slow

_WORDS = (
    "api-key wrong-key subprotocol-key query-key ephemeral-key engine-key cookie instructions "
    "written spoken answered tool-name tool-description tool-arguments tool-output error-body "
    "error-message broken-stream prompt-of-transcription metadata bound event-id item-id malformed "
    "path "
)
CANARIES = {word: f"kanari-{word}-{number:04}" for number, word in enumerate(_WORDS.split(), 4711)}
KEY = f"sk-{CANARIES['api-key']}"
SOUND = random.Random(0).randbytes(48_000)  # a second of noise, which the fake detector hears
TOOL = {
    "type": "function",
    "name": CANARIES["tool-name"],
    "description": CANARIES["tool-description"],
    "parameters": {"type": "object"},
}


def hits(written: bytes) -> Iterator[str]:
    """Which canaries are in what was written, whole or in part, plain or in base64."""
    for name, canary in CANARIES.items():
        core = canary.removeprefix("kanari-").encode()
        shifted = (base64.b64encode(bytes(shift) + core)[4:-4] for shift in range(3))
        if any(form in written for form in (core, core[::-1], *shifted)):
            yield name
    encoded = base64.b64encode(SOUND)
    for start in range(0, len(SOUND) - 24, 24):
        piece = SOUND[start : start + 24]
        if piece in written or piece.hex().encode() in written:
            yield "sound"
        if encoded[start : start + 32] in written:
            yield "sound in base64"


def settings_for(mind: Endpoint) -> list[str]:
    """Fake ears and voice, and that mind, to which the server shows a key of its own."""
    told = {
        "ears.text": CANARIES["spoken"],
        "mind.retries": "0",
        "mind.idle_timeout_s": "0.3",
        "mind.api_key": CANARIES["engine-key"],
    }
    engines = ["--ears", "fake", "--voice", "fake", "--llm", mind.url, "--llm-model", "any"]
    return [*engines, *(word for name in told for word in ("--set", f"{name}={told[name]}"))]


def faulty_mind() -> Endpoint:
    """One that speaks, calls, and then fails in every way, with canaries on its lips."""
    function = {"name": TOOL["name"], "arguments": CANARIES["tool-arguments"]}
    calls = [{"index": 0, "id": "call_1", "function": function}]
    error = {"error": {"message": CANARIES["error-message"], "code": CANARIES["error-body"]}}
    broken = CANARIES["broken-stream"]
    return Endpoint(
        in_turn(
            says_text(CANARIES["answered"]),
            says(delta(tool_calls=calls), delta("tool_calls"), DONE),
            refuses("500 Internal Server Error", error),
            refuses("400 Bad Request", error),
            refuses("401 Unauthorized", error),
            says(f"data: {{{broken}\n\n".encode()),
            says(event(error)),
            says(event({"choices": broken})),
            falls_silent(delta(content=broken)),
            hangs_up(delta(content=broken)),
        )
    )


FAULTS = 8  # of that mind


async def strangers(server: Server) -> None:
    """Whoever is not let in: each says a canary, and is told why."""
    for name in ("wrong-key", "ephemeral-key"):
        key = ("ek_" if name == "ephemeral-key" else "sk-") + CANARIES[name]
        await turned_away(server, authorization=f"Bearer {key}")
        assert (await ask(server, f"GET /v1/models\nAuthorization: Bearer {key}")).status == 401
    protocol = f"realtime, openai-insecure-api-key.{CANARIES['subprotocol-key']}"
    await turned_away(server, sec_websocket_protocol=protocol)
    await turned_away(server, f"/v1/realtime?api_key={CANARIES['query-key']}")
    await turned_away(server, cookie=CANARIES["cookie"])
    answer = await ask(server, f"GET /v1/{CANARIES['path']}\nAuthorization: Bearer {KEY}")
    assert answer.status == 404
    async with connection(server) as socket:
        socket.send(CANARIES["malformed"].encode() + b"\r\n\r\n")
        assert b" 400 " in await socket.end()


async def ephemeral(server: Server) -> str:
    """A key to which canaries are bound, so many that they do not stand in the key itself."""
    instructions = " ".join(f"{CANARIES['bound']} {number**3}" for number in range(1000))
    body = {"session": {"type": "realtime", "instructions": instructions}}
    request = f"POST /v1/realtime/client_secrets\nAuthorization: Bearer {KEY}"
    answer = await ask(server, request, json.dumps(body).encode())
    assert answer.json["session"]["instructions"] == instructions
    key: str = answer.json["value"]
    return key


async def converse(client: Client) -> None:
    """Say every canary, and hear those of the engines."""
    transcription = {"model": "whisper-1", "prompt": CANARIES["prompt-of-transcription"]}
    await client.update(
        instructions=CANARIES["instructions"],
        tools=[TOOL],
        audio={"input": {"transcription": transcription, "turn_detection": None}},
    )
    client.say("input_audio_buffer.append", **append(SOUND))
    client.say("input_audio_buffer.commit")
    kind = "conversation.item.input_audio_transcription.completed"
    assert (await client.until(kind))["transcript"] == CANARIES["spoken"]
    await client.write(CANARIES["written"])
    answered = await client.respond(metadata={"canary": CANARIES["metadata"]})
    assert answered["output"][0]["content"][0]["transcript"] == CANARIES["answered"]
    (call,) = (await client.respond())["output"]
    assert call["arguments"] == CANARIES["tool-arguments"]
    output = {"call_id": call["call_id"], "output": CANARIES["tool-output"]}
    client.say("conversation.item.create", item={"type": "function_call_output", **output})
    await client.until("conversation.item.done")


async def go_wrong(client: Client) -> None:
    """Every fault of the mind, and faults of the client's own."""
    for _ in range(FAULTS):
        done = await client.respond(output_modalities=["text"])
        assert done["status"] == "failed", done
    client.say("conversation.item.retrieve", item_id=CANARIES["item-id"])
    await client.refused()
    client.say("session.update", event_id=CANARIES["event-id"], session=CANARIES["malformed"])
    await client.refused()
    client.say_text(CANARIES["malformed"].encode(), b"")
    await client.refused()
    await client.refused()
    client.socket.send(frame(TEXT, b"\xff" + CANARIES["malformed"].encode()))
    assert (await client.gone())[0] == 1007


async def live(folder: Path, *arguments: str) -> str:
    """The whole life of a server; an ephemeral key that it made."""
    async with (
        faulty_mind().serving() as mind,
        running(folder, *settings_for(mind), *arguments, REPARTEE_API_KEY=KEY) as server,
    ):
        await strangers(server)
        async with session(server, authorization=f"Bearer {KEY}") as client:
            await converse(client)
            await go_wrong(client)
        keys = [KEY, await ephemeral(server)]
        for key in keys:
            protocol = f"realtime, openai-insecure-api-key.{key}"
            async with session(server, sec_websocket_protocol=protocol) as client:
                client.say("input_audio_buffer.append", **append(SOUND))
                await client.obeyed()
        await ask(server, "GET /healthz")
        figures = await ask(server, f"GET /metrics\nAuthorization: Bearer {KEY}")
        assert b'repartee_engine_errors_total{engine="mind"' in figures.body
        (folder / "metrics").write_bytes(figures.body)
    return keys[1]


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def found_in(folder: Path) -> dict[str, list[str]]:
    """The canaries in what is left of a server, by file."""
    files = files_below(folder)
    return {path.name: found for path in files if (found := [*hits(path.read_bytes())])}


@pytest.mark.parametrize("form", ["text", "json"])
async def test_attack_27_nothing_leaks_at_debug(tmp_path: Path, form: str) -> None:
    key = await live(tmp_path, "--set", "log.level=debug", "--set", f"log.format={form}")
    assert (tmp_path / "stdout").read_bytes()
    assert b"session refused" in (tmp_path / "stderr").read_bytes()
    assert found_in(tmp_path) == {}
    for path in files_below(tmp_path):
        assert not [part for part in (key[:40], key[-40:]) if part.encode() in path.read_bytes()]


async def test_attack_90_nothing_leaks_by_default(tmp_path: Path) -> None:
    await live(tmp_path)
    assert found_in(tmp_path) == {}


class Quoting(FakeModel):
    """An engine of somebody else, which fails with what was said in its message."""

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Any, None]:
        raise ValueError(f"cannot answer {CANARIES['written']!r}")
        yield


@pytest.mark.parametrize("form", [TextLines(), JsonLines()], ids=["text", "json"])
def test_attack_90_nothing_leaks_by_a_traceback(
    caplog: pytest.LogCaptureFixture, form: logging.Formatter
) -> None:
    async def play() -> None:
        async with conversation(EngineDouble(mind=Quoting())) as client:
            client.say("response.create")
            done = await client.until("response.done")
            assert done["response"]["status"] == "failed"
            assert not [*hits(str(done).encode())]

    run(play())
    written = "".join(form.format(record) for record in caplog.records)
    assert "ValueError" in written
    assert not [*hits(written.encode())]


@pytest.mark.parametrize("shift", range(3))
def test_a_canary_is_found_wherever_it_is(tmp_path: Path, shift: int) -> None:
    secret = bytes(shift) + CANARIES["spoken"].encode() + b"!"
    for number, form in enumerate((secret, base64.b64encode(secret))):
        (tmp_path / f"{number}").write_bytes(b"before " + form + b" after")
    (tmp_path / "sound").write_text(base64.b64encode(SOUND[480:960]).decode())
    (tmp_path / "pcm").write_bytes(SOUND[480:960])
    found = found_in(tmp_path)
    assert found["0"] == found["1"] == ["spoken"]
    assert set(found["sound"]) == {"sound in base64"}
    assert set(found["pcm"]) == {"sound"}
