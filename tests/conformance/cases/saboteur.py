"""A way to a server on which frames are altered: whoever speaks through it meets another server.

A sabotage breaks one thing.  It sees every event of one side and says what is passed on instead.
"""

import asyncio
import copy
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Event = dict[str, Any]
When = Callable[[Event], bool]
Frames = Iterable[Event | bytes]
Alter = Callable[[Event], Frames]

_PLAIN: dict[str, Any] = {"max_size": None, "compression": None}
_PASSED_ON = ("Authorization", "api-key", "OpenAI-Beta", "OpenAI-Safety-Identifier")
_fresh = itertools.count()


def _as_it_is(event: Event) -> Frames:
    return (event,)


class Sabotage(NamedTuple):
    """What becomes of the events of each side; and of the handshake and the farewell."""

    server: Alter = _as_it_is
    client: Alter = _as_it_is
    subprotocol: Callable[[Sequence[str]], str | None] | None = None
    closing: tuple[int, str] | None = None
    largest: int | None = None  # bytes of a message
    unwelcome: str | None = None  # a header that is not borne
    unheard: str | None = None  # a subprotocol that is not understood

    def offers(self, lines: Sequence[str]) -> list[Any]:
        """The subprotocols that the server hears of."""
        words = [word.strip() for line in lines for word in line.split(",")]
        return [word for word in words if word != self.unheard]


def _of(kind: str, when: When | None) -> When:
    return lambda event: event.get("type") == kind and (when is None or when(event))


def _set(event: Event, path: str, value: Any) -> Event:
    """The event with another value at a dotted path; a function is asked with the old value."""
    changed = copy.deepcopy(event)
    *way, last = [int(name) if name.isdigit() else name for name in path.split(".")]
    place: Any = changed
    for name in way:
        place = place[name]
    old = place[last] if isinstance(last, int) else place.get(last)
    place[last] = value(old) if callable(value) else value
    return changed


def _another(event: Event) -> Event:
    """An event in its own right."""
    return {**copy.deepcopy(event), "event_id": f"event_sabotage{next(_fresh)}"}


def _for(meant: When, become: Alter, skip: int) -> Alter:
    """`become` of the events that are meant, but for the first `skip` of them."""
    left = itertools.count(-skip)
    return lambda event: become(event) if meant(event) and next(left) >= 0 else (event,)


# --- what a server may do wrong ---


def drop(kind: str, when: When | None = None, skip: int = 0) -> Sabotage:
    """Events of a kind do not come."""
    return Sabotage(_for(_of(kind, when), lambda event: (), skip))


def change(kind: str, path: str, value: Any, when: When | None = None, skip: int = 0) -> Sabotage:
    """Events of a kind have another value at a path."""
    return Sabotage(_for(_of(kind, when), lambda event: (_set(event, path, value),), skip))


def without(kind: str, member: str) -> Sabotage:
    """Events of a kind lack a member."""

    def become(event: Event) -> Frames:
        return ({name: value for name, value in event.items() if name != member},)

    return Sabotage(_for(_of(kind, None), become, 0))


def rename(kind: str, name: str) -> Sabotage:
    """Events of a kind go by another name."""
    return change(kind, "type", name)


def twice(kind: str, when: When | None = None, skip: int = 0) -> Sabotage:
    """Events of a kind come again."""
    return Sabotage(_for(_of(kind, when), lambda event: (event, _another(event)), skip))


def also(kind: str, extra: Event | Callable[[Event], Event], when: When | None = None) -> Sabotage:
    """Behind events of a kind comes one more."""

    def become(event: Event) -> Frames:
        return (event, _another(extra(event) if callable(extra) else extra))

    return Sabotage(_for(_of(kind, when), become, 0))


def in_place(kind: str, other: Event | Callable[[Event], Event]) -> Sabotage:
    """In the place of events of a kind comes another."""

    def become(event: Event) -> Frames:
        return (_another(other(event) if callable(other) else other),)

    return Sabotage(_for(_of(kind, None), become, 0))


