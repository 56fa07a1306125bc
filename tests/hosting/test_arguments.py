"""What `repartee engine` understands becomes settings."""

from pathlib import Path

import pytest

from repartee import cli
from repartee.hosting import command
from repartee.settings import Settings


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Settings, list[str]]]:
    """With what a host was started; it is done at once."""
    started: list[tuple[Settings, list[str]]] = []

    def run(settings: Settings, roles: list[str]) -> int:
        started.append((settings, roles))
        return 0

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPARTEE_API_KEY", raising=False)
    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr("repartee.runtime.logs.set_up", lambda log: None)
    return started


def test_engines_and_flags(served: list[tuple[Settings, list[str]]]) -> None:
    words = ["voice=fake", "ears", "--host", "::1", "--port", "0", "--api-key", "sk-1"]
    options = ["--set", "voice.realtime=true", "--tls-self-signed", "--log-level", "debug"]
    assert cli.main(["engine", *words, *options]) == 0
    ((settings, roles),) = served
    assert roles == ["voice", "ears"]
    assert (settings.voice.engine, settings.voice.options) == ("fake", {"realtime": "true"})
    assert settings.ears.engine == Settings().ears.engine
    server = settings.server
    assert (server.host, server.port, server.api_key) == ("::1", 0, "sk-1")
    assert server.tls_self_signed
    assert settings.log.level == "debug"


def test_without_a_role_both_are_served(served: list[tuple[Settings, list[str]]]) -> None:
    assert cli.main(["engine"]) == 0
    assert [roles for _, roles in served] == [["voice", "ears"]]


@pytest.mark.parametrize("word", ["mind=fake", "voice=", "fake", "=fake"])
def test_what_cannot_be_served(
    word: str, served: list[tuple[Settings, list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["engine", word]) == 2
    assert capsys.readouterr().err.startswith(f"repartee: {word}: name engines as in voice=")
    assert not served
