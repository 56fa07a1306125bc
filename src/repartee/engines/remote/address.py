"""Where a server is, which key opens it, and whether it costs money to ask."""

import os
from collections.abc import Sequence
from ipaddress import ip_address

import httpx2

OPENAI = "api.openai.com"

HTTP = ("http", "https")
WEBSOCKET = ("ws", "wss")
# Names that no public server has: RFC 6761, 6762 and 8375, ICANN's "internal", and a custom.
_PRIVATE = (".localhost", ".local", ".home.arpa", ".internal", ".lan")


def checked_url(url: str, schemes: Sequence[str] = HTTP) -> httpx2.URL:
    """`url`, read.  Raises ValueError where it can be no server's of these schemes."""
    try:
        checked = httpx2.URL(url)
    except httpx2.InvalidURL:
        checked = httpx2.URL("")
    if checked.scheme not in schemes or not checked.host:
        raise ValueError("the option url must look like http://127.0.0.1:11434/v1")
    return checked


def realtime_address(url: str, **asked: str) -> httpx2.URL:
    """Where a Realtime session is opened: `url` may say that, or be a base URL as in …/v1.

    `asked` are parameters, which `url` may have already.  Raises ValueError where it can be none.
    """
    base = checked_url(url, HTTP + WEBSOCKET)
    path = base.path.rstrip("/").removesuffix("/realtime") + "/realtime"
    scheme = {"http": "ws", "https": "wss"}.get(base.scheme, base.scheme)
    return base.copy_with(scheme=scheme, path=path).copy_merge_params(
        {name: value for name, value in asked.items() if name not in base.params}
    )


def find_key(url: str, key: str | None, variable: str | None) -> str:
    """The key to use: `key`, or what the environment's `variable` holds, or none.

    OPENAI_API_KEY is looked at of itself only where `url` is OpenAI's own: it must not reach
    another host because it happens to be set.  Raises ValueError where `variable` is not set, or
    where the key can be none.
    """
    if not key and variable:
        key = os.environ.get(variable)
        if not key:
            raise ValueError(f"the variable {variable}, which should hold the key, is not set")
    if not key and checked_url(url, HTTP + WEBSOCKET).host == OPENAI:
        key = os.environ.get("OPENAI_API_KEY")
    key = (key or "").strip()
    if not key.isascii() or not key.isprintable():
        raise ValueError("the key holds characters that no key has")
    return key


def is_billed(url: str, said: bool | None = None) -> bool:
    """Whether each request costs money: what the operator `said`, else whether the host is public.

    No name is looked up: one of a single label, or below a domain that is nobody's, is private.
    """
    if said is not None:
        return said
    host = checked_url(url, HTTP + WEBSOCKET).host
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.rstrip(".") and not host.rstrip(".").lower().endswith(_PRIVATE)
