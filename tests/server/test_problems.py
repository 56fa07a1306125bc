"""Errors over HTTP."""

import json

import pytest

from repartee.protocol import errors
from repartee.server import problems
from repartee.server.problems import Problem


def test_a_problem_has_the_shape_of_the_api() -> None:
    problem = Problem(400, "Not so.", code="how_then")
    assert json.loads(problem.body) == {
        "error": {
            "message": "Not so.",
            "type": "invalid_request_error",
            "param": None,
            "code": "how_then",
        }
    }


@pytest.mark.parametrize(
    ("problem", "status", "kind"),
    [
        (problems.draining(), 503, "server_error"),
        (problems.internal(), 500, "server_error"),
        (problems.wrong_key("No."), 401, "invalid_request_error"),
        (problems.unknown_path("GET", "/x"), 404, "invalid_request_error"),
        (problems.unknown_model("x"), 404, "invalid_request_error"),
        (problems.wrong_method("PUT", "GET"), 405, "invalid_request_error"),
        (problems.not_an_upgrade(), 426, "invalid_request_error"),
        (problems.full(), 503, "server_error"),
        (problems.overloaded(), 503, "server_error"),
        (problems.no_keys(), 503, "server_error"),
        (problems.cannot_keep(), 503, "server_error"),
        (problems.too_many_sessions(3), 429, "rate_limit_error"),
        (problems.quota_used_up("Used up.", 60), 429, "insufficient_quota"),
        (problems.forbidden_model("x", "model"), 400, "invalid_request_error"),
        (problems.bad_body(errors.unknown("x")), 400, "invalid_request_error"),
    ],
)
def test_whose_fault_it_is(problem: Problem, status: int, kind: str) -> None:
    assert problem.status == status
    assert json.loads(problem.body)["error"]["type"] == kind


def test_what_the_status_needs_beside_it() -> None:
    assert ("Allow", "GET") in problems.wrong_method("PUT", "GET").headers
    assert ("Retry-After", "1") in problems.draining().headers
    assert ("Sec-WebSocket-Version", "13") in problems.not_an_upgrade().headers
    assert ("WWW-Authenticate", "Bearer") in problems.wrong_key("No.").headers


def test_a_fault_of_the_body_is_told_as_one_of_an_event() -> None:
    assert json.loads(problems.bad_body(errors.unknown("session.x")).body)["error"] == {
        "message": "Unknown parameter: 'session.x'.",
        "type": "invalid_request_error",
        "param": "session.x",
        "code": "unknown_parameter",
    }


def test_who_has_to_wait_is_told_how_long() -> None:
    for problem in (problems.full(), problems.no_keys(), problems.too_many_sessions(1)):
        assert int(dict(problem.headers)["Retry-After"]) > 0
    assert dict(problems.quota_used_up("Used up.", 77).headers) == {"Retry-After": "77"}
