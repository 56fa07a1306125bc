"""What the recogniser's process tells can be read as what the recogniser gives."""

from msgspec import Struct, msgpack, structs

from repartee.engines import protocols
from repartee.engines.whisper import wire


def fields(kind: type[Struct]) -> list[str]:
    return [field.name for field in structs.fields(kind)]


def test_the_fields_are_the_same() -> None:
    assert fields(wire.Words) == fields(protocols.Words)
    assert fields(wire.Word) == fields(protocols.Word)


def test_a_hypothesis_survives() -> None:
    told = wire.Words("hello", 5, final=True, words=(wire.Word("hello", -0.5, 10, 400),))
    word = protocols.Word("hello", -0.5, 10, 400)
    read = msgpack.decode(msgpack.encode(told), type=protocols.Words)
    assert read == protocols.Words("hello", 5, final=True, words=(word,))
