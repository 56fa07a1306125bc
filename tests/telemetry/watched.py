"""Sessions that are watched, and what is told of them."""

from typing import Any, TypeVar

from repartee.keys.limits import Limits
from repartee.protocol.config import Config
from repartee.protocol.ga import GA
from repartee.runtime.watching import Arrival, Opening
from repartee.session.bounds import Bounds
from repartee.settings import Settings
from repartee.telemetry.facts import Fact, Who
from repartee.telemetry.journal import Counts, Journal

F = TypeVar("F", bound=Fact)

WHO = Who(session="sess_1", model="gpt-realtime", transport="websocket", api="ga")


class Notes:
    """Remembers all that is told."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def told(self, who: Who, fact: Fact) -> None:
        self.facts.append(fact)

    def of(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


def opening(**changed: Any) -> Opening:
    """A session about to begin."""
    usual: dict[str, Any] = {
        "config": Config(id="sess_1", expires_at=3600),
        "bounds": Bounds(),
        "said": None,
        "paced": False,
        "seed": bytes(16),
        "dialect": GA,
        "counter": "characters",
        "model": Settings().model(None),
        "arrival": Arrival(),
        "key_id": None,
        "limits": Limits(),
    }
    return Opening(**(usual | changed))


def journal(
    notes: Notes, counts: Counts | None = None, who: Who = WHO, bounds: Bounds | None = None
) -> Journal:
    return Journal(who, opening(bounds=bounds or Bounds()), [notes], counts or Counts())
