"""The HTTP side, through the front door."""

import pytest

from server.doorway import KEY, doorway, edge_of, furnished, pages_of
from server.visitors import enter


async def test_models_are_listed_as_the_api_lists_them() -> None:
    async with doorway() as door:
        listed = (await door.ask("GET /v1/models")).json
        assert listed["object"] == "list"
        assert [model["id"] for model in listed["data"]] == [
            "gpt-realtime",
            "gpt-4o-realtime-preview",
            "mine",
        ]
        for model in listed["data"]:
            assert set(model) == {"id", "object", "created", "owned_by"}
            assert isinstance(model["created"], int)
            assert (await door.ask(f"GET /v1/models/{model['id']}")).json == model


async def test_a_model_that_is_not_listed_is_not_found() -> None:
    async with doorway() as door:
        answer = await door.ask("GET /v1/models/some/other")
        assert (answer.status, answer.code) == (404, "model_not_found")


async def test_probes() -> None:
    async with doorway(api_key=KEY) as door:
        assert (await door.ask("GET /healthz")).json == {"status": "ok"}
        assert (await door.ask("GET /readyz")).json == {"status": "ready"}
        door.edge.draining = True
        assert (await door.ask("GET /healthz")).status == 200
        answer = await door.ask("GET /readyz")
        assert (answer.status, answer.code) == (503, "server_draining")
        assert answer.headers["retry-after"] == "1"


async def test_usage_that_is_not_recorded_is_told() -> None:
    async with doorway(api_key=KEY) as door:
        door.edge.recorder.degraded = "/var/lib/repartee.db: database or disk is full"
        door.edge.recorder.records_dropped = 3
        answer = await door.ask("GET /readyz")
        assert answer.status == 200
        assert answer.json == {
            "status": "degraded",
            "reason": "usage is not recorded",
            "records_dropped": 3,
        }
        await enter(door, KEY)  # sessions go on


async def test_models_need_the_key() -> None:
    async with doorway(api_key=KEY) as door:
        answer = await door.ask("GET /v1/models\nAuthorization: Bearer wrong")
        assert (answer.status, answer.code) == (401, "invalid_api_key")
        assert (await door.ask(f"GET /v1/models\nAuthorization: Bearer {KEY}")).status == 200


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("GET /playground/nothing", 404, "unknown_url"),
        ("GET /v1/models/", 404, "model_not_found"),
        ("GET /v1/realtime/nothing", 404, "unknown_url"),
        ("POST /v1/models", 405, "method_not_supported"),
        ("DELETE /healthz", 405, "method_not_supported"),
        ("POST /v1/realtime", 415, "unsupported_content_type"),
        ("GET /v1/realtime?model=m", 426, "upgrade_required"),
        ("GET /realtime", 426, "upgrade_required"),
    ],
)
async def test_what_is_not_served_is_refused_in_json(asked: str, status: int, code: str) -> None:
    async with doorway() as door:
        answer = await door.ask(asked, b"{}" if asked.startswith("POST") else b"")
        assert (answer.status, answer.code) == (status, code)


async def test_the_path_is_named_as_it_is_served() -> None:
    async with doorway() as door:
        answer = await door.ask("GET /v1//nothing")
        assert "GET /v1/nothing" in answer.json["error"]["message"]


async def test_a_failure_is_told_in_json_and_nothing_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pages = pages_of(edge_of(furnished()))

    async def fail(_: object) -> None:
        raise AssertionError("a bug with a secret")

    pages.add_route("/fail", fail)  # type: ignore[arg-type]
    async with doorway(pages=pages) as door:
        answer = await door.ask("GET /fail")
        assert answer.status == 500
        assert answer.json["error"]["type"] == "server_error"
        assert b"secret" not in answer.body
    assert "a bug with a secret" in caplog.text
