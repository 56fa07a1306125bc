"""What is asked of the voice's process, and what comes back, survives the pipe."""

import pytest
from msgspec import Struct, msgpack

from repartee.engines.espeak.wire import Options, Sound, Utterance, Voice


@pytest.mark.parametrize(
    "said",
    [
        Options("en-us"),
        Utterance(Voice("f2", pitch=50, range=40, volume=90), "de"),
        Sound(b"\x01\x00", 12),
    ],
)
def test_it_survives(said: Struct) -> None:
    assert msgpack.decode(msgpack.encode(said), type=type(said)) == said
