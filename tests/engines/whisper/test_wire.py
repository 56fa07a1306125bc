"""What is asked of the worker process survives the pipe."""

import pytest
from msgspec import Struct, msgpack

from repartee.engines.whisper.wire import Options, Turn


@pytest.mark.parametrize(
    "said",
    [Options("/models/tiny", "cpu", "int8", 2, 4, 5, 0.0, False), Turn("de", "Zoë", ("Müller",))],
)
def test_it_survives(said: Struct) -> None:
    assert msgpack.decode(msgpack.encode(said), type=type(said)) == said
