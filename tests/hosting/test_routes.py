"""What a host of engines serves, to whom, and how much of it at a time."""

import asyncio
import json
from pathlib import Path

from hosting.house import PatientEars, PatientVoice, hosting, stock, upload, wav
from hosting.test_speech import BODY, SPEECH, TEXT
from repartee.engines.fake import FakeSynthesizer
from repartee.hosting.routes import Host, work
from repartee.server.drain import drain
from server.doorway import KEY, furnished, http
from server.visitors import new_key, post

TRANSCRIPTIONS = "/v1/audio/transcriptions"


async def test_probes_and_models() -> None:
    async with hosting() as door, stock(door) as client:
        assert (await door.ask("GET /healthz")).json == {"status": "ok"}
        assert (await door.ask("GET /readyz")).json == {"status": "ready"}
        names = [model.id async for model in client.models.list()]
        assert names == ["fake", "gpt-4o-realtime-preview"]


async def test_there_are_no_sessions() -> None:
    async with hosting() as door:
        client = await door.connect()
        assert "404" in await client.request("/v1/realtime")


async def test_other_methods_are_refused() -> None:
    async with hosting() as door:
        assert (await door.ask(f"GET {SPEECH}")).status == 405


def test_only_what_is_hosted_is_work() -> None:
    settings = furnished(max_upload_bytes=5000)
    assert work(Host(settings)) == {}
    assert work(Host(settings, ears=PatientEars())) == {TRANSCRIPTIONS: 5000}
    assert [*work(Host(settings, voice=FakeSynthesizer()))] == [SPEECH]


async def test_a_key_is_asked_for() -> None:
    async with hosting(api_key=KEY) as door:
        assert (await post(door, SPEECH, BODY)).code == "invalid_api_key"
        assert (await post(door, SPEECH, BODY, "sk-wrong")).status == 401
        async with stock(door, KEY) as client:
            assert (await client.audio.speech.create(**BODY)).content


async def test_an_upload_without_a_key_is_not_waited_for() -> None:
    async with hosting(api_key=KEY) as door:
        client = await door.connect()
        client.send(f"POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: x\r\n".encode())
        client.send(b"Content-Length: 20000000\r\n\r\n")
        assert "401" in await client.head()


async def test_more_than_can_be_done_is_refused_before_it_is_read() -> None:
    voice = PatientVoice()
    async with hosting(voice, max_requests=1) as door:
        busy = await door.connect()
        busy.send(http(f"POST {SPEECH}", json.dumps({**BODY, "input": TEXT}).encode()))
        await busy.head()
        late = await door.connect()
        late.send(b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\n")
        late.send(b"Content-Length: 20000000\r\n\r\n" + bytes(1_000_000))
        head = await late.head()
        assert "429" in head
        assert "retry-after: 1" in head.lower()
        assert (await door.ask("GET /readyz")).status == 429
        assert (await door.ask("GET /healthz")).status == 200
        await busy.close()
        await asyncio.wait_for(voice.stopped.wait(), 10)
        assert (await door.ask("GET /readyz")).status == 200


async def test_a_place_is_free_again_on_a_connection_that_stays() -> None:
    async with hosting(max_requests=1) as door, stock(door) as client:
        for _ in range(3):
            assert (await client.audio.speech.create(**BODY)).content


async def test_one_who_takes_nothing_holds_nobody_up() -> None:
    async with hosting() as door, stock(door) as client:
        slow = await door.connect()
        slow.send(http(f"POST {SPEECH}", json.dumps({**BODY, "input": "a" * 4096}).encode()))
        await slow.head()
        assert (await client.audio.speech.create(**BODY)).content
        said = await client.audio.transcriptions.create(model="m", file=("a.wav", wav()))
        assert said.text


async def test_while_the_server_ends_nothing_is_begun() -> None:
    async with hosting() as door:
        door.edge.draining = True
        assert (await post(door, SPEECH, BODY)).code == "server_draining"
        assert (await door.ask("GET /readyz")).status == 503


async def test_what_is_under_way_when_the_server_ends_may_be_finished() -> None:
    voice = PatientVoice()
    async with hosting(voice) as door:
        client = await door.connect()
        client.send(http(f"POST {SPEECH}", json.dumps({**BODY, "input": TEXT}).encode()))
        await client.head()
        ending = asyncio.create_task(drain(door.edge, 60, asyncio.Event()))
        await asyncio.sleep(0)  # it has begun
        assert door.edge.draining
        voice.may_go_on.set()
        assert (await client.end()).endswith(b"\r\n0\r\n\r\n")
        await ending


async def test_a_page_from_elsewhere_may_not() -> None:
    async with hosting() as door:
        answer = await post(door, SPEECH, BODY, None, "Origin: https://elsewhere.example")
        assert answer.code == "origin_not_allowed"


async def test_keys_may_allow_some_models_only(tmp_path: Path) -> None:
    file = tmp_path / "keys.db"
    key = new_key(file, models=("tts-*",)).text
    async with hosting(keys=file) as door:
        header, body = upload(wav(), model="whisper-1")
        async with stock(door, key) as client:
            assert (await client.audio.speech.create(**BODY)).content
        answer = await door.ask(
            f"POST {TRANSCRIPTIONS}\n{header}\nAuthorization: Bearer {key}", body
        )
        assert (answer.status, answer.code) == (400, "invalid_model")
