"""From a request to a session, or to a reason why not."""

import json
from typing import Any

import pytest

from repartee.keys.store import OPEN as UNKEYED
from repartee.protocol.beta import BETA, BETA_2024
from repartee.protocol.ga import GA, Dialect
from repartee.runtime.sessions import Terms
from repartee.runtime.watching import Arrival
from repartee.server.access import access
from repartee.server.problems import Problem
from repartee.server.request import Request
from repartee.server.websocket_route import (
    Handshake,
    Refusal,
    Sideband,
    check_upgrade,
    choose_subprotocol,
    judge,
)
from server.doorway import KEY, Doorway, doorway, furnished, request
from transports.raw_socket import TEXT, UPGRADE, RawSocket, frame

OPEN = access(furnished())
KEYED = access(furnished(api_key=KEY))

GOOD = [f"{name}: {value}" for name, value in UPGRADE.items()]


def handshake(asked: Request) -> Handshake:
    judged = judge(asked, OPEN)
    assert isinstance(judged, Handshake)
    return judged


def without(name: str) -> list[str]:
    return [line for line in GOOD if not line.startswith(f"{name}:")]


@pytest.mark.parametrize("path", ["/v1/realtime", "/realtime", "/v1//realtime?model=x"])
def test_a_good_upgrade_gives_its_key(path: str) -> None:
    assert check_upgrade(request(f"GET {path}", *GOOD)) == UPGRADE["Sec-WebSocket-Key"]


@pytest.mark.parametrize(
    ("status", "first", "headers"),
    [
        (404, "GET /v1/other", GOOD),
        (405, "POST /v1/realtime", GOOD),
        (426, "GET /v1/realtime", without("Upgrade")),
        (426, "GET /v1/realtime", [*without("Sec-WebSocket-Version"), "Sec-WebSocket-Version: 12"]),
        (426, "GET /v1/realtime", without("Sec-WebSocket-Version")),
        (400, "GET /v1/realtime", without("Connection")),
        (400, "GET /v1/realtime", without("Sec-WebSocket-Key")),
        (400, "GET /v1/realtime", [*without("Sec-WebSocket-Key"), "Sec-WebSocket-Key: c2hvcnQ="]),
        (400, "GET /v1/realtime", [*without("Sec-WebSocket-Key"), "Sec-WebSocket-Key: \xe4" * 24]),
        (400, "GET /v1/realtime", [*GOOD, "Content-Length: 5"]),
        (400, "GET /v1/realtime", [*GOOD, "Transfer-Encoding: chunked"]),
    ],
)
def test_other_upgrades_are_refused_in_http(status: int, first: str, headers: list[str]) -> None:
    """Attack 40."""
    with pytest.raises(Problem) as refused:
        check_upgrade(request(first, *headers))
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("realtime", "realtime"),
        (f"openai-insecure-api-key.{KEY}, realtime, openai-beta.realtime-v1", "realtime"),
        (f"openai-insecure-api-key.{KEY}", None),
        ("realtime.x", None),
    ],
)
def test_realtime_is_chosen_and_nothing_else(offered: str, chosen: str | None) -> None:
    asked = request("GET /", f"Sec-WebSocket-Protocol: {offered}")
    assert choose_subprotocol(asked) == chosen
    assert choose_subprotocol(request("GET /")) is None


def test_a_handshake_has_the_model_and_whose_key_it_was() -> None:
    asked = judge(request("GET /?model=m&voice=alloy", f"Authorization: Bearer {KEY}"), KEYED)
    assert isinstance(asked, Handshake)
    assert (asked.model, asked.terms) == ("m", Terms("static"))
    assert KEY not in repr(asked)
    assert handshake(request("GET /")) == Handshake(None, arrival=Arrival(is_server=True))


def test_a_handshake_tells_watchers_of_its_client() -> None:
    told = ("OpenAI-Safety-Identifier: user_7", "traceparent: 00-aa-bb-01", "Repartee-Record: ON")
    arrival = handshake(request("GET /", *told)).arrival
    assert arrival == Arrival(
        safety_identifier="user_7", traceparent="00-aa-bb-01", is_server=True, records=True
    )
    assert "user_7" not in repr(arrival)
    assert handshake(request("GET /", "Repartee-Record: off")).arrival.records is False
    assert handshake(request("GET /", "Repartee-Record: maybe")).arrival.records is None


@pytest.mark.parametrize(
    ("target", "header", "dialect"),
    [
        ("/v1/realtime?model=m", "X: y", GA),
        ("/v1/realtime?model=m", "OpenAI-Beta: assistants=v2", GA),
        ("/v1/realtime?model=m", "OpenAI-Beta: realtime=v10", GA),
        ("/v1/realtime?model=m", "OpenAI-Beta: realtime=v1", BETA),
        ("/v1/realtime?model=m", "OpenAI-Beta: assistants=v2, realtime=v1", BETA),
        ("/v1/realtime", "Sec-WebSocket-Protocol: realtime, openai-beta.realtime-v1", BETA),
        ("/v1/realtime?intent=transcription", "OpenAI-Beta: realtime=v1", BETA),
        ("/openai/realtime?api-version=2025-04-01-preview&deployment=d", "X: y", BETA),
        ("/openai/realtime?api-version=2024-10-01-preview&deployment=d", "X: y", BETA_2024),
        ("/openai/realtime?deployment=d", "X: y", BETA),
        ("/openai/v1/realtime?model=d", "X: y", GA),
        ("/openai/v1/realtime?model=d&api-version=2024-10-01-preview", "X: y", GA),
    ],
)
def test_the_dialect_is_what_the_client_says(target: str, header: str, dialect: Dialect) -> None:
    """B013; of OpenAI-Beta the words count, not that it is there"""
    assert handshake(request(f"GET {target}", header)).dialect is dialect


