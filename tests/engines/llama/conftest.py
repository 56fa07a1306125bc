"""The model that most of these tests ask."""

from pathlib import Path

import pytest

from engines.llama.models import gguf_model


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gguf_model(tmp_path_factory.mktemp("llama") / "tiny.gguf")
