"""`repartee models`: list, fetch, find and delete models.

What is asked for goes to stdout; questions and progress go to stderr.
"""

import argparse
import sys
from contextlib import closing

from repartee.engines.catalogue import Entry, UnknownModel, catalogue, entry, place
from repartee.models import listing
from repartee.models.progress import Progress
from repartee.models.pull import fetch, plan
from repartee.models.remote import Hub, HubError
from repartee.models.remove import remove


def run(given: argparse.Namespace) -> int:
    """Do what is asked; the answer is the exit status."""
    try:
        if given.verb is None:
            return _list(given)
        model = entry(given.name)
        if given.verb == "pull":
            return _pull(model, asks=not given.yes)
        if given.verb == "remove":
            return _remove(model, asks=not given.yes)
        return _path(model)
    except UnknownModel as error:
        _note(f"repartee: {error.args[0]}")
        return 2
    except (HubError, OSError) as error:
        _note(f"repartee: {error}")
        return 1


def _list(given: argparse.Namespace) -> int:
    models = listing.chosen(catalogue().values(), given.role, given.language)
    _say(listing.as_json(models) if given.json else listing.table(models))
    return 0


def _pull(model: Entry, *, asks: bool) -> int:
    _note(listing.details(model))
    with closing(Hub()) as source:
        todo = plan(source, model)
        _note(f"  size     {todo.bytes / 1e6:.1f} MB, commit {todo.commit[:8]} of {source.shown}")
        if asks and not _agreed("Fetch it?"):
            return 1
        progress = Progress(sys.stderr)
        try:
            fetch(source, todo, progress.show)
        finally:
            progress.end()
    return _path(model)


def _path(model: Entry) -> int:
    found = place(model)
    if found is None:
        raise HubError(f"{model.name} is not here: `repartee models pull {model.name}`")
    _say(str(found))
    return 0


def _remove(model: Entry, *, asks: bool) -> int:
    found = place(model)
    if found is None:
        raise HubError(f"{model.name} is not here")
    if asks and not _agreed(f"Delete {model.name} in {found}, also for other programs?"):
        return 1
    _note(f"{remove(model) / 1e6:.1f} MB are free again")
    return 0


def _agreed(question: str) -> bool:
    """Whether a person says yes; who says nothing says no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    agreed = sys.stdin.readline().strip().lower() in ("y", "yes")
    if not agreed:
        _note("Nothing is done.")
    return agreed


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
