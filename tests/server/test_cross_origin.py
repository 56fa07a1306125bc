"""Web pages of other hosts: those listed may read our answers, others may not."""

import pytest

from repartee.server.access import access
from repartee.server.cross_origin import answer_headers
from server.doorway import KEY, Answer, Doorway, doorway, furnished, http, request
from server.visitors import SECRETS, post

APP = "https://app.example"
LISTED = access(furnished(api_key=KEY, allowed_origins=(APP,)))
PREFLIGHT = "Access-Control-Request-Method: POST"


def told(*headers: str, method: str = "GET") -> dict[str, str]:
    found = answer_headers(request(f"{method} {SECRETS}", *headers), LISTED)
    return {name.decode().lower(): value.decode() for name, value in found}


async def preflight(door: Doorway, origin: str) -> Answer:
    return await door.ask(f"OPTIONS {SECRETS}\nOrigin: {origin}\n{PREFLIGHT}")


def test_a_listed_page_is_named() -> None:
    headers = told(f"Origin: {APP}")
    assert headers["access-control-allow-origin"] == APP
    assert headers["vary"] == "Origin"
    assert "access-control-allow-headers" not in headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "*", f"{APP}.evil", "http://x"])
def test_others_are_told_nothing(origin: str) -> None:
    assert told(f"Origin: {origin}") == {}
    assert told(f"Origin: {origin}", PREFLIGHT, method="OPTIONS") == {}


def test_no_page_no_headers() -> None:
    assert told() == {}


def test_a_page_may_send_what_stock_clients_send() -> None:
    wanted = "Authorization, content-type, x-openai-agents-sdk, x-stainless-os, cookie, x-other"
    headers = told(
        f"Origin: {APP}", PREFLIGHT, f"Access-Control-Request-Headers: {wanted}", method="OPTIONS"
    )
    assert headers["access-control-allow-headers"] == (
        "authorization, content-type, x-openai-agents-sdk, x-stainless-os"
    )
    assert headers["access-control-allow-methods"] == "GET, POST"


async def test_a_preflight_needs_no_key_where_the_page_is_listed() -> None:
    async with doorway(api_key=KEY, allowed_origins=(APP,)) as door:
        client = await door.connect()
        client.send(http(f"OPTIONS {SECRETS}\nOrigin: {APP}\n{PREFLIGHT}"))
        head = await client.head()
        assert head.startswith("HTTP/1.1 204")
        assert f"Access-Control-Allow-Origin: {APP}" in head
        refused = await preflight(door, "https://evil.example")
        assert refused.status == 401
        assert "access-control-allow-origin" not in refused.headers


async def test_errors_can_be_read_too() -> None:
    async with doorway(api_key=KEY, allowed_origins=(APP,)) as door:
        for key, status in ((KEY, 200), ("sk-wrong", 401), (None, 401)):
            answer = await post(door, SECRETS, None, key, f"Origin: {APP}")
            assert answer.status == status
            assert answer.headers["access-control-allow-origin"] == APP
        answer = await post(door, "/v1/nothing", None, KEY, f"Origin: {APP}")
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, APP)


async def test_options_that_are_no_preflight_are_not_served() -> None:
    async with doorway(allowed_origins=(APP,)) as door:
        answer = await door.ask(f"OPTIONS {SECRETS}\nOrigin: {APP}")
        assert (answer.status, answer.code) == (405, "method_not_supported")
