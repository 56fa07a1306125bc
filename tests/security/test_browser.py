"""Attacks 21 to 26: a web page in the browser of somebody who runs the server."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from live.server import Server
from security.wire import FAKES, ask, connection, session, turned_away
from server.doorway import KEY, http

pytestmark = pytest.mark.slow

LISTED = "https://app.example"
PATHS = ["/v1/models", "/v1/realtime", "/healthz"]


async def upgraded(server: Server, **headers: Any) -> str:
    """The first line of the answer to a request for a WebSocket."""
    async with connection(server) as socket:
        return (await socket.request(**headers)).splitlines()[0]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example"]
)
async def test_attack_21_page_from_elsewhere_without_a_key(keyless: Server, origin: str) -> None:
    for path in PATHS:
        answer = await ask(keyless, f"GET {path}\nOrigin: {origin}")
        assert (answer.status, answer.code) == (403, "origin_not_allowed")
    assert "403" in await upgraded(keyless, origin=origin)


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1.evil.example", "10.0.0.1"])
async def test_attack_22_rebound_name_without_a_key(keyless: Server, host: str) -> None:
    for path in PATHS:
        answer = await ask(keyless, f"GET {path}\nHost: {host}")
        assert (answer.status, answer.code) == (403, "host_not_allowed")
    assert "403" in await upgraded(keyless, host=host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_attack_23_open_to_the_network_without_a_key(tmp_path: Path, host: str) -> None:
    command = [sys.executable, "-m", "repartee.cli", "serve", "--port", "0", "--host", host]
    environment = {"HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [*command, *FAKES],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "can be reached from other machines" in line
    assert "REPARTEE_API_KEY" in line


@pytest.mark.parametrize(
    "ambient", [f"Cookie: key={KEY}", "Authorization: Basic dXNlcjpzay1yaWdodA=="]
)
async def test_attack_24_nothing_that_a_browser_sends_by_itself_is_a_key(
    keyed: Server, ambient: str
) -> None:
    answer = await ask(keyed, f"GET /v1/models\n{ambient}")
    assert (answer.status, answer.code) == (401, "invalid_api_key")
    name, _, value = ambient.partition(": ")
    error = await turned_away(keyed, **{name.lower(): value})
    assert error["code"] == "invalid_api_key"


async def test_attack_25_the_key_of_a_subprotocol_is_not_echoed(keyed: Server) -> None:
    key = f"openai-insecure-api-key.{KEY}"
    for offered, chosen in ((f"realtime, {key}", "realtime"), (key, None), (f"{key}, x", None)):
        async with connection(keyed) as socket:
            head = await socket.request(sec_websocket_protocol=offered)
            lines = [line.lower() for line in head.splitlines()]
            told = [line for line in lines if line.startswith("sec-websocket-protocol")]
            assert told == ([f"sec-websocket-protocol: {chosen}"] if chosen else [])
            assert b"session.created" in await socket.text()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{LISTED}.evil.example"])
async def test_attack_26_preflight_of_a_page_from_elsewhere(keyed: Server, origin: str) -> None:
    for path in ("/v1/realtime/client_secrets", "/v1/models"):
        assert "access-control" not in await preflight(keyed, path, origin)
        listed = await preflight(keyed, path, LISTED)
        assert f"access-control-allow-origin: {LISTED}" in listed
        assert "access-control-allow-headers: authorization" in listed
        assert "credentials" not in listed


async def preflight(server: Server, path: str, origin: str) -> str:
    """The head of the answer to what a browser asks before a page may ask."""
    asked = "Access-Control-Request-Method: POST\nAccess-Control-Request-Headers: authorization"
    async with connection(server) as socket:
        socket.send(http(f"OPTIONS {path}\nOrigin: {origin}\n{asked}"))
        return (await socket.head()).lower()


async def test_a_page_on_this_machine_may_come_in(keyless: Server) -> None:
    async with session(keyless, origin="http://localhost:3000") as client:
        await client.obeyed()
