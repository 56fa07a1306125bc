"""What passes between the model and its process comes out as it went in."""

from msgspec import msgpack

from engines.llama.test_loading import OPTIONS
from repartee.engines.llama.wire import Chunk, Options, Question


def test_everything_travels() -> None:
    question = Question({"messages": [{"role": "user", "content": None}], "stream": True})
    for each, kind in ((OPTIONS, Options), (question, Question), (Chunk('{"a":1}'), Chunk)):
        assert msgpack.decode(msgpack.encode(each), type=kind) == each
