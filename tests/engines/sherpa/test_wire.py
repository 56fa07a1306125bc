"""What is asked of the worker processes, and what comes back, survives the pipe."""

import pytest
from msgspec import Struct, msgpack

from repartee.engines import protocols
from repartee.engines.sherpa import wire

WORD = wire.Word("so", -0.25, 300, 480)


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
        wire.Words("so be it", 2, words=(WORD,), complete=True),
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


def test_what_is_heard_is_what_sessions_are_told() -> None:
    heard = wire.Words("so be it", 8, final=True, words=(WORD,))
    told = msgpack.decode(msgpack.encode(heard), type=protocols.Words)
    assert told == protocols.Words(
        "so be it", 8, final=True, words=(protocols.Word("so", -0.25, 300, 480),)
    )
    for ours, theirs in ((wire.Words, protocols.Words), (wire.Word, protocols.Word)):
        assert ours.__struct_fields__ == theirs.__struct_fields__
