"""Tests of Whisper run where faster-whisper is installed.

It takes 440 MB with what it needs, so it has an environment of its own, which
`make .engines/whisper/.installed` makes and `make matrix` uses::

    .engines/whisper/bin/python -m pytest tests/engines/whisper

Everywhere else, `make test` included, only the modules that do without it are collected.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("faster_whisper") is None:
    collect_ignore = ["test_decoding.py", "test_hearing.py", "test_recognizer.py"]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model that is sure of what it says."""
    from engines.whisper.models import whisper_model

    return whisper_model(tmp_path_factory.mktemp("whisper"))
