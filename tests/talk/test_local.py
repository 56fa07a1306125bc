"""A server for one conversation is started, found by its address, and ended."""

import sys
from pathlib import Path

import pytest

from repartee.talk import TalkError
from repartee.talk.local import local_server

SERVE = """
import pathlib, signal, sys

def leave(*_):
    pathlib.Path(sys.argv[1]).write_text("left")
    sys.exit(0)

signal.signal(signal.SIGTERM, leave)
print("loading", flush=True)
print("ready at http://127.0.0.1:4711/v1", flush=True)
signal.pause()
"""


async def test_a_server_lives_as_long_as_the_conversation(tmp_path: Path) -> None:
    goodbye = tmp_path / "goodbye"
    async with local_server([sys.executable, "-c", SERVE, str(goodbye)]) as url:
        assert url == "http://127.0.0.1:4711/v1"
        assert not goodbye.exists()
    assert goodbye.read_text() == "left"


async def test_a_server_that_does_not_start_is_told() -> None:
    with pytest.raises(TalkError, match="did not start"):
        async with local_server([sys.executable, "-c", "raise SystemExit(2)"]):
            pass
