import asyncio
import json
from typing import Any

import pytest

from repartee.recording.rerun.client import REST_S, Client
from repartee.recording.rerun.names import Named, Place, Unknown
from virtual_time import run


def send(client: Client, kind: str, **members: Any) -> None:
    client.send(json.dumps({"type": kind, **members}).encode())


def test_it_rests_when_nothing_is_owed() -> None:
    async def play() -> None:
        client, loop = Client(), asyncio.get_running_loop()
        transcription = {"audio": {"input": {"transcription": {"model": "whisper-1"}}}}
        send(client, "session.created", session=transcription)
        send(client, "input_audio_buffer.committed", item_id="item_1")
        send(client, "response.created", response={"id": "resp_1"})
        kind = "conversation.item.input_audio_transcription.completed"
        loop.call_later(1, lambda: send(client, "response.done", response={"id": "resp_1"}))
        loop.call_later(2, lambda: send(client, kind, item_id="item_1"))
        assert await client.rest()
        assert loop.time() == 2
        assert await client.rest()

    run(play())


def test_it_does_not_wait_for_ever() -> None:
    async def play() -> None:
        client = Client()
        send(client, "response.created", response={"id": "resp_1"})
        assert not await client.rest()
        assert asyncio.get_running_loop().time() == REST_S
        with pytest.raises(Unknown):
            await client.named(Place("response", 1), 1)
        assert await client.named(Place("response", 0), 1) == Named("resp_1", 0)

    run(play())


def test_a_server_that_ends_it_ends_all_waiting() -> None:
    async def play() -> None:
        client, loop = Client(), asyncio.get_running_loop()
        send(client, "response.created", response={"id": "resp_1"})
        loop.call_later(1, client.close, 1001, "too long")
        await client.until(50)
        assert loop.time() == 1
        assert client.closed == "1001 too long"
        assert client.gone
        await client.wait_closed()

    run(play())


def test_what_it_says_is_heard() -> None:
    async def play() -> None:
        client, heard = Client(), list[bytes]()
        asyncio.get_running_loop().call_soon(client.listen, heard.append, lambda: None)
        await client.listened()
        client.say(b"a")
        assert heard == [b"a"]

    run(play())
