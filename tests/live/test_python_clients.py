"""Stock clients in Python, unmodified, each in an environment of its own.

`make clients` installs them below `.clients` as `tests/clients/requirements` has them pinned; what
they do is told by the scripts in `tests/clients`, and here is judged what their users came to know.
"""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.scene import BYTES_PER_SECOND, KEY, SCENES, WEATHER, Told
from live.engine_sets import HEARD, LONG, QUICK, UNHURRIED
from live.record import Dialect, Record
from live.relay import watching
from live.server import Server, serving
from recordings import CHECKOUT, RATE, microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

TESTS = Path(__file__).parents[1]
ENVIRONMENTS = CHECKOUT / ".clients"
MS_PER_CHARACTER = 60  # of the fake voice


@dataclass(frozen=True)
class Client:
    """A script in `tests/clients`, and what is to be expected of the client it plays."""

    script: str
    environment: str
    dialect: Dialect = "ga"
    is_early: bool = False  # of api-version 2024-10-01-preview
    by_tls: bool = False  # it speaks TLS whatever it is told
    writes: bool = True
    truncates: bool = True
    retrieves: bool = False  # what was truncated


CLIENTS = (
    Client("openai_beta", "openai_beta", "beta", by_tls=True, retrieves=True),
    Client("openai_azure", "openai_beta", "beta", is_early=True, by_tls=True, retrieves=True),
    Client("openai_agents", "openai_agents", retrieves=True),
    Client("pipecat_service", "pipecat"),
    Client("pipecat_azure", "pipecat"),
    Client("livekit_plugin", "livekit"),
    Client("livekit_azure", "livekit", "beta", is_early=True),
    Client("semantic_kernel_socket", "semantic_kernel"),
    Client("semantic_kernel_azure", "semantic_kernel", by_tls=True),
    Client("ag2_agent", "ag2", writes=False, truncates=False),
)
# Early clients throw on an event that they do not know.
NOT_YET_KNOWN = (
    "conversation.created",
    "conversation.item.input_audio_transcription.delta",
)
SHORT = ("called", "interrupted")
LONG_FORM = os.environ.get("REPARTEE_MATRIX") == "long"
PACED = ("cancelled", "interrupted")  # answers come no sooner than they can be played


def scenes(client: Client) -> Iterator[str]:
    for name in SCENES if LONG_FORM else SHORT:
        if client.writes or name not in ("written", "cancelled"):
            yield name


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bool, bool], Server]]:
    """A server with paced answers or with quick ones, with TLS or without; started once."""
    running: dict[tuple[bool, bool], Server] = {}
    with ExitStack() as stack:

        def started(paced: bool, by_tls: bool) -> Server:
            if (paced, by_tls) not in running:
                engines = (*UNHURRIED, "--set", f"ears.text={HEARD}") if paced else QUICK
                tls = ("--tls-self-signed",) if by_tls else ()
                key = ("--set", f"server.api_key={KEY}")
                server = serving(tmp_path_factory.mktemp("server"), *engines, *key, *tls)
                running[paced, by_tls] = stack.enter_context(server)
            return running[paced, by_tls]

        yield started


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody says a sentence, and then nothing until it is clear that this was all."""
    words = read("lj_LJ001-0002")
    spoken = microphone([(0.3, words)], 2.1 + len(words) / RATE)
    file = tmp_path_factory.mktemp("sound") / "turn.pcm"
    file.write_bytes(spoken.tobytes())
    return file


async def play(client: Client, scene: str, server: Server, sound: Path) -> tuple[Told, Record]:
    """What the client's user came to know, and what went over the wire, without any fault."""
    python = ENVIRONMENTS / client.environment / "bin" / "python"
    assert python.exists(), f"run `make clients`: there is no {python.relative_to(CHECKOUT)}"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if client.by_tls:
        environment["SSL_CERT_FILE"] = str(server.certificate)
    async with watching(server, client_hangs_up=scene in PACED) as relay:
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", f"clients.{client.script}", scene, relay.url, sound),
            cwd=TESTS,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, complaints = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode == 0, complaints.decode()
    told = Told(**json.loads(out))
    assert not told.errors, (told, complaints.decode())
    assert b"Traceback" not in complaints, complaints.decode()
    (record,) = relay.records
    assert record.dialect == client.dialect
    if client.is_early:
        assert not record.told(*NOT_YET_KNOWN)
    return told, record


def judge_written(told: Told, record: Record, client: Client) -> None:
    assert told.said[-1].endswith("You said: How do you do?")
    assert_whole_sound(told)


def judge_spoken(told: Told, record: Record, client: Client) -> None:
    assert told.heard == [HEARD]
    assert told.said[-1].endswith(f"You said: {HEARD}")
    assert_whole_sound(told)


def judge_defaults(told: Told, record: Record, client: Client) -> None:
    judge_spoken(told, record, client)


def judge_called(told: Told, record: Record, client: Client) -> None:
    (arguments,) = told.calls
    assert isinstance(json.loads(arguments)["place"], str)
    assert WEATHER in told.said[-1]
    assert_whole_sound(told)
    (output,) = [
        event["item"]
        for event in record.asked("conversation.item.create")
        if event["item"]["type"] == "function_call_output"
    ]
    assert WEATHER in output["output"]


def judge_cancelled(told: Told, record: Record, client: Client) -> None:
    assert_cut_off(told, record, "client_cancelled")


def judge_interrupted(told: Told, record: Record, client: Client) -> None:
    assert_cut_off(told, record, "turn_detected")
    assert told.heard[-1] == HEARD
    cut_off = first_item(record)
    if client.truncates:
        assert told.interruptions
        truncated = record.told("conversation.item.truncated")[0]
        assert truncated["item_id"] == cut_off["id"]
        assert 0 < truncated["audio_end_ms"] <= told.sound_bytes * 1000 // BYTES_PER_SECOND
    if client.retrieves:
        assert cut_off["id"] in {
            event["item"]["id"] for event in record.told("conversation.item.retrieved")
        }


def assert_whole_sound(told: Told) -> None:
    """The voice takes its time for each character, and all of it came."""
    expected = len(told.said[-1]) * MS_PER_CHARACTER * BYTES_PER_SECOND // 1000
    assert told.sound_bytes == expected


def assert_cut_off(told: Told, record: Record, reason: str) -> None:
    """The first answer was, and the user knows no more of it than was told."""
    response = record.told("response.done")[0]["response"]
    assert response["status"] == "cancelled"
    assert response["status_details"]["reason"] == reason
    assert 0 < len(told.said[0]) < len(LONG)
    assert LONG.startswith(told.said[0])
    assert told.sound_bytes < len(LONG) * MS_PER_CHARACTER * BYTES_PER_SECOND // 2000


def first_item(record: Record) -> Any:
    return record.told("response.done")[0]["response"]["output"][0]


JUDGES = {
    "written": judge_written,
    "spoken": judge_spoken,
    "defaults": judge_defaults,
    "called": judge_called,
    "cancelled": judge_cancelled,
    "interrupted": judge_interrupted,
}


@pytest.mark.parametrize(
    ("client", "scene"),
    [
        pytest.param(client, scene, id=f"{client.script}-{scene}")
        for client in CLIENTS
        for scene in scenes(client)
    ],
)
async def test_a_client_is_served(
    client: Client, scene: str, start: Callable[[bool, bool], Server], sound: Path
) -> None:
    server = await asyncio.to_thread(start, scene in PACED, client.by_tls)
    told, record = await play(client, scene, server, sound)
    JUDGES[scene](told, record, client)
