"""Requests are under way before their turn, a few of them, and none outlives its reader."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx2
import pytest

from repartee.conformance.engines.checks import SourceFailed, failing, source
from repartee.engines.speech_endpoint.ahead import AHEAD, in_turn


class Server:
    """Answers each piece when it is let to; knows what was asked, and what was closed."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.closed: list[str] = []
        self.ready = asyncio.Event()
        self.ready.set()

    async def ask(self, piece: str) -> httpx2.Response:
        self.asked.append(piece)
        try:
            await self.ready.wait()
        except asyncio.CancelledError:
            self.closed.append(piece)
            raise
        return Reply(self, piece)


class Reply(httpx2.Response):
    def __init__(self, server: Server, piece: str) -> None:
        super().__init__(200)
        self.server, self.piece = server, piece

    async def aclose(self) -> None:
        self.server.closed.append(self.piece)


async def settled() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def read(replies: AsyncIterator[tuple[str, httpx2.Response]], into: list[str]) -> None:
    async for piece, _ in replies:
        await settled()
        into.append(piece)


async def test_pieces_come_in_order() -> None:
    server = Server()
    found = [piece async for piece, _ in in_turn(source("abcdef"), server.ask)]
    assert found == server.asked == [*"abcdef"]


async def test_only_so_many_are_under_way() -> None:
    server = Server()
    async with aclosing(in_turn(source("abcdef"), server.ask)) as replies:
        assert (await anext(replies))[0] == "a"
        await settled()
        assert server.asked == [*"abcdef"][: 1 + AHEAD]
        assert (await anext(replies))[0] == "b"
        await settled()
        assert server.asked == [*"abcdef"][: 2 + AHEAD]
    assert sorted(server.closed) == ["c", "d"]  # whoever was given a and b closes these


async def test_closing_takes_back_what_is_not_answered() -> None:
    server = Server()
    server.ready.clear()
    reading = asyncio.create_task(anext(replies := in_turn(source("abcd"), server.ask)))
    await settled()
    reading.cancel()
    await asyncio.wait([reading])
    await replies.aclose()
    assert sorted(server.closed) == ["a", "b", "c"]


async def test_a_failure_comes_in_its_turn() -> None:
    async def ask(piece: str) -> httpx2.Response:
        if piece == "b":
            raise LookupError("no b")
        return httpx2.Response(200)

    found: list[str] = []
    with pytest.raises(LookupError, match="no b"):
        await read(in_turn(source("abc"), ask), found)
    assert found == ["a"]


async def test_a_source_that_fails_is_told_after_what_it_gave() -> None:
    found: list[str] = []
    with pytest.raises(SourceFailed):
        await read(in_turn(failing("ab"), Server().ask), found)
    assert found == ["a", "b"]


async def test_no_pieces() -> None:
    async def nothing() -> AsyncIterator[str]:
        return
        yield

    assert [each async for each in in_turn(nothing(), Server().ask)] == []
