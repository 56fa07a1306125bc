"""A server records whom it should, and forgets whom it must, while sessions go on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from repartee.recording.shelf import recorded

pytestmark = pytest.mark.slow

REPARTEE = [sys.executable, "-m", "repartee.cli"]
FAKES = {f"REPARTEE_{role}": "fake" for role in ("VAD", "TURN", "EARS", "MIND", "VOICE")}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Engines that need nothing, and a place of their own."""
    inherited = {name: each for name, each in os.environ.items() if "REPARTEE_" not in name}
    own = {"XDG_STATE_HOME": str(tmp_path / "state"), "PYTHONPATH": os.pathsep.join(sys.path)}
    return {**inherited, **FAKES, **own, "REPARTEE_RECORDING__FOLDER": str(tmp_path / "calls")}


@pytest.fixture
def url(tmp_path: Path, environment: dict[str, str]) -> Iterator[str]:
    """A server that records those who ask for it; it ends in good order."""
    command = [*REPARTEE, "serve", "--port", "0", "--set", "recording.sessions=asked"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=tmp_path
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1].replace("http", "ws")
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()


def run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [*REPARTEE, *words], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def until(client: Connection, kind: str) -> dict[str, Any]:
    while (event := json.loads(client.recv(timeout=30)))["type"] != kind:
        pass
    return dict(event)


def answered(client: Connection) -> None:
    client.send('{"type":"response.create"}')
    until(client, "response.done")


def wait(until: Callable[[], bool]) -> None:
    while not until():
        Event().wait(0.02)


def test_those_who_ask_are_recorded_and_run_again_elsewhere(
    url: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    ids = []
    for said in ("off", "on", None):
        headers = {} if said is None else {"Repartee-Record": said}
        with connect(f"{url}/realtime?model=any", additional_headers=headers) as client:
            ids.append(until(client, "session.created")["session"]["id"])
            answered(client)
    wait(lambda: len(recorded(tmp_path / "calls")) == 1)
    (found,) = recorded(tmp_path / "calls")
    assert found.session == ids[1]
    wait(lambda: b'"name":"Record"' in found.path.read_bytes())
    told = run({**environment, "PYTHONHASHSEED": "7"}, "replay", str(found.path))
    assert "no difference: " in told


def test_who_wants_to_be_forgotten_is_and_is_served_on(
    url: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    asked = {"Repartee-Record": "on", "OpenAI-Safety-Identifier": "ada"}
    with connect(f"{url}/realtime?model=any", additional_headers=asked) as client:
        answered(client)
        wait(lambda: len(recorded(tmp_path / "calls")) == 1)
        assert "ada" in run(environment, "recordings", "list")
        assert run(environment, "recordings", "erase", "--user", "ada") == "1 recording erased\n"
        answered(client)
        wait(lambda: "recording ended: it was erased" in (tmp_path / "log").read_text())
        answered(client)
    assert recorded(tmp_path / "calls") == []
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert "ada" not in log
