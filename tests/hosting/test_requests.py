"""A key may allow some models only."""

from pathlib import Path

import pytest
from starlette.requests import Request

from repartee.hosting.requests import check_model
from repartee.server.access import access
from repartee.server.problems import Problem
from server.doorway import furnished, request
from server.visitors import new_key


def test_a_model_that_the_key_does_not_allow(tmp_path: Path) -> None:
    file = tmp_path / "keys.db"
    key = new_key(file, models=("tts-*",)).text
    head = request("POST /v1/audio/speech", f"Authorization: Bearer {key}")
    asked = Request({"type": "http", "state": {"request": head}})
    guard = access(furnished(file))
    check_model(guard, asked, "tts-1")
    with pytest.raises(Problem) as refused:
        check_model(guard, asked, "whisper-1")
    assert (refused.value.code, refused.value.param) == ("invalid_model", "model")
