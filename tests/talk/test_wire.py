"""The WebSocket of `repartee talk`: what it sends, what it takes, and how its failures read."""

import ssl

import pytest

from repartee.talk import TalkError
from repartee.talk.wire import Closed, connect
from repartee.transports.client import Place
from talk.scripted import serving


async def test_a_session_is_asked_for_by_model_and_key() -> None:
    async with serving() as server:
        wire = await connect(Place(server.url + "/", "gpt realtime", "sk-1"))
        assert await wire.events.get() == {"type": "session.created"}
        assert server.path == "/v1/realtime?model=gpt+realtime"
        assert server.key == "Bearer sk-1"
        await wire.close()


async def test_without_a_key_none_is_sent() -> None:
    async with serving() as server:
        wire = await connect(Place(server.url, "m", None))
        await wire.events.get()
        assert server.key == ""
        await wire.close()


async def test_fragments_make_one_event() -> None:
    pieces = {"type": "fragments", "pieces": [b'{"type":', b' "session', b'.created"}']}
    async with serving(opening=[pieces]) as server:
        wire = await connect(Place(server.url, "m", None))
        assert await wire.events.get() == {"type": "session.created"}
        await wire.close()


async def test_the_servers_goodbye_is_the_last_event() -> None:
    bye = {"type": "close", "code": 3000, "reason": "invalid_request_error.invalid_api_key"}
    async with serving(opening=[bye]) as server:
        wire = await connect(Place(server.url, "m", None))
        told = await wire.events.get()
        assert isinstance(told, Closed)
        assert str(told).endswith("invalid_request_error.invalid_api_key (3000)")
        await wire.close()
        wire.send({"type": "input_audio_buffer.clear"})  # goes nowhere, and harms nobody


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://here", "http://"])
async def test_what_is_no_base_url_is_told(url: str) -> None:
    with pytest.raises(TalkError, match="is not a base URL: it looks like http"):
        await connect(Place(url, "m", None))


async def test_a_server_that_is_not_there_is_told_with_the_remedy() -> None:
    async with serving() as server:
        pass
    with pytest.raises(TalkError, match=r"cannot reach http.*start a server with `repartee serve`"):
        await connect(Place(server.url, "m", None))


async def test_a_certificate_nobody_vouches_for_is_told_with_the_remedy(
    certified: ssl.SSLContext,
) -> None:
    async with serving(tls=certified) as server:
        with pytest.raises(TalkError, match="is not trusted: name it with --ca FILE"):
            await connect(Place(server.url, "m", None))
