"""A client of the server that is judged: it sends, waits, and objects to what comes otherwise."""

import asyncio
import re
import time
from collections.abc import Iterator
from types import EllipsisType
from typing import Any, NoReturn

import msgspec

from repartee.conformance.findings import Violation
from repartee.conformance.judges.configuration import shows
from repartee.conformance.play.frames import Frame
from repartee.conformance.referee import Referee
from repartee.transports.client import Closing, Event, Foreign, Wire

_SHOWN = 8  # frames in front of an objection
_AROUND = 2  # frames in front of one that breaks a rule

# What may come between any other events: it belongs to something that began earlier.
_FLOATING = re.compile(r"rate_limits|conversation\.created|.*\.input_audio_transcription\.")


# The event that updates a session, and what it says when it changes nothing.
NO_CHANGE: dict[str, tuple[str, dict[str, str]]] = {
    "ga": ("session.update", {"type": "realtime"}),
    "beta": ("session.update", {}),
    "transcription": ("session.update", {"type": "transcription"}),
    "beta_transcription": ("transcription_session.update", {}),
}


class Objection(Exception):
    """The server did otherwise than it should; `frames` show it."""

    def __init__(self, sentence: str, frames: list[Frame]) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.frames = frames


class Client:
    """One connection of a case.

    A cursor runs over the server's events: who waits for one kind of event skips those before it.
    An error that nobody waits for is objected to as soon as it is met; `patience_s` is how long
    an event is waited for.
    """

    def __init__(self, dialect: str, patience_s: float) -> None:
        self.dialect = dialect
        self.frames: list[Frame] = []
        self.violations: list[tuple[Violation, list[Frame]]] = []
        self.foreign: list[str] = []
        self.closing: Closing | None = None
        self.wire: Wire | None = None
        self._referee = Referee("beta" if dialect.startswith("beta") else "ga")
        self.patience_s = patience_s
        self._events: list[Event] = []
        self._read = 0  # the cursor
        self._sent = 0
        self._news = asyncio.Event()

    # --- what comes and goes ---

    def take(self, message: Event | Foreign | Closing) -> None:
        """Something came from the server; told to the referee in the order of the wire."""
        if isinstance(message, Closing):
            self.closing = message
        else:
            event = message.problem if isinstance(message, Foreign) else message
            self.frames.append(Frame("server", event))
            self._note(self._referee.server(event))
            if isinstance(message, Foreign):
                self.foreign.append(message.problem)
            else:
                self._events.append(message)
        self._news.set()

    def send(self, kind: str, **members: Any) -> str:
        """Send an event; its event_id, which `members` may set."""
        self._sent += 1
        event = {"type": kind, "event_id": f"judge_{self._sent}", **members}
        self._show(event)
        assert self.wire is not None
        self.wire.send(event)
        return str(event["event_id"])

    def send_text(self, text: str) -> None:
        """Send any text as a frame."""
        try:
            self._show(msgspec.json.decode(text))
        except msgspec.DecodeError:
            self._show(None)
        assert self.wire is not None
        self.wire.send_text(text.encode())

    def _show(self, event: Any) -> None:
        self.frames.append(Frame("client", event))
        self._note(self._referee.client(event, time.time()))

    def _note(self, violations: list[Violation]) -> None:
        for each in violations:
            place = each.event_index + 1
            self.violations.append((each, self.frames[max(0, place - 1 - _AROUND) : place]))

    def finish(self) -> None:
        """The connection has come to rest: the referee says what is left open."""
        for each in self._referee.finish():
            self.violations.append((each, self.frames[-_SHOWN:]))

    # --- waiting ---

    async def next(self, wanted: str = "anything") -> Event:
        """The next event, whatever it is; objects if none comes in time."""
        try:
            async with asyncio.timeout(self.patience_s):
                while self._read == len(self._events):
                    if self.closing is not None:
                        code, reason = self.closing
                        self.object(f"the connection ends ({code} {reason!r}), not {wanted}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self.object(f"{wanted} does not come within {self.patience_s:g} s")
        self._read += 1
        return self._events[self._read - 1]

    async def expect(self, kind: str, **members: Any) -> Event:
        """The next event of a kind that shows `members`; events before it are skipped."""
        while True:
            event = await self.next(kind)
            if event.get("type") == kind and shows(members, event):
                return event
            if event.get("type") == "error":
                self.object(f"an error comes, not {kind}")

    async def collect(self, kind: str, **members: Any) -> list[Event]:
        """The events up to the next of a kind, that one included."""
        first = self._read
        await self.expect(kind, **members)
        return self._events[first : self._read]

    async def in_order(self, *kinds: str) -> list[Event]:
        """The next events, which must be of just these kinds; what floats may come between."""
        found: list[Event] = []
        while len(found) < len(kinds):
            event = await self.next(kinds[len(found)])
            kind = str(event.get("type"))
            if kind == kinds[len(found)]:
                found.append(event)
            elif not _FLOATING.match(kind):
                self.object(f"{kind} comes where {kinds[len(found)]} is due")
        return found

    async def refused(
        self,
        event_id: str | EllipsisType | None = ...,
        *,
        code: str | EllipsisType | None = ...,
        param: str | EllipsisType | None = ...,
        says: str = "",
        unless: str = "",
    ) -> dict[str, Any]:
        """The next error, which must have this code and param; `says` is a pattern to be found.

        `event_id` is that of the failing event: the error carries it or null, or just None.
        An event of the kind `unless` would tell that it was accepted.
        """
        event = await self.next("an error")
        while event.get("type") != "error":
            if event.get("type") == unless:
                self.object(f"{unless} comes, not an error")
            event = await self.next("an error")
        error: dict[str, Any] = event["error"]
        for name, wanted in (("code", code), ("param", param)):
            if wanted is not ... and error.get(name) != wanted:
                self.object(f"the error has {name} {error.get(name)!r}, not {wanted!r}")
        if not re.search(says, error.get("message", "")):
            self.object(f"the error says {error.get('message')!r}, which lacks {says!r}")
        told = error.get("event_id")
        if event_id is not ... and told not in (event_id, None):
            self.object(f"the error names the event {told!r}, not {event_id!r}")
        return error

    async def fence(self) -> list[Event]:
        """What comes before the server has read all that was sent; the answer left out."""
        kind, session = NO_CHANGE[self.dialect]
        self.send(kind, session=session)
        return (await self.collect(f"{kind}d"))[:-1]

    async def settle(self) -> None:
        """Wait until everything that has begun is over."""
        if self.closing is not None:
            return
        while self._running():
            await self.expect("response.done")
        await self.fence()

    def _running(self) -> set[str]:
        ids: dict[str, set[str]] = {"response.created": set(), "response.done": set()}
        for event in self._events[: self._read]:
            if event.get("type") in ids:
                ids[event["type"]].add(event["response"]["id"])
        return ids["response.created"] - ids["response.done"]

    async def closed(self) -> Closing:
        """How the server ends the connection, which it is to do now."""
        try:
            async with asyncio.timeout(self.patience_s):
                while self.closing is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self.object(f"the connection does not end within {self.patience_s:g} s")
        return self.closing

    # --- judging ---

    def told(self, *kinds: str) -> Iterator[Event]:
        """All events of some kinds that have come so far."""
        return (event for event in self._events if event.get("type") in kinds)

    def object(self, sentence: str) -> NoReturn:
        """Object, with the last frames to show it."""
        raise Objection(sentence, self.frames[-_SHOWN:])

    def check(self, fits: bool, otherwise: str) -> None:
        """Object with the sentence `otherwise` unless it `fits`."""
        if not fits:
            self.object(otherwise)
