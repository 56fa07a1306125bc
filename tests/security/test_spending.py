"""Attacks 43, 84 and 100: more than a key, or the server, is meant to give."""

from pathlib import Path

import pytest

from live.server import Server
from security.keys import minted, new_key, post
from security.wire import FAKES, TARGET, connection, session, started
from server.doorway import KEY
from server.visitors import SECRETS

pytestmark = pytest.mark.slow


async def test_attack_43_one_session_too_many_for_a_key(keyed: Server) -> None:
    limited = new_key(keyed, max_sessions=1).text
    header = {"authorization": f"Bearer {limited}"}
    async with session(keyed, **header) as only:
        for key in (limited, await minted(keyed, limited)):
            async with connection(keyed) as socket:
                head = await socket.request(TARGET, authorization=f"Bearer {key}")
                assert head.startswith("HTTP/1.1 429 ")
        async with session(keyed, authorization=f"Bearer {KEY}") as another:
            await another.obeyed()
        await only.obeyed()


async def test_attack_43_one_session_too_many_for_the_server(tmp_path: Path) -> None:
    most = ("--set", "server.max_sessions=2")
    async with (
        started(tmp_path, *FAKES, *most) as server,
        session(server) as first,
        session(server),
    ):
        async with connection(server) as socket:
            head = await socket.request()
            assert head.startswith("HTTP/1.1 503 ")
            assert "retry-after: " in head.lower()
        await first.obeyed()


async def test_attack_84_day_that_is_used_up(keyed: Server) -> None:
    """In the midst of a session: the answer fails and the session stays; no other is opened."""
    header = {"authorization": f"Bearer {new_key(keyed, tokens_per_day=5).text}"}
    async with session(keyed, **header) as client:
        await client.write("Something to say that has more than five tokens in it.")
        assert (await client.respond(output_modalities=["text"]))["status"] == "completed"
        done = await client.respond(output_modalities=["text"])
        assert done["status"] == "failed"
        assert done["status_details"]["error"]["code"] == "insufficient_quota"
        await client.obeyed()
        async with connection(keyed) as socket:
            assert (await socket.request(TARGET, **header)).startswith("HTTP/1.1 429 ")


async def test_attack_100_long_name_of_a_user(keyed: Server) -> None:
    for length, status in ((64, 200), (65, 400), (5000, 400)):
        answer = await post(keyed, KEY, None, SECRETS, f"OpenAI-Safety-Identifier: {'u' * length}")
        assert answer.status == status
    async with connection(keyed) as socket:
        head = await socket.request(
            TARGET, authorization=f"Bearer {KEY}", openai_safety_identifier="u" * 65
        )
        assert head.startswith("HTTP/1.1 400 ")
