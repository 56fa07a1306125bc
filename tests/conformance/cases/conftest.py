"""A server to be judged, one for the whole run."""

from collections.abc import Iterator

import pytest

from conformance.cases.proof import KEY
from live.engine_sets import QUICK
from live.server import serving


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server with quick engines."""
    with serving(tmp_path_factory.mktemp("judged"), *QUICK) as server:
        yield server.url


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As `good`, but it wants a key."""
    locking = ("--set", f"server.api_key={KEY}")
    with serving(tmp_path_factory.mktemp("locked"), *QUICK, *locking) as server:
        yield server.url
