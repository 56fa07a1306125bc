"""Taking a model out of the cache, and nothing that another one needs."""

import shutil
from pathlib import Path

from repartee.engines import hub
from repartee.engines.catalogue import Entry


def remove(model: Entry) -> int:
    """Delete its files; the bytes that this makes free.  Raises OSError.

    Other files of its repository stay, and so does what other snapshots share with it.
    """
    folder = hub.repository_folder(model.repository)
    snapshots = hub.snapshots(model.repository)
    links = {link: snapshot for snapshot in snapshots for link in _files(snapshot)}
    mine = {link for link, top in links.items() if model.wants(link.relative_to(top).as_posix())}
    needed = {link.resolve() for link in links if link not in mine}
    freed = 0
    for link in mine:
        content = link.resolve()
        link.unlink()
        # A link may lead out of this repository, where nothing is ours to delete.
        if content in needed or not content.is_relative_to(folder.resolve()):
            continue
        if content.is_file():
            freed += content.stat().st_size
            content.unlink()
    if not any(_is_content(link) for link in links if link not in mine):
        freed += sum(path.lstat().st_size for path in (folder / "blobs").glob("*"))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(hub.cache_folder() / ".locks" / folder.name, ignore_errors=True)
    return freed


def _files(snapshot: Path) -> list[Path]:
    return [path for path in snapshot.rglob("*") if path.is_symlink() or path.is_file()]


def _is_content(link: Path) -> bool:
    """Whether it is more than what stands beside every model."""
    return not link.name.startswith(("LICENSE", "LICENCE", "NOTICE", "README"))
