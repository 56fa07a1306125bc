"""Where a conversation is had, and with which key."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from repartee.talk import TalkError, client, command, live
from repartee.talk.arguments import add_arguments
from repartee.transports.client import Place


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return command.run(parser.parse_args(words))


@pytest.fixture
def had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Place, Path | None]]:
    """The conversations that were had: where, and with which file, if any."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPARTEE_API_KEY", raising=False)
    conversations: list[tuple[Place, Path | None]] = []

    async def speak_file(place: Place, question: Path, *rest: Any, **more: Any) -> None:
        conversations.append((place, question))

    async def speak_live(place: Place, **more: Any) -> None:
        conversations.append((place, None))

    monkeypatch.setattr(client, "speak_file", speak_file)
    monkeypatch.setattr(live, "speak_live", speak_live)
    return conversations


def test_a_server_is_asked_with_the_key_that_is_given(
    had: list[tuple[Place, Path | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("a.wav", "--url", "http://h/v1", "--api-key", "mine") == 0
    monkeypatch.setenv("REPARTEE_API_KEY", "theirs")
    assert run("--insecure") == 0
    (first, file), (second, microphone) = had
    assert (first.url, first.key, file) == ("http://h/v1", "mine", Path("a.wav"))
    assert (second.key, second.insecure, microphone) == ("theirs", True, None)


def test_a_server_of_ones_own_is_started_with_its_key(
    had: list[tuple[Place, Path | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def local_server() -> AsyncIterator[str]:
        yield "http://127.0.0.1:1/v1"

    monkeypatch.setattr(command, "local_server", local_server)
    monkeypatch.setenv("REPARTEE_SERVER__API_KEY", "its own")
    assert run("a.wav", "--local") == 0
    ((place, _),) = had
    assert (place.url, place.key, place.insecure) == ("http://127.0.0.1:1/v1", "its own", True)


def test_an_answer_is_kept_of_files_alone() -> None:
    with pytest.raises(TalkError, match="name one"):
        run("-o", "b.wav")