def test_a_deployment_is_a_model() -> None:
    assert handshake(request("GET /openai/realtime?deployment=d")).model == "d"
    assert handshake(request("GET /openai/realtime?deployment=d&model=m")).model == "m"


@pytest.mark.parametrize(
    ("query", "transcribes"),
    [("intent=transcription", True), ("intent=realtime", False), ("model=transcription", False)],
)
def test_the_intent_is_the_kind_of_session(query: str, transcribes: bool) -> None:
    assert handshake(request(f"GET /v1/realtime?{query}")).transcribes is transcribes


def test_a_transcription_session_has_no_model() -> None:
    """B017"""
    refused = judge(request("GET /?intent=transcription&model=m"), OPEN)
    message = "You must not provide a model parameter for transcription sessions."
    assert refused == Refusal(message, "invalid_model", 4000)


def test_kinds_of_session_that_are_not_served_are_named() -> None:
    refused = judge(request("GET /v1/realtime?intent=dictation"), OPEN)
    assert isinstance(refused, Refusal)
    assert "intent='dictation'" in refused.message
    assert (refused.code, refused.close_code) == ("unsupported_session", 4000)


def test_who_names_a_call_joins_it() -> None:
    """B019: and no session of its own, whatever else it says."""
    asked = request("GET /v1/realtime?call_id=rtc_1&model=m&intent=dictation")
    assert judge(asked, OPEN) == Sideband("rtc_1", UNKEYED.id)


@pytest.mark.parametrize(
    "query",
    ["", "model=anything", "intent=realtime", "intent=transcription", "temperature=0.8", "model="],
)
@pytest.mark.parametrize("beta", ["assistants=v2", "realtime=v1"])
def test_a_session_is_served(query: str, beta: str) -> None:
    asked = request(f"GET /v1/realtime?{query}", f"OpenAI-Beta: {beta}")
    assert isinstance(judge(asked, OPEN), Handshake)


# Over the wire


async def upgraded(
    door: Doorway, target: str = "/v1/realtime?model=m", **headers: str
) -> RawSocket:
    client = await door.connect()
    assert "101" in (await client.request(target, **headers)).splitlines()[0]
    return client


async def error_of(client: RawSocket) -> dict[str, Any]:
    event = json.loads(await client.text())
    assert event["type"] == "error"
    assert event["event_id"].startswith("event_")
    error: dict[str, Any] = event["error"]
    assert set(error) == {"type", "code", "message", "param", "event_id"}
    return error


async def test_a_session_begins() -> None:
    async with doorway() as door:
        client = await upgraded(door)
        client.send(frame(TEXT, b"hello"))
        assert await client.text() == b"hello"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer sk-wrong-0123456789"}])
async def test_a_wrong_key_is_told_after_the_101(headers: dict[str, str]) -> None:
    async with doorway(api_key=KEY) as door:
        client = await upgraded(door, sec_websocket_protocol="realtime", **headers)
        assert (await error_of(client))["code"] == "invalid_api_key"
        assert await client.goodbye() == (3000, "invalid_request_error.invalid_api_key")
        assert await client.end() == b""


async def test_a_key_in_the_query_is_none() -> None:
    async with doorway(api_key=KEY) as door:
        client = await upgraded(door, f"/v1/realtime?model=m&api_key={KEY}")
        assert KEY not in (await error_of(client))["message"]
        assert (await client.goodbye())[0] == 3000


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"api_key": KEY},
        {"sec_websocket_protocol": f"realtime, openai-insecure-api-key.{KEY}"},
    ],
)
async def test_the_right_key_begins_a_session(headers: dict[str, str]) -> None:
    async with doorway(api_key=KEY) as door:
        client = await upgraded(door, **headers)
        client.send(frame(TEXT, b"hello"))
        assert await client.text() == b"hello"


async def test_a_session_that_is_not_served_is_told_after_the_101() -> None:
    async with doorway() as door:
        client = await upgraded(door, "/v1/realtime?intent=dictation")
        error = await error_of(client)
        assert (error["type"], error["param"]) == ("invalid_request_error", None)
        assert await client.goodbye() == (4000, "invalid_request_error.unsupported_session")


async def test_a_refused_client_that_stays_is_cut_off() -> None:
    """Attack 41."""
    async with doorway(api_key=KEY) as door:
        client = await upgraded(door)
        client.send(frame(TEXT, b"never mind"))
        await client.text()
        await client.frame()  # the close frame, which it does not answer
        assert await client.end() == b""
