"""`repartee keys`: make, list and revoke API keys.

The text of a new key goes to stdout alone, so that it can be piped where it belongs; what is for
people goes to stderr.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing

import msgspec

from repartee.keys.limits import Limits
from repartee.keys.store import FRESH_S, ApiKey, Keys, database
from repartee.settings import Keys as KeySettings


def run(given: argparse.Namespace, settings: KeySettings) -> int:
    """Do what is asked; the answer is the exit status.  Raises StoreError and KeyNotFound."""
    with closing(database(settings)) as file:
        keys = Keys(file)
        if given.verb == "create":
            _create(keys, given)
        elif given.verb == "revoke":
            _revoke(keys, given.key)
        else:
            _list(keys.all(), as_json=given.json)
    return 0


def _create(keys: Keys, given: argparse.Namespace) -> None:
    limits = Limits(
        max_sessions=given.sessions,
        session_minutes=given.minutes,
        audio_seconds_per_day=given.audio_seconds_per_day,
        tokens_per_day=given.tokens_per_day,
        models=tuple(given.model),
        locked_fields=tuple(given.lock),
        recorded=given.record,
    )
    new = keys.create(given.name, limits, time.time())
    _note(f"{new.key.id} is made for {new.key.name}; what follows is shown this once:")
    sys.stdout.write(new.text + "\n")
    sys.stdout.flush()


def _revoke(keys: Keys, word: str) -> None:
    key = keys.meant(word)
    if key.revoked is not None:
        _note(f"{key.id} of {key.name} was revoked on {_date(key.revoked)}")
        return
    keys.revoke(key.id, time.time())
    _note(f"{key.id} of {key.name} is revoked; servers refuse it within {FRESH_S:g} seconds")


def _list(keys: Sequence[ApiKey], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(keys).decode() + "\n")
        return
    cells = [("ID", "NAME", "KEY", "MADE", "REVOKED", "LIMITS")]
    for key in keys:
        revoked = "" if key.revoked is None else _date(key.revoked)
        cells.append((key.id, key.name, key.shown, _date(key.created), revoked, _told(key.limits)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")


def _told(limits: Limits) -> str:
    """What is limited, in a few words."""
    parts = [
        (limits.max_sessions, "sessions"),
        (limits.session_minutes, "minutes each"),
        (limits.audio_seconds_per_day, "s of sound a day"),
        (limits.tokens_per_day, "tokens a day"),
    ]
    told = [f"{number:.15g} {what}" for number, what in parts if number is not None]
    if limits.models:
        told.append(f"models {' '.join(limits.models)}")
    if limits.locked_fields:
        told.append(f"locked {' '.join(limits.locked_fields)}")
    if limits.recorded:
        told.append("recorded")
    return ", ".join(told) or "none"


def _date(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at))


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")
