"""Requests are retried while that does no harm, and refusals say what to do, never the key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from engines.endpoint import (
    Answer,
    Endpoint,
    Exchange,
    Request,
    closed_port,
    falls_silent,
    gives_json,
    hangs_up,
    lists,
    refuses,
    says_text,
)
from repartee.engines.protocols import EngineError
from repartee.engines.remote.endpoint import Endpoint as HTTPEndpoint
from repartee.engines.remote.faults import MIND, now
from repartee.engines.remote.tracing import trace_requests

KEY = "sk-secret"
QUICK = {"retry_delay_s": 0.001}


@asynccontextmanager
async def client(url: str, **options: Any) -> AsyncIterator[HTTPEndpoint]:
    endpoint = HTTPEndpoint(url, MIND, **{**QUICK, **options})
    try:
        yield endpoint
    finally:
        await endpoint.close()


async def failure(endpoint: HTTPEndpoint, seconds: float = 5) -> EngineError:
    with pytest.raises(EngineError) as failed:
        await endpoint.send("POST", "/chat/completions", now() + seconds, {"model": "m"})
    return failed.value


async def refusal(*answers: Answer, seconds: float = 5, **options: Any) -> tuple[EngineError, int]:
    """What becomes of a request, and how often it was made."""
    async with Endpoint(*answers).serving() as server, client(server.url, **options) as endpoint:
        return await failure(endpoint, seconds), len(server.requests)


async def drops(request: Request, exchange: Exchange) -> None:
    """Takes the request and leaves without a word."""
    raise ConnectionResetError


async def test_what_is_sent() -> None:
    async with Endpoint(says_text("Hi.")).serving() as server:
        async with client(server.url + "/?v=1", key=KEY, headers={"X-Team": "a"}) as endpoint:
            response = await endpoint.send("POST", "/chat/completions", now() + 5, {"model": "ö"})
            await response.aclose()
        (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions?v=1")
    assert request.body == {"model": "ö"}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-team"] == "a"


async def test_without_a_key_none_is_sent() -> None:
    async with Endpoint(says_text("Hi.")).serving() as server, client(server.url) as endpoint:
        await (await endpoint.send("POST", "/chat/completions", now() + 5, {})).aclose()
        assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (
            "401 Unauthorized",
            "model_unauthorized",
            "does not accept the key (401): set mind.api_key",
        ),
        ("403 Forbidden", "model_unauthorized", "does not accept the key (403): set mind.api_key"),
        ("404 Not Found", "model_not_found", "does not know the model, or mind.url is wrong (404)"),
        ("400 Bad Request", "model_refused", "refused the request (400)"),
        ("422 Unprocessable", "model_refused", "refused the request (422)"),
        ("307 Temporary Redirect", "model_refused", "is elsewhere (307): set mind.url"),
    ],
)
async def test_refusals_are_final(status: str, code: str, message: str) -> None:
    said = {"error": {"message": f"because of\n {KEY}"}}
    error, requests = await refusal(refuses(status, said), key=KEY)
    assert requests == 1
    assert error.code == code
    assert message in str(error)
    assert str(error).endswith(": because of …")


async def test_keys_in_headers_are_not_told_either() -> None:
    said = {"error": f"no such key: {'x' * 380}{KEY}"}  # nor half of one, where it is cut
    error, _ = await refusal(refuses("400 Bad Request", said), headers={"Api-Key": KEY, "A": "no"})
    assert "sk-" not in str(error)
    assert "no such key" in str(error)


async def test_a_missing_key_is_asked_for() -> None:
    error, _ = await refusal(refuses("401 Unauthorized"))
    assert str(error).endswith("/v1 wants a key (401): set mind.api_key")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("429 Too Many Requests", "model_busy"),
        ("500 Internal Server Error", "model_failed"),
        ("502 Bad Gateway", "model_failed"),
        ("503 Service Unavailable", "model_failed"),
        ("504 Gateway Timeout", "model_failed"),
    ],
)
async def test_busy_endpoints_are_asked_again(status: str, code: str) -> None:
    error, requests = await refusal(refuses(status), retries=2)
    assert (error.code, requests) == (code, 3)


async def test_it_may_succeed_the_second_time() -> None:
    answers = refuses("503 Service Unavailable"), drops, says_text("Hi.")
    async with Endpoint(*answers).serving() as server, client(server.url, retries=2) as endpoint:
        response = await endpoint.send("POST", "/chat/completions", now() + 5, {})
        await response.aclose()
        assert len(server.requests) == 3


async def test_retries_may_be_switched_off() -> None:
    _, requests = await refusal(refuses("503 Service Unavailable"), retries=0)
    assert requests == 1


async def test_waiting_grows() -> None:
    options = {"retries": 2, "retry_delay_s": 0.05}
    server = Endpoint(refuses("500 Oops"))
    async with server.serving(), client(server.url, **options) as endpoint:
        await failure(endpoint)
    first, second, third = server.moments
    assert second - first >= 0.049
    assert third - second >= 0.099


async def test_the_endpoint_may_say_how_long_to_wait() -> None:
    soon = refuses("429 Too Many Requests", headers="Retry-After: 0\r\n")
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    dated = refuses("429 Too Many Requests", headers=f"Retry-After: {past}\r\n")
    odd = refuses("429 Too Many Requests", headers="Retry-After: soon\r\n")
    _, requests = await refusal(soon, dated, odd, retries=3)
    assert requests == 4


@pytest.mark.parametrize(
    "wait",
    ["3600", format_datetime(datetime.now(UTC) + timedelta(days=1))],
    ids=["seconds", "date"],
)
async def test_nobody_waits_beyond_the_deadline(wait: str) -> None:
    begun = now()
    late = refuses("429 Too Many Requests", headers=f"Retry-After: {wait}\r\n")
    error, requests = await refusal(late, seconds=30)
    assert (error.code, requests) == ("model_busy", 1)
    assert now() - begun < 10


async def test_an_unreachable_endpoint() -> None:
    async with client(f"http://user:{KEY}@127.0.0.1:{closed_port()}/v1?key={KEY}") as endpoint:
        error = await failure(endpoint)
    assert error.code == "model_unreachable"
    assert "http://127.0.0.1:" in str(error)
    assert "is it running? Set mind.url to its address" in str(error)
    assert KEY not in str(error)


async def test_an_endpoint_that_never_begins() -> None:
    async def waits(request: Request, exchange: Exchange) -> None:
        await exchange.until_gone()

    error, requests = await refusal(waits, seconds=1)
    assert (error.code, requests) == ("model_timeout", 1)
    assert "did not begin to answer in time" in str(error)


async def test_a_refusal_that_never_ends() -> None:
    async def trails_off(request: Request, exchange: Exchange) -> None:
        await exchange.begin("400 Bad Request")
        await exchange.until_gone()

    error, _ = await refusal(trails_off, seconds=1)
    assert str(error).endswith("refused the request (400)")


async def test_a_refusal_without_end_in_sight() -> None:
    async def goes_on(request: Request, exchange: Exchange) -> None:
        await exchange.begin("400 Bad Request")
        while True:
            await exchange.send(b"x" * 10_000)

    async with asyncio.timeout(10):
        error, _ = await refusal(goes_on, seconds=3600)
    assert str(error).endswith("refused the request (400)")


async def test_long_explanations_are_cut() -> None:
    error, _ = await refusal(refuses("400 Bad Request", {"error": "x" * 10_000}))
    assert len(str(error)) < 500


async def test_connections_are_kept() -> None:
    async with Endpoint(lists("a")).serving() as server, client(server.url) as endpoint:
        for _ in range(3):
            assert await endpoint.models(now() + 5) == ("a",)
        assert server.connections == 1
        await endpoint.close()
        assert await endpoint.models(now() + 5) == ("a",)  # closing is no end
        assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "models"),
    [(lists("a", "b"), ("a", "b")), (lists(), ()), (gives_json({"data": None}), ())],
)
async def test_models_are_listed(answer: Answer, models: tuple[str, ...]) -> None:
    async with Endpoint(answer).serving() as server, client(server.url) as endpoint:
        assert await endpoint.models(now() + 5) == models
        assert (server.requests[0].method, server.requests[0].path) == ("GET", "/v1/models")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (gives_json([]), "model_unreadable"),
        (gives_json({"data": ["a"]}), "model_unreadable"),
        (refuses("404 Not Found"), "model_not_found"),
        (hangs_up(), "model_unreadable"),
        (falls_silent(b"{"), "model_timeout"),
    ],
)
async def test_models_that_cannot_be_listed(answer: Answer, code: str) -> None:
    async with Endpoint(answer).serving() as server, client(server.url, retries=0) as endpoint:
        with pytest.raises(EngineError) as failed:
            await endpoint.models(now() + (0.2 if code == "model_timeout" else 5))
        assert failed.value.code == code


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:11434/v1", "ftp://host/v1", "http://", "http://[::1/v1"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        HTTPEndpoint(url, MIND)


async def test_a_cancelled_request_is_taken_back() -> None:
    async def waits(request: Request, exchange: Exchange) -> None:
        await exchange.until_gone()

    async with Endpoint(waits).serving() as server, client(server.url) as endpoint:
        asking = asyncio.create_task(endpoint.send("GET", "/models", now() + 30))
        await server.asked()
        asking.cancel()
        async with asyncio.timeout(5):
            await server.gone.wait()
        assert asking.cancelled()


async def test_a_request_of_a_traced_turn_tells_its_trace() -> None:
    async with Endpoint(gives_json({})).serving() as server, client(server.url) as endpoint:
        for told in ({"voice": "theirs"}, {"mind": "ours"}):
            trace_requests(told.get)
            response = await endpoint.send("POST", "/chat/completions", now() + 5, {})
            await response.aclose()
    assert [request.headers.get("traceparent") for request in server.requests] == [None, "ours"]
