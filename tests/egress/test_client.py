"""The client: it goes where it may, to the very address that was checked, and takes so much."""

import asyncio
import gzip
import logging
import ssl
from pathlib import Path

import pytest

from egress.corpus import INWARD
from egress.stand_in import HELLO, Names, listening
from repartee.egress.client import EgressClient, FetchError
from repartee.server.certificate import self_signed
from repartee.settings import Egress

HERE = ["127.0.0.1"]
LISTED = Egress(allowed=("listed.example",))


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


async def refusal(client: EgressClient, url: str) -> str:
    with pytest.raises(FetchError) as refused:
        await client.fetch(url)
    return str(refused.value)


async def test_what_is_on_the_allow_list_is_fetched() -> None:
    names = Names(HERE)
    client = EgressClient(LISTED, resolver=names)
    async with listening() as server:
        url = f"http://Listed.example.:{server.port}/a?b=c#d"
        fetched = await client.fetch(
            url, method="POST", headers={"Authorization": "Bearer word"}, content=b"{}"
        )
    assert (fetched.status, fetched.body) == (200, b"hello")
    assert fetched.headers["content-type"] == "text/plain"
    (head,) = server.heads
    assert head.startswith("POST /a?b=c HTTP/1.1\r\n")
    assert f"Host: listed.example:{server.port}\r\n" in head
    assert "Authorization: Bearer word\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head
    assert names.asked == ["listed.example"]


async def test_a_network_on_the_allow_list_holds_for_names_and_addresses() -> None:
    client = EgressClient(Egress(allowed=("127.0.0.0/8",)), resolver=Names(["::ffff:127.0.0.1"]))
    async with listening() as server:
        for host in ("127.0.0.1", "a.example"):
            assert (await client.fetch(f"http://{host}:{server.port}/")).body == b"hello"


async def test_a_status_that_is_no_redirect_is_the_callers_affair() -> None:
    async with listening(answer(b"no", status="404 Not Found")) as server:
        client = EgressClient(LISTED, resolver=Names(HERE))
        fetched = await client.fetch(f"http://listed.example:{server.port}/")
    assert (fetched.status, fetched.body) == (404, b"no")


@pytest.mark.parametrize("form", INWARD)
async def test_ways_inside_are_closed(form: str) -> None:
    async with listening() as canary:
        client = EgressClient(Egress(), resolver=Names(HERE))
        said = await refusal(client, form.format(port=canary.port))
    assert canary.connections == 0
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://user:word@a.example/", "must not hold a user"),
        ("https://:word@a.example/", "must not hold a user"),
        ("gopher://a.example/", "must begin with https://"),
        ("//a.example/", "must begin with https://"),
        ("https://a.example:99999/", "names a port that there is not"),
        ("https://a.example:0/", "names a port that there is not"),
        ("https://a.example\\@b.example/", "holds characters that no address has"),
        ("https://a.example/ x", "holds characters that no address has"),
        ("https://a.example/" + "x" * 4096, "is too long"),
        ("https://[::1/", "cannot be read"),
        ("https://2130706433/", "in another form than"),
        ("https://a..example/", "names a host that cannot be one"),
        ("https:a.example", "names no host"),
    ],
)
async def test_what_is_no_address_for_a_client_is_not_even_looked_up(url: str, why: str) -> None:
    names = Names(["8.8.8.8"])
    assert why in await refusal(EgressClient(Egress(), resolver=names), url)
    assert names.asked == []


async def test_the_resolver_of_this_machine_knows_localhost() -> None:
    said = await refusal(EgressClient(Egress()), "https://localhost/")
    assert said == "localhost is not on the public internet."


async def test_a_public_host_must_be_asked_over_https() -> None:
    client = EgressClient(Egress(), resolver=Names(["8.8.8.8"]))
    said = await refusal(client, "http://public.example/")
    assert said == "public.example must be asked over https."


