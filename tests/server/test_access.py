"""Keys, hosts and origins."""

import time
from pathlib import Path
from typing import Any

import pytest

from repartee.keys.sealing import Secret
from repartee.server.access import (
    Access,
    Caller,
    access,
    check_names,
    is_loopback,
    keys_of,
    masked,
    project_of,
    safety_identifier,
)
from repartee.server.problems import Problem
from server.doorway import KEY, furnished, request
from server.visitors import new_key

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


def test_refusals_are_counted_by_what_was_wrong() -> None:
    guard = access(furnished(api_key=KEY))
    for headers in (
        [],
        ["Authorization: Bearer sk-wrong-0123456789"],
        ["Authorization: Bearer ek_wrong-0123456789"],
        [f"Authorization: Bearer {KEY}", "api-key: other"],
    ):
        with pytest.raises(Problem):
            guard.caller(request("GET /", *headers))
    with pytest.raises(Problem):
        guard.caller(request("GET /", "Authorization: Bearer ek_x"), opens_session=True)
    guard.caller(request("GET /", f"Authorization: Bearer {KEY}"))
    assert [*guard.failures] == ["missing", "incorrect", "ephemeral", "several", "broken"]
    open_to_all = access(furnished())
    refused(open_to_all, "Host: evil.example")
    refused(open_to_all, "Host: localhost", "Origin: https://evil.example")
    assert open_to_all.failures == {"host": 1, "origin": 1}


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


# Keys that were made


def test_a_key_of_the_file_comes_in_until_it_is_revoked(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    made = new_key(file)
    guard = access(furnished(file))
    asked = request("GET /", f"Authorization: Bearer {made.text}")
    assert guard.caller(asked) == Caller(made.key)
    assert guard.caller(asked).key_id == made.key.id
    guard.keys.revoke(made.key.id, time.time())
    with pytest.raises(Problem) as refused:
        guard.caller(asked)
    assert made.text not in refused.value.message


def test_once_a_key_was_made_one_has_to_be_shown(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    new_key(file)
    with pytest.raises(Problem, match="You didn't provide an API key"):
        access(furnished(file)).caller(request("GET /"))


def test_who_needs_no_key_is_nobody_in_the_records() -> None:
    assert OPEN.caller(request("GET /")).key_id is None
    assert KEYED.caller(request("GET /", f"api-key: {KEY}")).key_id == "static"


# Ephemeral keys


def sealed(guard: Access, **fields: Any) -> str:
    now = int(time.time())
    meant = {"key_id": "static", "issued": now, "expires": now + 60, **fields}
    return guard.sealer.seal(Secret(**meant))


def held(guard: Access, token: str, *headers: str) -> Caller:
    asked = request("GET /", f"Authorization: Bearer {token}", *headers)
    return guard.caller(asked, opens_session=True)


def test_an_ephemeral_key_stands_for_its_parent() -> None:
    caller = held(KEYED, sealed(KEYED, session=b'{"type":"realtime"}'))
    assert caller.key_id == "static"
    assert caller.secret is not None
    assert caller.secret.session == b'{"type":"realtime"}'


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"expires": int(time.time()) - 60}, "has expired"),
        ({"issued": int(time.time()) + 600}, "is not valid yet"),
        ({"key_id": "key_gone"}, "that made this ephemeral key is not valid any more"),
        ({"key_id": "open"}, "that made this ephemeral key is not valid any more"),
    ],
)
def test_why_an_ephemeral_key_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(Problem, match=told) as refused:
        held(KEYED, sealed(KEYED, **fields))
    assert (refused.value.status, refused.value.code) == (401, "invalid_api_key")


def test_without_a_key_set_an_ephemeral_key_is_opened_all_the_same() -> None:
    assert held(OPEN, sealed(OPEN, key_id="open")).secret is not None
    for wrong in ("ek_broken", sealed(OPEN, key_id="static")):
        with pytest.raises(Problem):
            held(OPEN, wrong)


def test_it_opens_sessions_only() -> None:
    for guard, parent in ((OPEN, "open"), (KEYED, "static")):
        asked = request("GET /", f"Authorization: Bearer {sealed(guard, key_id=parent)}")
        with pytest.raises(Problem, match="opens sessions and nothing else"):
            guard.caller(asked)


def test_a_project_has_its_own() -> None:
    token = sealed(KEYED, project="a")
    assert held(KEYED, token, "OpenAI-Project: a").secret
    assert held(KEYED, token).secret
    assert held(KEYED, sealed(KEYED), "OpenAI-Project: b").secret
    with pytest.raises(Problem, match="another project"):
        held(KEYED, token, "OpenAI-Project: b")


def test_names_that_are_too_long() -> None:
    check_names(request("GET /", f"OpenAI-Safety-Identifier: {'x' * 64}"))
    assert safety_identifier(request("GET /")) is None
    assert project_of(request("GET /", "Sec-WebSocket-Protocol: openai-project.p")) == "p"
    for header in ("OpenAI-Safety-Identifier", "OpenAI-Project"):
        with pytest.raises(Problem) as refused:
            check_names(request("GET /", f"{header}: {'x' * 65}"))
        assert (refused.value.status, refused.value.param) == (400, header)
