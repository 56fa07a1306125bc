"""The document describes exactly what is served: the routes, what they take, what they answer."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect
from starlette.routing import Route

from protocol.strategies import anything, valid
from repartee.protocol.beta import FlatSession, FlatTranscriptionSession
from repartee.protocol.client import SaidConfig, SaidTranscriptionConfig
from repartee.protocol.said import Unbuilt
from repartee.server.openapi import document
from server.doorway import KEY, Answer, doorway, edge_of, furnished, pages_of
from server.visitors import SECRETS, SESSIONS, TRANSCRIPTIONS, post

DOCUMENT = document()
PATHS: dict[str, dict[str, Any]] = DOCUMENT["paths"]


def shape(reference: str) -> dict[str, Any]:
    """A schema of the document, with all that it refers to."""
    return {"$ref": f"#/components/schemas/{reference}", "components": DOCUMENT["components"]}


def check(method: str, path: str, answer: Answer) -> None:
    """An answer has a status that is documented for its request, and the body that goes with it."""
    assert answer.status < 500 or answer.status == 503
    documented = PATHS[path][method.lower()]["responses"][str(answer.status)]
    wanted = documented["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator(wanted | {"components": DOCUMENT["components"]}).validate(
        answer.json
    )


def test_every_route_is_documented_and_nothing_else() -> None:
    served = set()
    for route in pages_of(edge_of(furnished())).routes:
        assert isinstance(route, Route)
        if not route.include_in_schema:  # the pages of the playground
            continue
        methods = {method.lower() for method in route.methods or ()} - {"head"}
        served |= {(route.path.replace("{name:path}", "{model}"), method) for method in methods}
    assert served == {(path, method) for path, methods in PATHS.items() for method in methods}


def test_every_reference_leads_somewhere() -> None:
    assert {*references(DOCUMENT)} <= {*DOCUMENT["components"]["schemas"]}


def test_what_is_refused_by_name_is_not_documented() -> None:
    for kind in Unbuilt.__subclasses__():
        assert f".{kind.__name__}" not in json.dumps(DOCUMENT)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].removeprefix("#/components/schemas/")
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from references(one)


def test_schemas_are_schemas() -> None:
    for name in DOCUMENT["components"]["schemas"]:
        jsonschema.Draft202012Validator.check_schema(shape(name))


async def test_it_is_served_to_everybody() -> None:
    async with doorway(api_key=KEY) as door:
        assert (await door.ask("GET /openapi.json")).json == json.loads(json.dumps(DOCUMENT))


@pytest.mark.parametrize("key", [None, "sk-wrong", KEY])
@pytest.mark.parametrize("path", PATHS)
async def test_each_path_answers_as_documented(path: str, key: str | None) -> None:
    async with doorway(api_key=KEY) as door:
        for method in PATHS[path]:
            for model in ("mine", "other"):
                asked = path.replace("{model}", model)
                if method == "post":
                    check(method, path, await post(door, asked, {}, key))
                else:
                    header = f"\nAuthorization: Bearer {key}" if key else ""
                    check(method, path, await door.ask(f"GET {asked}{header}"))


async def test_being_degraded_and_being_full_are_documented() -> None:
    async with doorway(max_sessions=1) as door:
        door.edge.recorder.degraded = "the disk is full"
        check("GET", "/readyz", await door.ask("GET /readyz"))
        door.edge.draining = True
        check("GET", "/readyz", await door.ask("GET /readyz"))


def said(kind: Any) -> Any:
    """Whatever may be said of a session."""
    return valid(inspect.type_info(kind))


BODIES = {
    SECRETS: st.fixed_dictionaries(
        {},
        optional={
            "session": said(SaidConfig) | said(SaidTranscriptionConfig) | anything,
            "expires_after": st.fixed_dictionaries(
                {"seconds": st.integers(-1, 8000)}, optional={"anchor": anything}
            ),
        },
    ),
    SESSIONS: said(FlatSession) | said(SaidConfig) | anything,
    TRANSCRIPTIONS: said(FlatTranscriptionSession) | anything,
}


@pytest.mark.parametrize("path", BODIES)
@settings(max_examples=60)
@given(data=st.data())
def test_any_body_is_answered_as_documented(path: str, data: st.DataObject) -> None:
    body = data.draw(BODIES[path])

    async def visit() -> Answer:
        async with doorway() as door:
            return await post(door, path, json.dumps(body).encode())

    answer = asyncio.run(visit())
    check("POST", path, answer)
    if answer.status == 200:
        name = {SECRETS: "ClientSecretCreate", SESSIONS: "SessionCreate"}
        wanted = shape(name.get(path, "TranscriptionSessionCreate"))
        jsonschema.Draft202012Validator(wanted).validate(body)
