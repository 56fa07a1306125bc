"""What requests to either engine have in common."""

from starlette.requests import Request

from repartee.server.access import Access
from repartee.server.http_routes import front_request
from repartee.server.problems import forbidden_model


def check_model(access: Access, request: Request, model: str) -> None:
    """See that the request's key allows the model.  Raises Problem."""
    caller = access.caller(front_request(request.scope))
    if not caller.key.limits.allows(model):
        raise forbidden_model(model, "model")
