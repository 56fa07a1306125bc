"""A conversation with a server whose mind writes down what it is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from engines.endpoint import Endpoint, thinks
from live.caller import Caller, calling
from live.relay import served


@asynccontextmanager
async def thinking(folder: Path, *settings: str) -> AsyncIterator[tuple[Caller, Endpoint]]:
    """The caller, and the mind; `settings` are the server's, as `key=value`."""
    flags = [word for each in settings for word in ("--set", each)]
    async with (
        Endpoint(thinks).serving() as mind,
        served(folder, "--ears", "fake", "--voice", "fake", "--llm", mind.url, *flags) as url,
        calling(url) as caller,
    ):
        yield caller, mind


def asked(mind: Endpoint) -> dict[str, Any]:
    """The newest request for an answer."""
    return [each.body for each in mind.requests if each.method == "POST"][-1]


def told_system(mind: Endpoint) -> str:
    (system,) = [each["content"] for each in asked(mind)["messages"] if each["role"] == "system"]
    return str(system)


def told_users(mind: Endpoint) -> list[str]:
    return [each["content"] for each in asked(mind)["messages"] if each["role"] == "user"]