@pytest.mark.parametrize("answers", [[], ["no address"], ["fe80::1%lo"]])
async def test_a_name_without_an_address_cannot_be_used(answers: list[str]) -> None:
    said = await refusal(EgressClient(Egress(), resolver=Names(answers)), "https://a.example/")
    assert said == "a.example has no address that can be used."


async def test_one_address_that_may_not_be_reached_is_one_too_many() -> None:
    client = EgressClient(Egress(), resolver=Names(["8.8.8.8", "10.0.0.1"]))
    said = await refusal(client, "https://public.example/")
    assert said == "public.example is not on the public internet."


async def test_the_certificate_must_be_that_of_the_name(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, ["listed.example"])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    shown: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: shown.append(name)
    trust = ssl.create_default_context(cafile=str(certificate))
    settings = Egress(allowed=("listed.example", "other.example"))
    client = EgressClient(settings, resolver=Names(HERE), trust=trust)
    async with listening(tls=tls) as server:
        fetched = await client.fetch(f"https://listed.example:{server.port}/")
        assert fetched.body == b"hello"
        said = await refusal(client, f"https://other.example:{server.port}/")
        assert said == "other.example cannot be connected to."
    assert shown == ["listed.example", "other.example"]


async def test_only_authorities_that_the_operator_trusts_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path, ["listed.example"])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    async with listening(tls=tls) as server:
        url = f"https://listed.example:{server.port}/"
        said = await refusal(EgressClient(LISTED, resolver=Names(HERE)), url)
        assert said == "listed.example cannot be connected to."
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert (await EgressClient(LISTED, resolver=Names(HERE)).fetch(url)).body == b"hello"


async def test_the_next_address_is_tried_where_one_takes_no_connection() -> None:
    async with listening() as server:  # on 127.0.0.1 only
        client = EgressClient(LISTED, resolver=Names(["127.0.0.2", "127.0.0.1"]))
        fetched = await client.fetch(f"http://listed.example:{server.port}/")
    assert fetched.body == b"hello"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "304 Not Modified", "308 Moved"])
async def test_a_redirect_is_a_refusal(status: str) -> None:
    async with listening() as canary:
        moved = answer(b"", f"Location: http://127.0.0.1:{canary.port}/", status=status)
        async with listening(moved) as server:
            client = EgressClient(LISTED, resolver=Names(HERE))
            said = await refusal(client, f"http://listed.example:{server.port}/")
    assert "redirects are not followed" in said
    assert canary.connections == 0


@pytest.mark.parametrize(
    "proxy", ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"]
)
async def test_no_proxy_of_the_environment_is_asked(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    async with listening() as canary, listening() as server:
        monkeypatch.setenv(proxy, f"http://127.0.0.1:{canary.port}")
        client = EgressClient(LISTED, resolver=Names(HERE))
        await client.fetch(f"http://listed.example:{server.port}/")
    assert canary.connections == 0


def chunked(*parts: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
    return head + b"\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (*parts, b""))


BOMB = gzip.compress(bytes(50_000_000), mtime=0)


@pytest.mark.parametrize(
    "said",
    [
        answer(bytes(1001)),
        chunked(bytes(600), bytes(600)),
        answer(gzip.compress(bytes(1001), mtime=0), "Content-Encoding: gzip"),
        answer(BOMB, "Content-Encoding: gzip"),
        answer(BOMB, "Content-Encoding: X-GZip"),
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1001),
    ],
)
async def test_more_than_the_limit_is_not_taken(said: bytes) -> None:
    async with listening(said) as server:
        settings = Egress(allowed=("listed.example",), max_bytes=1000)
        client = EgressClient(settings, resolver=Names(HERE))
        told = await refusal(client, f"http://listed.example:{server.port}/")
    assert told == f"listed.example:{server.port} answers with more than 1000 bytes."


@pytest.mark.parametrize(
    "said",
    [
        answer(bytes(1000)),
        chunked(bytes(600), bytes(400)),
        answer(gzip.compress(bytes(1000), mtime=0), "Content-Encoding: gzip"),
    ],
)
async def test_as_much_as_the_limit_is_taken(said: bytes) -> None:
    async with listening(said) as server:
        settings = Egress(allowed=("listed.example",), max_bytes=1000)
        client = EgressClient(settings, resolver=Names(HERE))
        fetched = await client.fetch(f"http://listed.example:{server.port}/")
    assert fetched.body == bytes(1000)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (answer(b"no gzip", "Content-Encoding: gzip"), "broken gzip"),
        (answer(gzip.compress(b"hello", mtime=0)[:-9], "Content-Encoding: gzip"), "broken gzip"),
        (answer(b"x", "Content-Encoding: br"), "content coding"),
        (answer(BOMB, "Content-Encoding: gzip, gzip"), "content coding"),
        (answer(BOMB, "Content-Encoding: gzip", "Content-Encoding: gzip"), "content coding"),
        (HELLO[:-1], "broke off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "broke off"),
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"a" * 1_000_000, "broke off"),
    ],
)
async def test_an_answer_that_is_none_is_refused(said: bytes, why: str) -> None:
    async with listening(said) as server:
        client = EgressClient(LISTED, resolver=Names(HERE))
        assert why in await refusal(client, f"http://listed.example:{server.port}/")


