"""The HTTP side: which models there are, and how the server is.

Every answer is JSON, errors too: what is not served is refused in the shape of the API.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from repartee.runtime.sessions import Sessions
from repartee.server import playground_route
from repartee.server import request as front
from repartee.server.calls import Calls
from repartee.server.client_secrets import ClientSecrets
from repartee.server.edge import CALLS_PATH, Edge
from repartee.server.exchange import Application, Message, Receive, Send
from repartee.server.openapi import document
from repartee.server.problems import (
    Problem,
    internal,
    not_an_upgrade,
    unknown_model,
    unknown_path,
    wrong_method,
)
from repartee.server.websocket_route import PATHS
from repartee.settings import Models, WebRTC

READY_PATH = "/readyz"
Make = Callable[[front.Request, bytes], Awaitable[dict[str, Any]]]


def application(
    edge: Edge,
    models: Models,
    sessions: Sessions,
    webrtc: WebRTC | None = None,
    more: Iterable[Route] = (),
) -> Starlette:
    """The ASGI application behind the front door; it serves `more`, too.  Raises SettingsError."""
    routes = _Routes(edge)
    secrets = ClientSecrets(edge.access, sessions)
    calls = Calls(edge, sessions, webrtc or WebRTC())
    made: dict[str, Make] = {
        "client_secrets": secrets.client_secret,
        "sessions": secrets.session,
        "transcription_sessions": secrets.transcription_session,
    }
    return pages(
        dict.fromkeys((models.default, *models.aliases, *models.named)),
        *more,
        ready(edge),
        Route("/openapi.json", routes.openapi),
        *(_playground(edge, sessions) if edge.server.playground else ()),
        *(Route(path, routes.realtime) for path in PATHS),
        *(Route(path, calls.create, methods=["POST"]) for path in (CALLS_PATH, *PATHS)),
        Route(f"{CALLS_PATH}/{{call_id}}/hangup", calls.hang_up, methods=["POST"]),
        *(
            Route(f"/v1/realtime/{name}", _making(make), methods=["POST"])
            for name, make in made.items()
        ),
        refused=edge.refused,
    )


def pages(models: Iterable[str], *served: Route, refused: Counter[str] | None = None) -> Starlette:
    """An application of ours: what is `served`, and which models there are.

    Requests that are `refused` are counted by code.
    """
    listing = _Listing(models)
    return site(
        Route("/v1/models", listing.list_models),
        Route("/v1/models/{name:path}", listing.retrieve_model),
        *served,
        refused=refused,
    )


def site(*served: Route, refused: Counter[str] | None = None) -> Starlette:
    """What is `served`, and whether the process lives; errors are the API's."""

    async def refuse(request: Request, problem: Exception) -> Response:
        if refused is not None and request.url.path != READY_PATH:
            refused[getattr(problem, "code", None) or ""] += 1
        return await _refuse(request, problem)

    return Starlette(
        routes=[Route("/healthz", health), *served],
        middleware=[Middleware(_Preflight)],
        exception_handlers={
            HTTPException: _refuse_by_router,
            Problem: refuse,
            Exception: _fail,  # and is raised again: the exchange logs it
        },
    )


def ready(edge: Edge) -> Route:
    """Whether the server takes sessions."""
    return Route(READY_PATH, _Routes(edge).readiness)


def _playground(edge: Edge, sessions: Sessions) -> list[Route]:
    return playground_route.routes(sessions.taps, edge.access)


class _Preflight:
    """Answers browsers that ask beforehand; what they may is in the headers of every answer."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if front_request(scope).is_preflight and front_request(scope).answer_headers:
            await Response(status_code=204)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def health(_: Request) -> Response:
    """The event loop turns; nothing else is asked."""
    return json_answer({"status": "ok"})


class _Listing:
    """The names of models that are told; any other name is accepted as well."""

    def __init__(self, names: Iterable[str]) -> None:
        created = int(time.time())
        self._models = {
            name: {"id": name, "object": "model", "created": created, "owned_by": "repartee"}
            for name in names
        }

    async def list_models(self, _: Request) -> Response:
        return json_answer({"object": "list", "data": list(self._models.values())})

    async def retrieve_model(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._models:
            raise unknown_model(name)
        return json_answer(self._models[name])


class _Routes:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def readiness(self, _: Request) -> Response:
        """Whether a new session would be taken, and what the server has to do without."""
        self._edge.check_capacity()
        recorder = self._edge.recorder
        if recorder.degraded is None:
            return json_answer({"status": "ready"})
        # Why it is so names a file: that is for the log.
        return json_answer(
            {
                "status": "degraded",
                "reason": "usage is not recorded",
                "records_dropped": recorder.records_dropped,
            }
        )

    async def openapi(self, _: Request) -> Response:
        """What is served here."""
        return Response(_openapi(), media_type="application/json")

    async def realtime(self, _: Request) -> Response:
        raise not_an_upgrade()


@cache
def _openapi() -> bytes:
    # Made when first asked for: few ask, and a server is to start soon.
    return msgspec.json.encode(document())


def _making(make: Make) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        made = json_answer(await make(front_request(request.scope), await request.body()))
        made.headers["Cache-Control"] = "no-store"
        return made

    return answer


def front_request(scope: Message) -> front.Request:
    """The request as the front door read it."""
    read: front.Request = scope["state"]["request"]
    return read


async def _refuse(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return Response(
        problem.body, problem.status, dict(problem.headers), media_type="application/json"
    )


async def _refuse_by_router(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, HTTPException)
    if refused.status_code == 405:
        allowed = (refused.headers or {}).get("Allow", "")
        return await _refuse(request, wrong_method(request.method, allowed))
    return await _refuse(request, unknown_path(request.method, request.url.path))


async def _fail(request: Request, _: Exception) -> Response:
    return await _refuse(request, internal())


def json_answer(value: Any) -> Response:
    """An answer that is one JSON value."""
    return Response(msgspec.json.encode(value), media_type="application/json")
