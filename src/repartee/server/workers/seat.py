"""The seat of a worker: what its supervisor gives it, and what they tell each other.

They share a pair of sockets.  The worker says, in one line of JSON, that it is ready or why it
cannot be; the supervisor says RETIRE when another process takes over, and closes its end by dying.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

RETIRE = b"retire\n"


class Said(Struct, frozen=True, omit_defaults=True):
    """What a worker says once: that it is ready, or else why it cannot be."""

    failed: str | None = None


class Seat(Struct, frozen=True):
    """One worker's: which it is of how many, from 1 on, and the number of its process, which no
    other ever has.

    `door` and `channel` are file descriptors: the sockets it listens on, and its end of the pair.
    `folder` is private, and that of this run of the server.
    """

    slot: int
    count: int
    number: int
    door: tuple[int, ...]
    channel: int
    folder: str

    @classmethod
    def read(cls, text: str) -> "Seat":
        """The seat that `write` wrote."""
        return msgspec.json.decode(text, type=cls)

    def write(self) -> str:
        """As an argument of the worker's command."""
        return msgspec.json.encode(self).decode()

    def sockets(self) -> list[socket.socket]:
        """The sockets to listen on; they are the supervisor's as well."""
        for each in (*self.door, self.channel):
            os.set_inheritable(each, False)  # not to be an engine's, too
        return [socket.socket(fileno=each) for each in self.door]

    def share(self, number: int) -> int:
        """This worker's part of a number that is for all of them, at least 1; 0 remains 0."""
        return -(-number // self.count)

    def side_door(self, number: int) -> Path:
        """The Unix socket at which the process of that number is reached by the others."""
        return Path(self.folder) / f"{number}.socket"

    def say(self, said: Said) -> None:
        """Tell the supervisor, if it is still there."""
        with suppress(OSError):  # it is gone, which is noticed by `hear`
            os.write(self.channel, msgspec.json.encode(said) + b"\n")

    def hear(self) -> bytes:
        """What the supervisor says, once there is something; nothing where it is gone."""
        try:
            return os.read(self.channel, len(RETIRE))
        except OSError:
            return b""
