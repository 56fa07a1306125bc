"""Names that a server gives, by what they name: the third answer of one run is that of another."""

from typing import Any, NamedTuple

from repartee.recording.inspection.wire import name

Event = dict[str, Any]

_FIELDS = {"id", "item_id", "previous_item_id", "response_id", "call_id"}


class Place(NamedTuple):
    """What is named: of which kind, and how many of that were before it."""

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.number + 1}"


class Named(NamedTuple):
    """A name, and when it was given (s)."""

    name: str
    now: float


class Unknown(Exception):
    """Something that a message speaks of is not there, or not yet."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"{place} was not there")
        self.place = place


class Names:
    """Those given in one run, in order."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[Named]] = {}
        self._places: dict[str, Place] = {}

    def hear(self, event: Event, now: float) -> None:
        """Take the names that an event of the server gives."""
        match name(event["type"]):
            case "input_audio_buffer.committed":
                self._add("user's item", event["item_id"], now)
            case "response.created":
                self._add("response", event["response"]["id"], now)
            case "response.output_item.added":
                item = event["item"]
                if item["type"] == "function_call":
                    self._add(f"call of {item['name']}", item["call_id"], now)
                self._add(f"answered {item['type']}", item["id"], now)

    def _add(self, kind: str, given: str, now: float) -> None:
        named = self._by_kind.setdefault(kind, [])
        self._places[given] = Place(kind, len(named))
        named.append(Named(given, now))

    def place(self, given: str) -> Place | None:
        """What has this name; None for a name that the server has not given."""
        return self._places.get(given)

    def has(self, place: Place) -> bool:
        """Whether something has been named there."""
        return place.number < len(self._by_kind.get(place.kind, []))

    def at(self, place: Place) -> Named:
        """What has been named there.  Raises Unknown."""
        if not self.has(place):
            raise Unknown(place)
        return self._by_kind[place.kind][place.number]


def translated(message: Any, then: Names, now: Names) -> Any:
    """The same message by the names of the other run.  Raises Unknown."""
    match message:
        case dict():
            return {
                key: _name(value, then, now)
                if key in _FIELDS and isinstance(value, str)
                else translated(value, then, now)
                for key, value in message.items()
            }
        case list():
            return [translated(each, then, now) for each in message]
        case _:
            return message


def _name(value: str, then: Names, now: Names) -> str:
    place = then.place(value)
    return value if place is None else now.at(place).name
