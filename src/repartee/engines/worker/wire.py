"""What a worker process and its parent say to each other: small messages in framed msgpack.

A frame is the length of its body, 32 bits little-endian, and the body.  What an engine itself asks
and answers travels inside as `Raw`, so that this module knows no engine.  It imports nothing heavy:
every worker process loads it.

Both directions are bounded.  Upwards: the parent sends the next `Feed` of a piece of work only
after `Taken`.  Downwards: a worker sends a `Result` only while it has credit for that piece, one
to a result; it starts with `CREDIT` and gets more with `More`.
"""

from collections.abc import Callable

from msgspec import Raw, Struct, msgpack

CREDIT = 16  # results of one piece of work that may be under way or unread
LENGTH = 4  # bytes


class Load(Struct, frozen=True, tag=True, array_like=True):
    """The first message to a process: make the engine of these options ready."""

    options: Raw


class Begin(Struct, frozen=True, tag=True, array_like=True):
    """Start the piece of work `number`."""

    number: int
    request: Raw


class Feed(Struct, frozen=True, tag=True, array_like=True):
    """More input."""

    number: int
    data: bytes


class Finish(Struct, frozen=True, tag=True, array_like=True):
    """No more input follows."""

    number: int


class Cancel(Struct, frozen=True, tag=True, array_like=True):
    """Stop at once; answered by `Ended`."""

    number: int


class More(Struct, frozen=True, tag=True, array_like=True):
    """A result was read: one more may be sent."""

    number: int


class Loaded(Struct, frozen=True, tag=True, array_like=True):
    """The engine is ready."""


class Unloadable(Struct, frozen=True, tag=True, array_like=True):
    """The engine cannot be made ready; the process ends."""

    message: str


class Taken(Struct, frozen=True, tag=True, array_like=True):
    """The last input is worked off, and all its results were sent."""

    number: int


class Result(Struct, frozen=True, tag=True, array_like=True):
    """Something the piece of work found out or made."""

    number: int
    value: Raw


class Ended(Struct, frozen=True, tag=True, array_like=True):
    """The piece of work is complete, or has stopped after `Cancel`."""

    number: int


class Failed(Struct, frozen=True, tag=True, array_like=True):
    """The piece of work cannot go on; the message is for people."""

    number: int
    message: str


Order = Load | Begin | Feed | Finish | Cancel | More
Report = Loaded | Unloadable | Taken | Result | Ended | Failed

_encoder = msgpack.Encoder()
read_order: Callable[[bytes], Order] = msgpack.Decoder(Order).decode
read_report: Callable[[bytes], Report] = msgpack.Decoder(Report).decode


def frame(message: Order | Report) -> bytes:
    """The message as it goes through a pipe."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH, "little") + body


def raw(value: object) -> Raw:
    """An engine's own words, to be put into a message."""
    return Raw(_encoder.encode(value))
