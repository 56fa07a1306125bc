"""Keys at work: made by the command and by stock clients, and good for what they were made for."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from clients.scene import KEY as ANY
from live.caller import PATIENCE_S, Caller
from live.engine_sets import HEARD, QUICK
from live.server import Server, serving
from live.test_python_clients import ENVIRONMENTS
from recordings import RATE, microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

PARENT = "sk-parent-0123456789"
CANARY = "canary7f3a"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keyed")


@pytest.fixture(scope="module")
def keyed(folder: Path) -> Iterator[Server]:
    """A server that asks for keys: PARENT, and those that are made beside it.

    Whatever was done with it, no key and no word of a session may be in its log.
    """
    key = ("--set", f"server.api_key={PARENT}", "--log-level", "debug")
    with serving(folder, *QUICK, *key) as server:
        yield server
    told = server.log.read_text()
    for secret in (PARENT, "ek_", "sk-rp-", CANARY):
        assert secret not in told


def keys(folder: Path, *arguments: str) -> str:
    """What `repartee keys` says, as an operator has it while the server runs."""
    environment = {name: value for name, value in os.environ.items() if "REPARTEE_" not in name}
    environment["XDG_STATE_HOME"] = str(folder)
    command = [sys.executable, "-m", "repartee.cli", "keys", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, check=True
    )
    return done.stdout.strip()


@asynccontextmanager
async def holding(server: Server, key: str = PARENT) -> AsyncIterator[AsyncOpenAI]:
    """A stock client with a key; it does not try again what is refused."""
    async with AsyncOpenAI(base_url=server.url, api_key=key, max_retries=0) as client:
        yield client


async def secret_of(server: Server, key: str = PARENT, **session: Any) -> str:
    fields: Any = {"type": "realtime", **session}
    async with holding(server, key) as parent:
        return (await parent.realtime.client_secrets.create(session=fields)).value


async def first_event(server: Server, key: str, query: str = "") -> dict[str, Any]:
    """What a plain client is told first."""
    address = f"{server.url.replace('http', 'ws', 1)}/realtime{query}"
    headers = {"Authorization": f"Bearer {key}"}
    async with asyncio.timeout(PATIENCE_S), connect(address, additional_headers=headers) as line:
        event: dict[str, Any] = json.loads(await line.recv())
        return event


async def test_a_spoken_turn_with_an_ephemeral_key(keyed: Server) -> None:
    """What was bound is at work, as often as the key is used."""
    session: Any = {
        "type": "realtime",
        "instructions": f"Say {CANARY}.",
        "audio": {"input": {"transcription": {"model": "whisper-1"}}},
    }
    expires_after: Any = {"anchor": "created_at", "seconds": 60}
    async with holding(keyed) as parent:
        created: Any = await parent.realtime.client_secrets.create(
            session=session, expires_after=expires_after
        )
    assert abs(created.expires_at - time.time() - 60) < 10
    assert (created.session.type, created.session.instructions) == ("realtime", f"Say {CANARY}.")
    words = read("lj_LJ001-0002")
    async with holding(keyed, created.value) as holder:
        for _ in range(2):
            async with holder.realtime.connect(model="gpt-realtime") as connection:
                caller = Caller(connection)
                first = (await caller.until("session.created")).session
                assert first.instructions == f"Say {CANARY}."
                assert first.id != created.session.id
                await caller.speak(microphone([(0.3, words)], 1.3 + len(words) / RATE))
                assert (await caller.until("response.done")).response.status == "completed"
                kind = "conversation.item.input_audio_transcription.completed"
                assert caller.all(kind)[0].transcript == HEARD


async def test_the_beta_part_of_the_stock_client(keyed: Server) -> None:
    async with holding(keyed) as parent:
        flat = await parent.beta.realtime.sessions.create(voice="echo", modalities=["text"])
        heard = await parent.beta.realtime.transcription_sessions.create(
            input_audio_transcription={"model": "whisper-1"}
        )
    assert (flat.voice, flat.modalities) == ("echo", ["text"])
    assert flat.client_secret is not None
    assert abs(flat.client_secret.expires_at - time.time() - 60) < 10
    event = await first_event(keyed, flat.client_secret.value, "?model=gpt-realtime")
    assert (event["session"]["voice"], event["session"]["modalities"]) == ("echo", ["text"])
    assert heard.client_secret is not None
    event = await first_event(keyed, heard.client_secret.value)
    assert event["type"] == "transcription_session.created"
    assert event["session"]["input_audio_transcription"]["model"] == "whisper-1"


BETA_CLIENT = """
import sys
from openai import OpenAI
client = OpenAI(base_url=sys.argv[1], api_key=sys.argv[2])
after = {"expires_after": {"anchor": "created_at", "seconds": 100}}
flat = client.beta.realtime.sessions.create(model="gpt-realtime", client_secret=after)
heard = client.beta.realtime.transcription_sessions.create()
print(flat.client_secret.value, heard.client_secret.value)
"""


async def test_the_last_client_of_the_first_years(keyed: Server) -> None:
    """openai-python 1.x, whose beta part was all there was."""
    python = ENVIRONMENTS / "openai_beta" / "bin" / "python"
    assert python.exists(), "`make clients` installs it"
    process = await asyncio.create_subprocess_exec(
        *(python, "-c", BETA_CLIENT, keyed.url, PARENT), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    flat, heard = told.decode().split()
    assert (await first_event(keyed, flat))["type"] == "session.created"
    assert (await first_event(keyed, heard))["type"] == "transcription_session.created"


async def test_what_is_refused_is_told_as_the_stock_client_tells_it(keyed: Server) -> None:
    session: Any = {"type": "realtime", "audio": {"output": {"speed": 9}}}
    async with holding(keyed) as parent:
        with pytest.raises(openai.BadRequestError) as bad:
            await parent.realtime.client_secrets.create(session=session)
        assert (bad.value.code, bad.value.param) == ("invalid_value", "session.audio.output.speed")
    secret = await secret_of(keyed)
    for key in (ANY, secret):
        async with holding(keyed, key) as nobody:
            with pytest.raises(openai.AuthenticationError) as wrong:
                await nobody.realtime.client_secrets.create()
        assert wrong.value.code == "invalid_api_key"
        assert key not in wrong.value.message


async def test_an_altered_key_opens_nothing(keyed: Server) -> None:
    secret = await secret_of(keyed)
    error = (await first_event(keyed, secret[:-2] + "AA"))["error"]
    assert error["code"] == "invalid_api_key"


async def test_a_key_with_limits(keyed: Server, folder: Path) -> None:
    key = keys(
        folder, "create", "tests", "--sessions", "1", "--model", "gpt-*", "--lock", "instructions"
    )
    secret = await secret_of(keyed, key, instructions="Sing.")
    assert (await first_event(keyed, secret, "?model=other"))["error"]["code"] == "invalid_model"
    async with (
        holding(keyed, secret) as holder,
        holder.realtime.connect(model="gpt-realtime") as connection,
    ):
        caller = Caller(connection)
        await caller.until("session.created")
        for each in (secret, key):
            with pytest.raises(InvalidStatus) as many:
                await first_event(keyed, each)
            assert many.value.response.status_code == 429
            assert json.loads(many.value.response.body)["error"]["code"] == "rate_limit_exceeded"
        refused = await caller.refused_update(instructions="Whisper.")
        assert refused.param == "session.instructions"
        assert (await caller.ask("How do you do?")).response.status == "completed"


async def test_a_key_whose_tokens_are_used_up(keyed: Server, folder: Path) -> None:
    key = keys(folder, "create", "tests", "--tokens-per-day", "5")
    async with holding(keyed, key) as holder:
        async with holder.realtime.connect(model="gpt-realtime") as connection:
            caller = Caller(connection)
            await caller.until("session.created")
            assert (await caller.ask(f"Is {CANARY} here?")).response.status == "completed"
            failed = (await caller.ask("And now?")).response
            assert failed.status == "failed"
            assert failed.status_details.error.code == "insufficient_quota"
        with pytest.raises(InvalidStatus) as empty:
            await first_event(keyed, key)
    assert empty.value.response.status_code == 429
    assert json.loads(empty.value.response.body)["error"]["code"] == "insufficient_quota"
    assert int(empty.value.response.headers["Retry-After"]) > 0


async def test_a_revoked_key_ends_within_seconds(keyed: Server, folder: Path) -> None:
    key = keys(folder, "create", "tests")
    secret = await secret_of(keyed, key)
    keys(folder, "revoke", key)
    end = time.monotonic() + 5
    while (event := await first_event(keyed, secret))["type"] == "session.created":
        assert time.monotonic() < end
    assert event["error"]["code"] == "invalid_api_key"


async def test_a_key_in_the_address_is_none(keyed: Server) -> None:
    address = f"{keyed.url.replace('http', 'ws', 1)}/realtime?api_key={PARENT}&token={PARENT}"
    async with connect(address) as line:
        assert json.loads(await line.recv())["error"]["code"] == "invalid_api_key"
        with pytest.raises(ConnectionClosed) as closed:
            await line.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 3000
