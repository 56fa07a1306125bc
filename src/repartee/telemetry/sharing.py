"""The tallies of several processes that serve one port: whoever is asked tells of all.

Each leaves its tally in a folder of theirs now and then, and holds a lock there as long as it
lives.  What one has left that died is added to what is kept of all the gone, so that no counter
ever falls and few files are read.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct, field

from repartee.telemetry.tally import Tally


class _Gone(Struct):
    """What processes have counted that are no more; `folded` are those whose files may be left."""

    tally: Tally = field(default_factory=Tally)
    folded: list[str] = []


class Shared:
    """A process among others, in `folder`, which is theirs alone.  Any use may raise OSError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._left = b""
        with self._gate():  # nobody must find our lock before it is locked
            self._alive = os.open(self._lock(self._name), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._alive, fcntl.LOCK_EX)

    def leave(self, tally: Tally) -> None:
        """Leave this for the others, unless they have it."""
        encoded = msgspec.msgpack.encode(tally)
        if encoded != self._left:
            self._write(self._tally(self._name), encoded)
            self._left = encoded

    def gather(self, own: Tally) -> tuple[Tally, list[int]]:
        """This process' tally with those of the others, and which of them live."""
        self.leave(own)  # whatever has been told once, nobody falls behind
        whole, pids = Tally(), [os.getpid()]
        whole.merge(own)
        with self._gate():
            gone = self._bury()
            for file in self._folder.glob("*.tally"):
                if file.stem != self._name:
                    whole.merge(_tallies.decode(file.read_bytes()))
                    pids.append(int(file.stem.partition("-")[0]))
        whole.merge(gone.tally)
        return whole, pids

    def close(self) -> None:
        """Be gone; what was left last stays."""
        os.close(self._alive)

    def _bury(self) -> _Gone:
        """Add the tallies of the dead to those of all the gone; killed meanwhile, none twice."""
        kept = self._folder / "gone"
        gone = _gone.decode(kept.read_bytes()) if kept.exists() else _Gone()
        dead = [file.stem for file in self._folder.glob("*.lock") if self._is_dead(file)]
        for name in dead:
            if name not in gone.folded and (tally := self._tally(name)).exists():
                gone.tally.merge(_tallies.decode(tally.read_bytes()), alive=False)
        if dead:
            self._write(kept, msgspec.msgpack.encode(_Gone(gone.tally, dead)))
        for name in dead:
            self._tally(name).unlink(missing_ok=True)
            self._lock(name).unlink()
        return gone

    @staticmethod
    def _is_dead(lock: Path) -> bool:
        """Nobody holds it: its process is gone."""
        with lock.open("rb") as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    @contextmanager
    def _gate(self) -> Iterator[None]:
        """One at a time."""
        with (self._folder / "gate").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def _write(self, path: Path, content: bytes) -> None:
        """All of it or nothing, whenever we are killed."""
        fresh = path.with_suffix(f".{self._name}")
        fresh.write_bytes(content)
        fresh.rename(path)

    def _tally(self, name: str) -> Path:
        return self._folder / f"{name}.tally"

    def _lock(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


_tallies = msgspec.msgpack.Decoder(Tally)
_gone = msgspec.msgpack.Decoder(_Gone)