@pytest.mark.parametrize("begun", [b"", HELLO[:20], HELLO[:-1]])
async def test_who_does_not_answer_in_time_is_left(begun: bytes) -> None:
    async with listening(begun, leave=False) as server:
        settings = Egress(allowed=("listed.example",), timeout_s=0.1)
        client = EgressClient(settings, resolver=Names(HERE))
        said = await refusal(client, f"http://listed.example:{server.port}/")
        await server.gone.wait()  # nothing stays open behind it
    assert said == "listed.example did not answer in 0.1 seconds."


async def test_a_resolver_that_never_answers_is_left() -> None:
    async def silent(name: str) -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError(name)

    client = EgressClient(Egress(timeout_s=0.05), resolver=silent)
    assert "did not answer" in await refusal(client, "https://a.example/")


async def test_nobody_at_home_is_told() -> None:
    async with listening() as server:
        port = server.port
    client = EgressClient(LISTED, resolver=Names(HERE))
    said = await refusal(client, f"http://listed.example:{port}/")
    assert said == "listed.example cannot be connected to."


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "inner.example"},
        {"transfer-encoding": "chunked"},
        {"Content-Length": "0"},
        {"Accept-Encoding": "gzip"},
        {"A b": "c"},
        {"A": "b\r\nHost: inner.example"},
        {"A": "ü"},
    ],
)
async def test_headers_cannot_lead_elsewhere(headers: dict[str, str]) -> None:
    async with listening() as server:
        client = EgressClient(LISTED, resolver=Names(HERE))
        with pytest.raises(FetchError, match="header of the request") as refused:
            await client.fetch(f"http://listed.example:{server.port}/", headers=headers)
    assert server.connections == 0
    assert "inner" not in str(refused.value)


async def test_neither_errors_nor_logs_show_what_the_address_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    client = EgressClient(LISTED, resolver=Names(HERE))
    async with listening() as server:
        await client.fetch(f"http://listed.example:{server.port}/secret?key=secret")
    urls = (
        "https://10.0.0.1/secret?key=secret",
        "http://secret:secret@a.example/",
        "gopher://a/secret",
        f"http://listed.example:{server.port}/secret?key=secret",
        "https://[secret",
    )
    for url in urls:
        assert "secret" not in await refusal(client, url)
    assert "secret" not in caplog.text


def test_an_allow_list_that_cannot_be_obeyed_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'10\.1\.2\.3/16' is neither"):
        EgressClient(Egress(allowed=("10.1.2.3/16",)))