def late(kind: str, behind: str, when: When | None = None) -> Sabotage:
    """Events of a kind are held back until one of another kind has passed."""
    held: list[Event] = []

    def alter(event: Event) -> Frames:
        if _of(kind, when)(event):
            held.append(event)
            return ()
        if event.get("type") == behind and held:
            kept, held[:] = [*held], []
            return (event, *kept)
        return (event,)

    return Sabotage(alter)


def binary(kind: str) -> Sabotage:
    """Events of a kind come as binary frames."""
    return Sabotage(_for(_of(kind, None), lambda event: (json.dumps(event).encode(),), 0))


# --- what a server may take otherwise than it was sent ---


def hears(kind: str, path: str, value: Any, when: When | None = None, skip: int = 0) -> Sabotage:
    """It takes events of a kind as if they had another value at a path."""
    become = _for(_of(kind, when), lambda event: (_set(event, path, value),), skip)
    return Sabotage(client=become)


def takes_for(kind: str, other: Event, when: When | None = None, skip: int = 0) -> Sabotage:
    """It takes events of a kind for another event; their event_id stays."""
    return Sabotage(client=_for(_of(kind, when), lambda event: ({**event, **other},), skip))


def ignores(kind: str, when: When | None = None, skip: int = 0) -> Sabotage:
    """It does not read events of a kind."""
    return Sabotage(client=_for(_of(kind, when), lambda event: (), skip))


def does_as_well(kind: str, other: Event, when: When | None = None, skip: int = 0) -> Sabotage:
    """With events of a kind it does what another event would make it do."""
    return Sabotage(client=_for(_of(kind, when), lambda event: (event, other), skip))


def both(one: Sabotage, other: Sabotage) -> Sabotage:
    """Two things together make one fault."""

    def joined(first: Alter, second: Alter) -> Alter:
        def alter(event: Event) -> Frames:
            for each in first(event):
                yield from second(each) if isinstance(each, dict) else (each,)

        return alter

    return Sabotage(joined(one.server, other.server), joined(one.client, other.client))


# --- the way itself ---


@asynccontextmanager
async def sabotaging(upstream: str, sabotage: Sabotage) -> AsyncIterator[str]:
    """A base URL that leads to another one by way of the saboteur, who must not stumble."""
    stumbled: list[Exception] = []

    def select(connection: ServerConnection, offered: Sequence[str]) -> Any:
        choose = sabotage.subprotocol or (lambda all: "realtime" if "realtime" in all else None)
        return choose(offered)

    async def pass_on(client: ServerConnection) -> None:
        assert client.request is not None
        if sabotage.unwelcome in client.request.headers:
            await client.close(4000, "unwelcome")
            return
        url = upstream.replace("http", "ws", 1) + client.request.path
        given = client.request.headers
        headers = {name: given[name] for name in _PASSED_ON if name in given}
        offered = sabotage.offers(given.get_all("Sec-WebSocket-Protocol"))
        way: dict[str, Any] = {"additional_headers": headers, "subprotocols": offered or None}
        async with connect(url, **way, **_PLAIN) as server:
            ways = (
                _carry(client, server, sabotage.client, None),
                _carry(server, client, sabotage.server, sabotage.closing),
            )
            for outcome in await asyncio.gather(*ways, return_exceptions=True):
                if isinstance(outcome, Exception):
                    stumbled.append(outcome)

    taken = {**_PLAIN, "max_size": sabotage.largest}
    async with serve(pass_on, "127.0.0.1", 0, select_subprotocol=select, **taken) as door:
        yield f"http://127.0.0.1:{next(iter(door.sockets)).getsockname()[1]}/v1"
    assert not stumbled, stumbled


async def _carry(source: Any, target: Any, alter: Alter, closing: tuple[int, str] | None) -> None:
    with suppress(ConnectionClosed):
        async for frame in source:
            for altered in _altered(frame, alter):
                await target.send(altered)
    code, reason = closing or (source.close_code, source.close_reason)
    await target.close(1000 if code in (1005, 1006) else code, reason or "")


def _altered(frame: str | bytes, alter: Alter) -> Iterable[str | bytes]:
    try:
        event = json.loads(frame)
    except ValueError:
        return (frame,)
    return [each if isinstance(each, bytes) else json.dumps(each) for each in alter(event)]
