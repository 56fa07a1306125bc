"""Servers for the whole run, one for each set of engines, and a watched way to them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from live.engine_sets import QUICK, UNHURRIED
from live.relay import relaying
from live.server import Server, serving


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("quick"), *QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("unhurried"), *UNHURRIED) as server:
        yield server


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As `quick`, by TLS."""
    with serving(tmp_path_factory.mktemp("secure"), *QUICK, "--tls-self-signed") as server:
        yield server


@pytest.fixture
async def url(quick: Server) -> AsyncIterator[str]:
    """A watched way to the quick server."""
    async with relaying(quick.url) as relayed:
        yield relayed


@pytest.fixture
async def unhurried_url(unhurried: Server) -> AsyncIterator[str]:
    """A watched way to the unhurried server."""
    async with relaying(unhurried.url) as relayed:
        yield relayed
