"""The voice that the tests of this engine share."""

from pathlib import Path

import pytest

from engines.piper.voices import piper


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return piper(tmp_path_factory.mktemp("voice"))
