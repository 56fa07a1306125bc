"""What the workers of one server have in common."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, field

from repartee.keys.database import StoreError
from repartee.keys.limits import LiveSessions
from repartee.runtime.ids import random_id
from repartee.server.problems import full
from repartee.server.request import Request

log = logging.getLogger(__name__)


def nowhere(_: Request) -> Path | None:
    """What a request names is nobody else's."""
    return None


class Cluster(Struct):
    """Sessions and calls as they are counted, names for them, and whose each of them is.

    `elsewhere` tells the Unix socket of the worker that has what a request names, where that is
    another one.  Made without arguments it is that of a worker that is alone.
    """

    sessions: LiveSessions = field(default_factory=LiveSessions)
    calls: LiveSessions = field(default_factory=LiveSessions)
    new_id: Callable[[str], str] = random_id
    elsewhere: Callable[[Request], Path | None] = nowhere


@contextmanager
def counting(live: LiveSessions) -> Iterator[LiveSessions]:
    """Count, and let in, while nobody else does.  Raises Problem (503) where that cannot be."""
    try:
        with live:
            yield live
    except StoreError as error:
        log.error("%s", error)
        raise full() from None
