"""What the model and its worker process say to each other."""

from typing import Any

from msgspec import Struct


class Options(Struct, frozen=True):
    """How to load and run it; see `Llama`.  `model` is a path, `chat_template` its text."""

    model: str
    context: int
    at_once: int
    threads: int
    gpu_layers: int
    batch: int
    cache_mib: int
    chat_template: str
    seed: int | None = None


class Question(Struct, frozen=True):
    """The request: the body of a streamed chat completion."""

    body: dict[str, Any]


class Chunk(Struct, frozen=True):
    """A result: a chunk of the chat completion, or an error in its place, as JSON."""

    text: str
