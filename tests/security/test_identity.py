"""Attacks 1 to 20: whoever has no right key, has another's, or had one."""

import time

import pytest

from live.server import Server
from security.wire import ask, session, turned_away
from server.doorway import KEY

pytestmark = pytest.mark.slow

WRONG = "sk-wrong-and-long-enough-9876"
PATHS = ["/v1/models", "/v1/models/gpt-realtime", "/v1/nothing", "/v1/realtime/client_secrets"]


@pytest.mark.parametrize("path", PATHS)
async def test_attack_1_no_key(keyed: Server, path: str) -> None:
    answer = await ask(keyed, f"GET {path}")
    assert (answer.status, answer.code) == (401, "invalid_api_key")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_attack_1_no_key_for_a_session(keyed: Server) -> None:
    begin = time.perf_counter()
    assert (await turned_away(keyed))["code"] == "invalid_api_key"
    assert time.perf_counter() - begin < 2


async def test_attack_2_wrong_key(keyed: Server) -> None:
    header = f"Bearer {WRONG}"
    over_http = await ask(keyed, f"GET /v1/models\nAuthorization: {header}")
    assert (over_http.status, over_http.code) == (401, "invalid_api_key")
    over_websocket = await turned_away(keyed, authorization=header)
    for message in (over_http.json["error"]["message"], over_websocket["message"]):
        assert "sk-…9876" in message
        assert WRONG not in message
    for almost in (KEY[:-1], KEY + "x", KEY.upper(), ""):
        assert (await turned_away(keyed, authorization=f"Bearer {almost}"))["code"] == (
            "invalid_api_key"
        )


@pytest.mark.parametrize("name", ["api_key", "api-key", "token", "key", "access_token"])
async def test_attack_3_key_in_the_address(keyed: Server, name: str) -> None:
    answer = await ask(keyed, f"GET /v1/models?{name}={KEY}")
    assert (answer.status, answer.code) == (401, "invalid_api_key")
    error = await turned_away(keyed, f"/v1/realtime?model=gpt-realtime&{name}={KEY}")
    assert error["code"] == "invalid_api_key"
    assert KEY not in keyed.log.read_text()


async def test_attack_20_two_keys_that_differ(keyed: Server) -> None:
    """None of them counts, whichever way the right one came."""
    for header, protocol in ((KEY, WRONG), (WRONG, KEY)):
        error = await turned_away(
            keyed,
            authorization=f"Bearer {header}",
            sec_websocket_protocol=f"realtime, openai-insecure-api-key.{protocol}",
        )
        assert error["code"] == "invalid_api_key"
        assert KEY not in error["message"]
    headers = f"Authorization: Bearer {KEY}\nAuthorization: Bearer {WRONG}"
    assert (await ask(keyed, f"GET /v1/models\n{headers}")).status == 401


async def test_the_right_key_opens(keyed: Server) -> None:
    """Any of the ways a client may show it."""
    for name, value in (
        ("authorization", f"Bearer {KEY}"),
        ("api_key", KEY),
        ("sec_websocket_protocol", f"realtime, openai-insecure-api-key.{KEY}"),
    ):
        async with session(keyed, **{name: value}) as client:
            await client.obeyed()
    assert (await ask(keyed, f"GET /v1/models\nAuthorization: Bearer {KEY}")).status == 200
