"""GA over a call: sound is a stream of its own, and events tell how its playing goes."""

from collections.abc import Mapping
from typing import Any

from repartee.conformance.dialects.dialect import Dialect
from repartee.conformance.dialects.server_events import (
    FOREIGN_EVENTS,
    PLAYOUT_EVENTS,
    SERVER_EVENTS,
)

_OF_SOCKETS = frozenset({"response.output_audio.delta"})


class Call(Dialect):
    """The words of GA, but for those that carry sound."""

    name = "call"
    place = "on a call"
    streams_sound = True
    events: Mapping[str, Any] = {
        kind: shape
        for kind, shape in (SERVER_EVENTS | PLAYOUT_EVENTS).items()
        if kind not in _OF_SOCKETS
    }
    foreign = FOREIGN_EVENTS - PLAYOUT_EVENTS.keys() | _OF_SOCKETS
