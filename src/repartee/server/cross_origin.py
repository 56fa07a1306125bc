"""What a browser is told about web pages of other hosts: those listed may read our answers."""

import re
from collections.abc import Iterator

from repartee.server.access import Access
from repartee.server.request import Request

# What stock clients send from a browser, besides what every page may.
_HEADERS = {
    "api-key",
    "authorization",
    "content-type",
    "openai-beta",
    "openai-organization",
    "openai-project",
    "openai-safety-identifier",
    "x-openai-agents-sdk",
}
_FAMILY = re.compile(r"x-stainless-[a-z-]{1,64}")  # headers that tell of the client's platform
_METHODS = "GET, POST"
_SHOWN = "X-Request-Id, Retry-After, Location"
_DAY_S = 86_400


def answer_headers(request: Request, access: Access) -> list[tuple[bytes, bytes]]:
    """The CORS headers of any answer to this request; none for pages that are not listed."""
    origin = request.header("origin")
    if origin is None or not access.lists(origin):
        return []
    headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    if request.is_preflight:
        headers |= {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": ", ".join(_allowed(request)),
            "Access-Control-Max-Age": str(_DAY_S),
        }
    else:
        headers["Access-Control-Expose-Headers"] = _SHOWN
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def _allowed(request: Request) -> Iterator[str]:
    """Of the headers that the page would send, those it may."""
    for word in request.words("access-control-request-headers"):
        name = word.lower()
        if name in _HEADERS or _FAMILY.fullmatch(name):
            yield name
