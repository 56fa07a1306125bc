"""`repartee serve`: in one process, or as the supervisor of several, or as one of these."""

from collections.abc import Callable

from repartee.server.workers.seat import Said, Seat
from repartee.settings import Settings

Load = Callable[[], tuple[Settings, Callable[[str], None]]]
"""Gives the settings, and what is to be told the base URL once clients can connect."""


def run(load: Load, seat: str | None, expected: Callable[[], tuple[type[Exception], ...]]) -> int:
    """Serve until a signal ends it; the exit status.

    `seat` is what a supervisor gives its workers.  `expected` errors are raised, but by a worker
    told to its supervisor, for a person is to read them once.
    """
    if seat is None:
        return _serve(*load())
    given = Seat.read(seat)
    try:
        return _serve_on(given, load()[0])
    except expected() as error:
        given.say(Said(str(error)))
        return 2


def _serve(settings: Settings, ready: Callable[[str], None]) -> int:
    from repartee.runtime import logs

    logs.set_up(settings.log)
    if settings.server.workers > 1:
        from repartee.server.workers import supervisor

        return supervisor.run(settings.server, ready)
    from repartee.server import app

    return app.run(settings, ready=ready)


def _serve_on(seat: Seat, settings: Settings) -> int:
    from repartee.runtime import logs
    from repartee.server import app

    logs.set_up(settings.log, worker=seat.slot)
    return app.run(settings, ready=lambda _: seat.say(Said()), seat=seat)
