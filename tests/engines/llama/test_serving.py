"""Answers, step by step, of a server that says what a test has given it to say."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from msgspec import structs

from engines.llama.models import END
from engines.llama.test_loading import OPTIONS
from repartee.engines.llama import serving
from repartee.engines.llama.serving import Answering, Serving
from repartee.engines.llama.vocabulary import JOINER
from repartee.engines.llama.wire import Chunk, Question
from repartee.engines.worker.work import WorkError


class Told:
    """In place of llama.cpp's server: says `chunks` once it may `go` on, then fails if it is to."""

    def __init__(self, *chunks: str, failure: Exception | None = None) -> None:
        self.chunks = chunks
        self.failure = failure
        self.go = Event()
        self.go.set()
        self.asked: list[str] = []
        self.stopped = Event()

    def handle_chat_completions(self, body: str, take: Callable[[str], bool]) -> None:
        self.asked.append(body)
        self.go.wait()
        for chunk in self.chunks:
            if take(chunk):
                self.stopped.set()
                return
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def begin(file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answering]:
    def begin(server: Told, **body: Any) -> Answering:
        monkeypatch.setattr(serving, "load", lambda options: server)
        work = Serving(structs.replace(OPTIONS, model=str(file)))
        return work.begin(Question(body), lambda: False)

    return begin


def chunks(steps: Iterator[Any]) -> list[Any]:
    return [step for step in steps if step is not None]


def test_all_chunks_are_told_in_order(begin: Callable[..., Answering]) -> None:
    answering = begin(Told("one", "two"))
    assert list(answering.feed(b"")) == []
    assert chunks(answering.finish()) == [Chunk("one"), Chunk("two")]


def test_a_step_never_waits_for_long(begin: Callable[..., Answering]) -> None:
    server = Told("one")
    server.go.clear()
    steps = begin(server).finish()
    assert [next(steps) for _ in range(3)] == [None] * 3
    server.go.set()
    assert chunks(steps) == [Chunk("one")]


def test_control_tokens_are_broken_before_it_is_asked(begin: Callable[..., Answering]) -> None:
    server = Told("one")
    chunks(begin(server, messages=[{"content": END}], stream=True).finish())
    (asked,) = map(json.loads, server.asked)
    assert asked == {"messages": [{"content": f"<{JOINER}{END[1:]}"}], "stream": True}


def test_what_is_left_is_stopped(begin: Callable[..., Answering]) -> None:
    server = Told("one", "two")
    server.go.clear()
    answering = begin(server)
    answering.close()
    server.go.set()
    assert server.stopped.wait(10)


def test_a_refusing_template_is_quoted_and_nothing_else(begin: Callable[..., Answering]) -> None:
    refusal = ValueError("in 'a secret': \nError: Jinja Exception: roles must alternate\nsecret")
    with pytest.raises(WorkError, match=r"refuses the conversation: roles must alternate$"):
        chunks(begin(Told(failure=refusal)).finish())
    with pytest.raises(WorkError) as raised:
        chunks(begin(Told("one", failure=RuntimeError("a secret"))).finish())
    assert "RuntimeError" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_server_that_hangs_ends_the_process(
    begin: Callable[..., Answering], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[tuple[int, int]] = []
    monkeypatch.setattr(serving, "STUCK_S", -1)
    monkeypatch.setattr(os, "kill", lambda *call: ended.append(call))
    server = Told()
    server.go.clear()
    next(begin(server).finish())
    server.go.set()
    assert ended == [(os.getpid(), signal.SIGALRM)]
