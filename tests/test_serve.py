"""The command as its user has it: started, spoken to and ended from outside."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import recordings
from repartee.talk import wav

pytestmark = pytest.mark.slow

REPARTEE = [sys.executable, "-m", "repartee.cli"]
FAKES = {f"REPARTEE_{role}": "fake" for role in ("EARS", "MIND", "VOICE")}


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines that need nothing, and no settings of the machine's own."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("REPARTEE_")]:
        monkeypatch.delenv(variable)
    for variable, value in FAKES.items():
        monkeypatch.setenv(variable, value)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*REPARTEE, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def serving(arguments: Sequence[str] = ()) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a free port, and its base URL."""
    command = [*REPARTEE, "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_cleanly(number: signal.Signals) -> None:
    with serving() as (process, url):
        assert url.startswith("http://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(10) == 0


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"repartee: port {port} on 127.0.0.1 is in use")
    assert "Traceback" not in done.stderr


def test_an_engine_nobody_installed_is_told_with_those_that_are() -> None:
    done = run("serve", "--voice", "espeek-ng")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "voice.espeek-ng" in line
    assert "espeak-ng" in line


def test_a_question_is_asked_of_a_server_started_for_it(tmp_path: Path) -> None:
    (tmp_path / "repartee.toml").write_text('[server]\napi_key = "sk-of-this-folder"\n')
    question, answer = tmp_path / "question.wav", tmp_path / "answer.wav"
    wav.write(question, wav.Sound(24000, recordings.read("lj_LJ001-0002").tobytes()))
    done = run("talk", str(question), "-o", str(answer), "--local")
    assert done.returncode == 0, done.stderr
    for step in ("turn 1", "committed", "transcript", "first text", "first audio", "answer"):
        assert step in done.stdout
    assert wav.read(answer).rate == 24000
    assert any(wav.read(answer).pcm)


def test_a_wrong_key_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question = tmp_path / "question.wav"
    wav.write(question, wav.Sound(24000, bytes(4800)))
    monkeypatch.setenv("REPARTEE_API_KEY", "sk-right-and-long")
    with serving() as (_, url):
        done = run("talk", str(question), "--url", url, "--api-key", "sk-wrong")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("repartee: the server refused: ")
    assert "sk-right" not in done.stderr
