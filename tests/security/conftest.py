"""Servers to attack, one of each kind for the whole run."""

from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from live.engine_sets import QUICK
from live.server import Server, serving
from security.keys import SHARED
from security.test_browser import LISTED
from server.doorway import KEY


def attacked(folder: Path, *arguments: str) -> Iterator[Server]:
    """A server that is still well when everybody has gone."""
    with serving(folder, *QUICK, *arguments) as server:
        yield server
        asking = HTTPConnection(urlsplit(server.url).netloc)  # by then it has noticed who is gone
        asking.request("GET", "/healthz")
        assert asking.getresponse().read() == b'{"status":"ok"}'
        asking.close()


@pytest.fixture(scope="session")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As somebody has it who tries it out."""
    yield from attacked(tmp_path_factory.mktemp("keyless"))


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that asks for keys: KEY, and those that are made for it."""
    shared = [f"{key.kid}:{b64encode(key.key).decode()}" for key in SHARED]
    told = {
        "server.bad_keys_per_minute": "0",  # all attacks come from one address …
        "server.connects_per_s": "0",  # … and some of them in a hurry
        "server.api_key": KEY,
        "server.allowed_origins": LISTED,
        "keys.sealing_keys": ",".join(shared),
    }
    settings = [word for name, value in told.items() for word in ("--set", f"{name}={value}")]
    yield from attacked(tmp_path_factory.mktemp("keyed"), *settings)


@pytest.fixture(scope="session")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that waits for nobody."""
    patience = ("server.header_timeout_s=0.3", "server.slow_consumer_s=0.6")
    words = [word for each in patience for word in ("--set", each)]
    yield from attacked(tmp_path_factory.mktemp("hasty"), *words)
