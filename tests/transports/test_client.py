"""One WebSocket to a server, seen from the judge."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from conformance.scripted import say, talking
from repartee.transports.client import (
    Closing,
    Foreign,
    Place,
    Refused,
    Unreachable,
    Wire,
    connect,
)


class Inbox:
    """What came, up to the end."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()

    async def until_closed(self) -> list[Any]:
        found = [await self.queue.get()]
        while not isinstance(found[-1], Closing):
            found.append(await self.queue.get())
        return found


async def opened(url: str, **members: Any) -> tuple[Wire, Inbox]:
    inbox = Inbox()
    given = {"query": {}, "headers": {}, **members}
    return await connect(Place(url), inbox.queue.put_nowait, **given), inbox


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://h:1/v1", "ws://h:1/v1/realtime?model=a+b"),
        ("https://h/v1/", "wss://h/v1/realtime?model=a+b"),
        ("ws://h/v1", "ws://h/v1/realtime?model=a+b"),
    ],
)
def test_a_place_has_an_address(url: str, address: str) -> None:
    assert Place(url).address({"model": "a b"}) == address


def test_an_address_may_ask_for_nothing() -> None:
    assert Place("http://h/v1").address({}) == "ws://h/v1/realtime"


@pytest.mark.parametrize("url", ["h/v1", "ftp://h/v1", "http://"])
def test_what_is_no_base_url_is_told(url: str) -> None:
    with pytest.raises(Unreachable, match="not a base URL"):
        Place(url).address({})


def test_certificates_are_trusted_as_asked(tmp_path: Path) -> None:
    assert Place("https://h/v1").trust() is None
    insecure = Place("https://h/v1", insecure=True).trust()
    assert insecure is not None
    assert not insecure.check_hostname
    with pytest.raises(Unreachable, match="PEM"):
        Place("https://h/v1", ca=tmp_path / "none.pem").trust()


async def test_events_come_with_how_it_ends() -> None:
    async def talk(connection: ServerConnection) -> None:
        await say(connection, {"type": "one"})
        await connection.send(['{"type"', ': "two"}'])  # in two frames
        await connection.close(4000, "a.b")

    async with talking(talk) as url:
        _, inbox = await opened(url)
        found = await inbox.until_closed()
    assert found == [{"type": "one"}, {"type": "two"}, Closing(4000, "a.b")]


async def test_an_end_without_farewell_is_told_too() -> None:
    async def talk(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with talking(talk) as url:
        _, inbox = await opened(url)
        assert await inbox.until_closed() == [Closing(1006, "")]


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (b'{"type": "one"}', "a binary frame of 15 bytes"),
        ('{"type": ', "not one JSON value"),
        ('{"type": "one"}{}', "not one JSON value"),
        ("[1]", r"a frame that is \[1\]"),
    ],
)
async def test_a_frame_that_is_no_event_is_foreign(frame: str | bytes, problem: str) -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send(frame)

    async with talking(talk) as url:
        _, inbox = await opened(url)
        found, _ = await inbox.until_closed()
    assert isinstance(found, Foreign)
    assert re.search(problem, found.problem)


async def test_headers_subprotocols_and_events_arrive() -> None:
    heard: list[Any] = []

    async def talk(connection: ServerConnection) -> None:
        assert connection.request is not None
        heard.append(connection.request.path)
        heard.append(connection.request.headers["Authorization"])
        heard.append(await connection.recv())
        heard.append(await connection.recv())

    async with talking(talk, select_subprotocol=lambda _, offered: offered[1]) as url:
        wire, inbox = await opened(
            url,
            query={"model": "m"},
            headers={"Authorization": "Bearer k"},
            subprotocols=("one", "two"),
        )
        wire.send({"type": "session.update"})
        wire.send_text(b"anything")
        await inbox.until_closed()
        assert wire.subprotocol == "two"
        wire.send({"type": "late"})
    assert heard == ["/v1/realtime?model=m", "Bearer k", '{"type":"session.update"}', "anything"]


async def test_no_subprotocol_is_chosen_where_none_is_offered() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with talking(talk) as url:
        wire, _ = await opened(url)
        assert wire.subprotocol is None
        await wire.close()


async def test_a_refused_handshake_is_told() -> None:
    async def talk(connection: ServerConnection) -> None:
        raise AssertionError("never opened")

    async with talking(talk, process_request=lambda peer, _: peer.respond(401, "no")) as url:
        with pytest.raises(Refused, match="handshake fails"):
            await opened(url)


async def test_where_nobody_listens_is_told() -> None:
    with pytest.raises(Unreachable, match="cannot reach"):
        await opened("http://127.0.0.1:9/v1")
