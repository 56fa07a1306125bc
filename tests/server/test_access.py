"""Keys, hosts and origins."""

import pytest

from repartee.server.access import Access, access, is_loopback, keys_of, masked
from repartee.server.problems import Problem
from server.doorway import KEY, furnished, request

OPEN = access(furnished())
KEYED = access(furnished(api_key=KEY))


def test_every_way_to_show_a_key() -> None:
    assert keys_of(request("GET /", "Authorization: Bearer one")) == ["one"]
    assert keys_of(request("GET /", "authorization: bearer  one ")) == ["one"]
    assert keys_of(request("GET /", "api-key: one")) == ["one"]
    offered = "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.one"
    assert keys_of(request("GET /", offered)) == ["one"]
    assert keys_of(request("GET /", offered, "api-key: one")) == ["one"]
    assert keys_of(request("GET /", offered, "Authorization: Bearer two")) == ["two", "one"]


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Basic b25l",
        "Authorization: Bearer",
        "Cookie: key=one",
        "Sec-WebSocket-Protocol: realtime",
        "X: y",
    ],
)
def test_what_is_no_key(header: str) -> None:
    assert keys_of(request(f"GET /?api_key={KEY}&token={KEY}", header)) == []


def test_the_right_key_comes_in() -> None:
    KEYED.caller(request("GET /", f"Authorization: Bearer {KEY}"))


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ([], "You didn't provide an API key"),
        (["Authorization: Bearer sk-wrong-0123456789"], "sk-…6789"),
        ([f"Authorization: Bearer {KEY[:-1]}"], "Incorrect API key"),
        ([f"Authorization: Bearer {KEY}x"], "Incorrect API key"),
        (["Authorization: Bearer sch\xfctzend"], "Incorrect API key"),
        ([f"Authorization: Bearer {KEY}", "api-key: other"], "Different API keys"),
    ],
)
def test_any_other_key_stays_out(headers: list[str], told: str) -> None:
    with pytest.raises(Problem, match=told) as refused:
        KEYED.caller(request("GET /", *headers))
    assert (refused.value.status, refused.value.code) == (401, "invalid_api_key")
    assert KEY not in refused.value.message


def test_without_a_key_set_any_and_none_will_do() -> None:
    OPEN.caller(request("GET /"))
    OPEN.caller(request("GET /", "Authorization: Bearer anything"))


def test_a_mask_hides_what_is_short() -> None:
    assert masked("sk-0123456789abc") == "sk-…9abc"
    assert masked("sk-0123456789ab") == "…"


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_has_many_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "localhost.evil.example", "notlocalhost", "10.0.0.1", "::"]
)
def test_other_names_are_not_loopback(host: str | None) -> None:
    assert not is_loopback(host)


def refused(guard: Access, *headers: str) -> str | None:
    with pytest.raises(Problem) as problem:
        guard.check_origin(request("GET /", *headers))
    assert problem.value.status == 403
    return problem.value.code


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000"])
@pytest.mark.parametrize("origin", [None, "http://localhost:3000", "https://127.0.0.1"])
def test_this_machine_may_come_in(host: str, origin: str | None) -> None:
    headers = [f"Host: {host}"] + ([f"Origin: {origin}"] if origin else [])
    OPEN.check_origin(request("GET /", *headers))


@pytest.mark.parametrize("host", ["evil.example:8000", "192.168.1.2", "[::", "", "localhost.x"])
def test_a_name_of_somebody_elses_is_rebinding(host: str) -> None:
    assert refused(OPEN, f"Host: {host}") == "host_not_allowed"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "file://"])
def test_a_page_from_elsewhere_stays_out(origin: str) -> None:
    assert refused(OPEN, "Host: localhost", f"Origin: {origin}") == "origin_not_allowed"


def test_a_page_may_be_listed() -> None:
    listed = access(furnished(allowed_origins=("https://app.example",)))
    listed.check_origin(request("GET /", "Host: localhost", "Origin: https://app.example"))
    assert refused(listed, "Host: localhost", "Origin: https://app.example.evil")


def test_with_a_key_the_key_decides() -> None:
    KEYED.check_origin(request("GET /", "Host: voice.example", "Origin: https://app.example"))
