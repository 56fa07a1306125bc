"""What is asked of the worker processes, and what comes back, survives the pipe."""

import pytest
from msgspec import Struct, msgpack

from repartee.engines.sherpa import wire


@pytest.mark.parametrize(
    "said",
    [
        wire.Ears(
            family="transducer",
            files={"encoder": "encoder.onnx", "tokens": "tokens.txt"},
            threads=2,
            provider="cpu",
            language="",
            hotwords=True,
            tail_ms=640,
            posteriors=True,
        ),
        wire.Turn("de", ("Zoë", "Müller")),
        wire.Voice(
            family="vits",
            files={"model": "model.onnx"},
            threads=1,
            provider="cpu",
            language="en",
            rate=22_050,
            steps=5,
            voices={"nova": 3, "*": "bella"},
            speakers=("bella", "adam"),
        ),
        wire.Utterance("nova", 1.25),
        wire.Sound(b"\x01\x00", 12),
    ],
)
def test_it_survives(said: Struct) -> None:
    assert msgpack.decode(msgpack.encode(said), type=type(said)) == said
