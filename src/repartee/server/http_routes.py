"""The HTTP side: which models there are, and how the server is.

Every answer is JSON, errors too: what is not served is refused in the shape of the API.
"""

import time
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from repartee.server.edge import Edge
from repartee.server.problems import (
    Problem,
    draining,
    internal,
    not_an_upgrade,
    unknown_model,
    unknown_path,
    wrong_method,
)
from repartee.server.websocket_route import PATHS
from repartee.settings import Models


def application(edge: Edge, models: Models) -> Starlette:
    """The ASGI application behind the front door."""
    routes = _Routes(edge, models)
    return Starlette(
        routes=[
            Route("/healthz", routes.health),
            Route("/readyz", routes.readiness),
            Route("/v1/models", routes.list_models),
            Route("/v1/models/{name:path}", routes.retrieve_model),
            *(Route(path, routes.realtime) for path in PATHS),
        ],
        exception_handlers={
            HTTPException: _refuse_by_router,
            Problem: _refuse,
            Exception: _fail,  # and is raised again: the exchange logs it
        },
    )


class _Routes:
    def __init__(self, edge: Edge, models: Models) -> None:
        self._edge = edge
        names = dict.fromkeys((models.default, *models.aliases, *models.named))
        created = int(time.time())
        self._models = {
            name: {"id": name, "object": "model", "created": created, "owned_by": "repartee"}
            for name in names
        }

    async def health(self, _: Request) -> Response:
        """The event loop turns; nothing else is asked."""
        return _json({"status": "ok"})

    async def readiness(self, _: Request) -> Response:
        """Whether a new session would be taken."""
        if self._edge.draining:
            raise draining()
        return _json({"status": "ready"})

    async def list_models(self, _: Request) -> Response:
        """The names in the settings; any other name is accepted as well."""
        return _json({"object": "list", "data": list(self._models.values())})

    async def retrieve_model(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._models:
            raise unknown_model(name)
        return _json(self._models[name])

    async def realtime(self, _: Request) -> Response:
        raise not_an_upgrade()


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


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
