"""The relay changes nothing between a client and a server, not even the way in."""

from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from live.relay import Relay, watching

MODERN, BETA = Subprotocol("realtime"), Subprotocol("openai-beta.realtime-v1")


class Porter:
    """A server that keeps what it was asked, takes one subprotocol, and hangs up."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def admit(self, client: ServerConnection, request: Request) -> Response | None:
        self.asked.append(request)
        if "Authorization" not in request.headers and "api-key" not in request.headers:
            return client.respond(HTTPStatus.UNAUTHORIZED, "who is it?")
        return None

    def choose(self, _: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return MODERN if MODERN in offered else None


@pytest.fixture
def porter() -> Porter:
    return Porter()


@pytest.fixture
async def relay(porter: Porter) -> AsyncIterator[Relay]:
    async def hang_up(client: ServerConnection) -> None:
        await client.close(3000, "not today")

    async with serve(
        hang_up, "127.0.0.1", 0, process_request=porter.admit, select_subprotocol=porter.choose
    ) as door:
        port = next(iter(door.sockets)).getsockname()[1]
        async with watching(f"http://127.0.0.1:{port}/v1") as relay:
            yield relay


def address(relay: Relay, path: str = "/v1/realtime") -> str:
    return relay.url.replace("http", "ws", 1).removesuffix("/v1") + path


async def test_the_way_in_is_passed_on(porter: Porter, relay: Relay) -> None:
    headers = {"api-key": "open sesame", "OpenAI-Beta": "realtime=v1"}
    path = "/openai/realtime?deployment=a%20b&api-version=2024-10-01-preview"
    async with connect(
        address(relay, path),
        additional_headers=headers,
        subprotocols=[BETA, MODERN],
        user_agent_header="agent/1",
    ) as client:
        await client.wait_closed()
        assert client.subprotocol == MODERN
        assert (client.close_code, client.close_reason) == (3000, "not today")
    (request,) = porter.asked
    assert request.path == path
    assert request.headers["api-key"] == "open sesame"
    assert request.headers["OpenAI-Beta"] == "realtime=v1"
    assert request.headers["User-Agent"] == "agent/1"
    assert request.headers["Sec-WebSocket-Protocol"] == f"{BETA}, {MODERN}"
    assert "permessage-deflate" in request.headers["Sec-WebSocket-Extensions"]
    assert request.headers.get_all("Host") == [relay.upstream.split("/")[2]]


async def test_nothing_is_offered_that_the_client_does_not_offer(
    porter: Porter, relay: Relay
) -> None:
    headers = {"Authorization": "Bearer sesame"}
    async with connect(
        address(relay), additional_headers=headers, compression=None, user_agent_header=None
    ) as client:
        await client.wait_closed()
        assert client.subprotocol is None
    (request,) = porter.asked
    assert not {"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "User-Agent"} & {
        *request.headers
    }


async def test_who_is_refused_is_told_so(relay: Relay) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(address(relay))
    assert refused.value.response.status_code == HTTPStatus.UNAUTHORIZED
    assert refused.value.response.body == b"who is it?"
    assert not relay.records


@pytest.mark.parametrize(
    ("path", "headers", "subprotocols", "dialect"),
    [
        ("/v1/realtime?model=gpt-realtime", {}, [], "ga"),
        ("/v1/realtime", {"OpenAI-Beta": "assistants=v2"}, [], "ga"),
        ("/openai/v1/realtime?model=deployed", {}, [], "ga"),
        ("/v1/realtime", {"OpenAI-Beta": "realtime=v1"}, [], "beta"),
        ("/v1/realtime", {}, [MODERN, BETA], "beta"),
        ("/openai/realtime?api-version=2024-10-01-preview", {}, [], "beta"),
    ],
)
async def test_the_dialect_is_what_the_client_asks_for(
    relay: Relay,
    path: str,
    headers: dict[str, str],
    subprotocols: list[Subprotocol],
    dialect: str,
) -> None:
    async with connect(
        address(relay, path),
        additional_headers=headers | {"Authorization": "Bearer sesame"},
        subprotocols=subprotocols or None,
    ) as client:
        await client.wait_closed()
    (record,) = relay.records
    assert record.dialect == dialect
