"""The host of engines under attack: bodies without an end, forms that lie, secrets in logs."""

import asyncio
from collections.abc import Iterator

import pytest

from hosting.house import upload, wav
from live.server import Server, serving
from security.wire import ask, connection, rss_bytes
from server.doorway import KEY, http, read_answer

pytestmark = pytest.mark.slow

SPEECH, TRANSCRIPTIONS = "/v1/audio/speech", "/v1/audio/transcriptions"
BEARER = f"Authorization: Bearer {KEY}"
SECRET = "canary-in-a-coal-mine"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    words = ("voice=fake", "ears=fake", "--api-key", KEY, "--log-level", "debug")
    bounds = ("server.max_upload_bytes=2000000", "server.bad_keys_per_minute=0")
    settings = [word for each in bounds for word in ("--set", each)]
    folder = tmp_path_factory.mktemp("host")
    with serving(folder, *words, *settings, command="engine") as server:
        yield server


async def test_a_body_without_an_end_is_cut_off(host: Server) -> None:
    before = rss_bytes(host)
    async with connection(host) as client:
        head = f"POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: localhost\r\n{BEARER}\r\n"
        client.send(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(40):
            client.send(b"10000\r\n" + bytes(65_536) + b"\r\n")
        assert (await read_answer(client)).status == 413
    assert rss_bytes(host) - before < 20_000_000


async def test_without_a_key_nothing_is_read(host: Server) -> None:
    async with connection(host) as client:
        client.send(f"POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: localhost\r\n".encode())
        client.send(b"Expect: 100-continue\r\nContent-Length: 1900000\r\n\r\n")
        assert (await read_answer(client)).status == 401


@pytest.mark.parametrize("count", [65, 5_000, 20_000])
async def test_a_form_of_many_parts(host: Server, count: int) -> None:
    _, part = upload(None, x="")
    body = part.removesuffix(b"--edge--\r\n") * count + b"--edge--\r\n"
    form = "Content-Type: multipart/form-data; boundary=edge"
    answer = await ask(host, f"POST {TRANSCRIPTIONS}\n{form}\n{BEARER}", body)
    assert answer.status == 400


async def test_a_file_that_lies_about_itself(host: Server) -> None:
    for start in (4, 16, 20, 22, 24, 34, 40):  # sizes, tag, channels, rate, bits
        file = bytearray(wav(0.1))
        file[start : start + 4] = b"\xff\xff\xff\x7f"
        header, body = upload(bytes(file), model="m")
        answer = await ask(host, f"POST {TRANSCRIPTIONS}\n{header}\n{BEARER}", body)
        assert answer.status in (200, 400), start


async def test_nothing_that_was_said_is_logged(host: Server) -> None:
    said = b'{"model":"m","voice":"v","input":"%s","response_format":"%s"}'
    for wanted in (b"flac", b"pcm"):
        async with connection(host) as client:
            body = said % (SECRET.encode(), wanted)
            client.send(http(f"POST {SPEECH}\n{BEARER}\nConnection: close", body))
            assert await client.head()
    header, body = upload(wav(), model="m", prompt=SECRET)
    assert (await ask(host, f"POST {TRANSCRIPTIONS}\n{header}\n{BEARER}", body)).status == 200
    told = await asyncio.to_thread(host.log.read_text)
    assert SECRET not in told
    assert KEY not in told
