"""What is asked of the worker process survives the pipe."""

import pytest
from msgspec import Struct, msgpack

from repartee.engines.pocketsphinx.wire import Options, Turn


@pytest.mark.parametrize("said", [Options(20_000), Turn()])
def test_it_survives(said: Struct) -> None:
    assert msgpack.decode(msgpack.encode(said), type=type(said)) == said
