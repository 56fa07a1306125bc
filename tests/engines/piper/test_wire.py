"""What the voice's process is told survives the pipe."""

from msgspec import msgpack

from repartee.engines.piper.wire import Voice


def test_it_survives() -> None:
    said = Voice(
        model="a.onnx",
        ids={"_": (0,), "ø": (122, 3)},
        language="de",
        rate=22_050,
        noise=0.667,
        length=1.0,
        rhythm=0.8,
        voices={"nova": 3, "*": "p1"},
        speakers=("p0", "p1"),
        count=2,
        threads=2,
        provider="cpu",
    )
    assert msgpack.decode(msgpack.encode(said), type=Voice) == said
