"""A model's files, from the hub into the cache that all tools share.

Each file is written to `blobs/DIGEST.incomplete` under a lock and becomes `blobs/DIGEST` once its
size and its digest are those that the hub states; only then a snapshot links to it, and only when
all are there `refs/main` names their commit.  So what was broken off goes on where it stopped, and
nobody finds half a model.  Lock and names are those of huggingface_hub, which may fetch the same
file at the same time.
"""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from repartee.engines import hub
from repartee.engines.catalogue import Entry, fits
from repartee.models.remote import BrokenOff, Hub, HubError, RemoteFile

Show = Callable[[int, int], None]
"""How many bytes are there, and of how many."""

# Formats that can run any code when they are read, and archives of them.
PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".nemo", ".joblib", ".npy", ".npz")
# The name tells nothing of these: they are fetched where an entry has the whole name, and looked
# into.  A pickle begins with its protocol; torch's newer files are ZIP archives.
_UNTOLD = ".bin"
_PICKLED = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04")

_TEXTS = ("LICENSE*", "LICENCE*", "NOTICE*", "README.md")  # what its authors ask to be read
_ATTEMPTS = 5  # in a row that bring nothing
_SPARE = 64 * 1024 * 1024  # bytes left free on the disk
_BLOCK = 1024 * 1024


class Plan(NamedTuple):
    """What is to be fetched of one commit."""

    repository: str
    commit: str
    files: list[RemoteFile]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


def plan(source: Hub, model: Entry) -> Plan:
    """The files that `model` names, as they are now.  Raises HubError."""
    commit = source.commit(model.repository)
    listed = source.files(model.repository, commit)
    chosen = [file for file in listed if model.wants(file.path) and _is_data(file.path, model)]
    for pattern in model.files:
        if not any(fits(file.path, pattern) for file in chosen):
            raise HubError(f"{model.repository} has no {pattern}: `{model.name}` has changed there")
    texts = [file for file in listed if any(fits(file.path, each) for each in _TEXTS)]
    return Plan(model.repository, commit, [*chosen, *texts])


def fetch(source: Hub, todo: Plan, show: Show) -> Path:
    """Bring all of it here; the folder of the snapshot.  Raises HubError and OSError."""
    folder = hub.repository_folder(todo.repository)
    blobs = folder / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    _check_room(todo, blobs)
    done = 0
    for file in todo.files:
        _fetch_file(source, todo, file, partial(_shown, show, done, todo.bytes))
        _link(folder / "snapshots" / todo.commit / file.path, blobs / file.digest)
        done += file.size
        show(done, todo.bytes)
    _write(folder / "refs" / "main", todo.commit)
    return folder / "snapshots" / todo.commit


def _shown(show: Show, before: int, whole: int, there: int) -> None:
    show(before + there, whole)


def _is_data(path: str, model: Entry) -> bool:
    """Whether it is no pickle, as far as its name tells."""
    suffix = os.path.splitext(path)[1].lower()
    return suffix not in PICKLES and (suffix != _UNTOLD or path in model.files)


def _check_room(todo: Plan, blobs: Path) -> None:
    missing = 0
    for file in todo.files:
        if not (blobs / file.digest).is_file():
            missing += file.size - _size(_incomplete(blobs, file))
    free = shutil.disk_usage(blobs).free
    if missing and missing + _SPARE > free:
        raise HubError(
            f"{missing / 1e6:.0f} MB are to be fetched, and {blobs} has {free / 1e6:.0f} MB left: "
            "make room, or name another folder by HF_HUB_CACHE"
        )


def _fetch_file(source: Hub, todo: Plan, file: RemoteFile, show: Callable[[int], None]) -> None:
    blobs = hub.repository_folder(todo.repository) / "blobs"
    blob = blobs / file.digest
    with _locked(todo.repository, file):
        if blob.is_file():  # also where somebody else has just brought it
            return
        incomplete = _incomplete(blobs, file)
        with incomplete.open("a+b") as written:
            _fill(source, todo, file, written, show)
            os.fsync(written.fileno())
        _check(incomplete, file)
        incomplete.replace(blob)


def _fill(
    source: Hub, todo: Plan, file: RemoteFile, written: BinaryIO, show: Callable[[int], None]
) -> None:
    """Append what is missing; after a break as often again as that brings anything."""
    attempts = _ATTEMPTS
    if written.seek(0, os.SEEK_END) > file.size:
        written.truncate(0)  # the beginning of something else
    while (there := written.seek(0, os.SEEK_END)) < file.size:
        show(there)
        try:
            with source.opened(todo.repository, todo.commit, file, there) as content:
                written.truncate(content.begin)
                _append(content.parts, file, written, show)
        except BrokenOff:
            written.flush()
        if written.seek(0, os.SEEK_END) > there:
            attempts = _ATTEMPTS
            continue
        attempts -= 1
        if not attempts:
            raise HubError(f"{file.path} breaks off again and again: try again later, it goes on")


def _append(
    parts: Iterator[bytes], file: RemoteFile, written: BinaryIO, show: Callable[[int], None]
) -> None:
    there = written.seek(0, os.SEEK_END)
    for part in parts:
        there += len(part)
        if there > file.size:
            written.truncate(0)
            raise HubError(f"{file.path} is longer than the hub states: it was thrown away")
        written.write(part)
        show(there)
    written.flush()


def _check(incomplete: Path, file: RemoteFile) -> None:
    """Whether the content is what the hub states; what is not is thrown away."""
    # Git's digest is of a header and the content; it is no protection, but what the hub states.
    digest = hashlib.sha256() if len(file.digest) == 64 else hashlib.sha1(usedforsecurity=False)
    if digest.name == "sha1":
        digest.update(b"blob %d\0" % file.size)
    with incomplete.open("rb") as content:
        head = content.read(_BLOCK)
        digest.update(head)
        while block := content.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != file.digest:
        incomplete.unlink()
        raise HubError(f"{file.path} has another digest than the hub states: it was thrown away")
    if file.path.endswith(_UNTOLD) and _PICKLED.match(head):
        incomplete.unlink()
        raise HubError(f"{file.path} is a pickle, which can run any code: it was thrown away")


def _link(path: Path, blob: Path) -> None:
    """Let the snapshot's `path` lead to `blob`, whatever was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _beside(path)
    made.symlink_to(os.path.relpath(blob, path.parent))
    made.replace(path)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _beside(path)
    made.write_text(text, encoding="utf-8")
    made.replace(path)


def _beside(path: Path) -> Path:
    """A name that nobody else has, to become `path` in one step."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}")


@contextmanager
def _locked(repository: str, file: RemoteFile) -> Iterator[None]:
    """Nobody else fetches this file meanwhile: who comes second waits."""
    path = hub.cache_folder() / ".locks" / hub.folder_name(repository) / f"{file.digest}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _incomplete(blobs: Path, file: RemoteFile) -> Path:
    return blobs / f"{file.digest}.incomplete"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
