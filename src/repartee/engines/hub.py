"""The cache of the Hugging Face hub on this machine: where models lie that any tool has fetched.

The layout is the one that the hub documents for all its clients: `models--ORG--NAME` has `blobs`,
named by their digests, `snapshots`, a folder of links for each commit, and `refs`, files that name
the commit of a branch.  Nothing here asks the network.
"""

import os
from collections.abc import Iterator
from pathlib import Path


def cache_folder() -> Path:
    """$HF_HUB_CACHE, else `hub` in $HF_HOME, which is ~/.cache/huggingface by default."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{home}/huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or f"{home}/hub").expanduser()


def repository_folder(repository: str) -> Path:
    """Where ORG/NAME is kept; it need not exist yet."""
    return cache_folder() / folder_name(repository)


def folder_name(repository: str) -> str:
    """The name of that folder."""
    return f"models--{repository.replace('/', '--')}"


def snapshot(repository: str) -> Path | None:
    """The folder of the newest commit of ORG/NAME that is here; some of its files may be absent."""
    return next(iter(snapshots(repository)), None)


def snapshots(repository: str) -> list[Path]:
    """All commits that are here: first the one of the branch main, then the newer ones first."""
    folder = repository_folder(repository)
    try:
        found = [each for each in (folder / "snapshots").iterdir() if each.is_dir()]
    except OSError:
        return []
    current = _read(folder / "refs" / "main")
    return sorted(found, key=lambda each: (each.name != current, -each.stat().st_mtime, each.name))


def files(snapshot: Path) -> Iterator[Path]:
    """The files of a snapshot that are whole: a link may lead to a blob that is not there."""
    return (path for path in sorted(snapshot.rglob("*")) if path.is_file())


def _read(ref: Path) -> str:
    try:
        return ref.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
