"""The journals of a process: one for each session, under names that are few."""

import re
from collections.abc import Sequence

from repartee.protocol.beta import Beta
from repartee.protocol.config import TranscriptionConfig
from repartee.runtime.watching import Opening
from repartee.settings import Models
from repartee.telemetry.facts import Listener, Who
from repartee.telemetry.journal import Counts, Journal
from repartee.telemetry.words import known_model

# W3C Trace Context §3.2: version, trace id, parent id, flags.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class Journals:
    """Keeps a journal of every session: an `Observer`."""

    def __init__(self, models: Models, listeners: Sequence[Listener], counts: Counts) -> None:
        self._models, self._listeners, self._counts = models, listeners, counts

    def watch(self, opening: Opening) -> "Journal":
        return Journal(who(opening, self._models), opening, self._listeners, self._counts)


def who(opening: Opening, models: Models) -> Who:
    """Whose session begins, in words that are few, or its own."""
    arrival = opening.arrival
    transcribes = isinstance(opening.config, TranscriptionConfig)
    traced = _TRACEPARENT.fullmatch(arrival.traceparent or "")
    return Who(
        session=opening.config.id,
        model=known_model(getattr(opening.config, "model", models.default), models),
        transport=arrival.transport,
        api="beta" if isinstance(opening.dialect, Beta) else "ga",
        kind="transcription" if transcribes else "realtime",
        call=arrival.call_id,
        key_id=opening.key_id,
        trace=traced[1] if traced else None,
    )
