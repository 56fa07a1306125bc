"""The head of a request."""

import h11
import pytest

from repartee.server.problems import Problem
from repartee.server.request import check
from server.doorway import http, request


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/v1/models", "/v1/models"),
        ("/v1//realtime///client_secrets", "/v1/realtime/client_secrets"),
        ("//v1/models", "/v1/models"),
        ("/v1/mod%65ls?a=b", "/v1/models"),
        ("/%c3%a4/%ff", "/ä/\ufffd"),
        ("http://localhost:8000/v1/models?a", "/v1/models"),
        ("http://localhost", "/"),
    ],
)
def test_the_path_is_plain(target: str, path: str) -> None:
    assert request(f"GET {target}").path == path


def test_the_query_is_read_and_the_unknown_kept_out_of_the_way() -> None:
    asked = request("GET /v1/realtime?model=gpt%20x&temperature=0.8&empty=&model=other")
    assert asked.query == {"model": "gpt x", "temperature": "0.8", "empty": ""}


def test_headers_repeated_and_listed_are_the_same() -> None:
    asked = request("GET /", "Upgrade: h2c , WebSocket", "Upgrade: other")
    assert asked.words("upgrade") == ["h2c", "WebSocket", "other"]
    assert asked.wants_websocket
    assert asked.header("upgrade") == "h2c , WebSocket"
    assert asked.header("origin") is None
    assert not request("GET /").wants_websocket


def refused(*headers: str) -> int:
    head = http("\n".join(["GET /", *headers]))
    http_side = h11.Connection(h11.SERVER)
    http_side.receive_data(head)
    event = http_side.next_event()
    assert isinstance(event, h11.Request)
    with pytest.raises(Problem) as problem:
        check(head, event)
    return problem.value.status


def test_what_is_read_in_two_ways_is_refused() -> None:
    assert refused("A: b", " c") == 400
    assert refused("A: b", "\tc") == 400
    assert refused("Content-Length: 3", "Transfer-Encoding: chunked") == 400


def test_headers_are_counted() -> None:
    assert refused(*["A: b"] * 500) == 431


def test_what_a_browser_asks_beforehand() -> None:
    asks = ("Origin: https://app.example", "Access-Control-Request-Method: POST")
    assert request("OPTIONS /", *asks).is_preflight
    assert not request("POST /", *asks).is_preflight
    assert not request("OPTIONS /", asks[0]).is_preflight
    assert not request("OPTIONS /", asks[1]).is_preflight
