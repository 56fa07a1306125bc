"""The playground's files: open to all, fresh, and asking nothing of anybody else."""

import asyncio
import re
from pathlib import Path

import pytest

from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions
from repartee.runtime.watching import Step
from repartee.server.http_routes import application
from repartee.server.playground_route import FOLDER, PREFIX, is_page, pages
from repartee.session.inputs import Heard
from server.doorway import KEY, MODELS, doorway, edge_of, furnished, http, read_answer

FILES = sorted(FOLDER.iterdir())
LONGEST_FILE = 400


async def test_the_page_is_served_to_whoever_asks() -> None:
    async with doorway(api_key=KEY) as door:
        answer = await door.ask("GET /")
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert b"<title>repartee playground</title>" in answer.body
        assert (await door.ask("GET /v1/models")).status == 401


async def test_every_file_is_served_as_what_it_is() -> None:
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    async with doorway() as door:
        for file in FILES:
            if file.suffix in kinds:
                answer = await door.ask(f"GET {PREFIX}{file.name}")
                assert answer.body == file.read_bytes()
                assert answer.headers["content-type"].partition(";")[0] == kinds[file.suffix]
                assert answer.headers["x-content-type-options"] == "nosniff"


async def test_no_script_stands_in_the_page_and_nothing_comes_from_elsewhere() -> None:
    async with doorway() as door:
        policy = (await door.ask("GET /")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_a_file_that_has_not_changed_is_not_sent_again() -> None:
    async with doorway() as door:
        first = await door.ask("GET /playground/main.js")
        assert first.headers["cache-control"] == "no-cache"
        client = await door.connect()
        tag = first.headers["etag"]
        client.send(http(f"GET /playground/main.js\nIf-None-Match: {tag}"))
        head = await client.head()
        assert head.startswith("HTTP/1.1 304")
        assert tag in head
        client.send(http("GET /healthz"))  # nothing stands between the two
        assert (await read_answer(client)).status == 200


async def test_it_can_be_switched_off() -> None:
    async with doorway(playground=False) as door:
        for path in ("/", "/playground/main.js"):
            answer = await door.ask(f"GET {path}")
            assert (answer.status, answer.code) == (404, "unknown_url")


async def test_pages_of_other_hosts_are_refused_it_as_anything_else() -> None:
    async with doorway() as door:
        answer = await door.ask("GET /\nHost: evil.example")
        assert (answer.status, answer.code) == (403, "host_not_allowed")


def test_only_its_own_paths_are_open() -> None:
    assert all(map(is_page, pages()))
    assert not any(map(is_page, ("/v1/models", "/playground", "/v1/realtime/client_secrets")))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_short_and_names_no_other_host(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    named = set(re.findall(r"(?:https?|wss?)://[^\s\"'`/]+", text))
    assert named <= {"http://www.w3.org"}  # the name space of SVG


def test_every_module_says_what_it_is_for() -> None:
    for file in FILES:
        if file.suffix in (".js", ".css"):
            assert file.read_text().startswith("/*"), file.name


async def test_whoever_has_the_sessions_key_learns_how_like_speech_it_is() -> None:
    settings = furnished()
    sessions = Sessions(settings, EnginesByModel(settings))
    own, others = sessions.taps.open("sess_own", None), sessions.taps.open("sess_other", "key_x")
    pages = application(edge_of(settings), MODELS, sessions)
    async with doorway(pages=pages) as door:
        path = "GET /v1/playground/sessions/{}/speech"
        assert (await door.ask(path.format("sess_none"))).code == "session_not_found"
        assert (await door.ask(path.format("sess_other"))).code == "session_not_found"
        client = await door.connect()
        client.send(http(path.format("sess_own")))
        assert "text/event-stream" in await client.head()
        told = asyncio.ensure_future(client.reader.readuntil(b"\n\n"))
        while not told.done():  # who watches from when on is not told
            own.stepped(Step(Heard(bytes(1536), 0.5), [], 0))
            await asyncio.sleep(0)
        assert re.search(rb"data: \[\[[0-9.]+,0\.5\]", told.result())
        own.left(Step(None, [], 0))
    others.left(Step(None, [], 0))


async def test_how_like_speech_it_is_needs_the_key() -> None:
    async with doorway(api_key=KEY) as door:
        answer = await door.ask("GET /v1/playground/sessions/sess_1/speech")
        assert (answer.status, answer.code) == (401, "invalid_api_key")
