"""What a recorded client did, done again: its sound and its messages, at their times.

The person behind it does not react to what is answered now.  What its messages speak of goes by
its new name.  What a function gave is given as long after the call as it was, and no sooner than it
was; messages behind it wait with it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from repartee.recording.format import Damage, Entry, Kind
from repartee.recording.rerun.client import Client
from repartee.recording.rerun.names import Names, Place, Unknown, translated

FAST = 8  # times as fast as it was said
CALL_S = 10.0  # how long an output waits for its call to happen again


class Script:
    """`notes` say what could not be done as it was."""

    def __init__(
        self,
        entries: Iterable[Entry | Damage],
        client: Client,
        hear_sound: Callable[[bytes], None],
        *,
        fast: bool = False,
    ) -> None:
        """`entries` are those behind the opening; sound, as it was heard, goes to `hear_sound`."""
        self.notes: list[str] = []
        self._entries, self._client, self._hear_sound = entries, client, hear_sound
        self._fast = fast
        self._then = Names()
        self._waiting: deque[Entry] = deque()
        self._late: asyncio.Task[None] | None = None
        self._offset = 0.0

    async def play(self, begun: float) -> None:
        """Do all of it, and leave; the recorded session had begun at `begun`."""
        self._offset = asyncio.get_running_loop().time() - begun / self._speed
        for entry in self._entries:
            if isinstance(entry, Damage):
                self.notes.append(str(entry))
            elif entry.kind is Kind.SAID:
                self._then.hear(msgspec.json.decode(entry.blob), entry.time)
            elif entry.kind in (Kind.HEARD, Kind.CLIENT, Kind.LEFT):
                await self._until(entry.time)
                self._do(entry)
        if self._late is not None:
            await self._late
        if not await self._client.rest():
            self.notes.append("the last answer was not waited for any longer")
        if self._client.closed is not None:
            self.notes.append(f"the server has closed the session: {self._client.closed}")
        self._client.leave()

    @property
    def _speed(self) -> float:
        return FAST if self._fast else 1.0

    async def _until(self, then: float) -> None:
        """Its time has come; in haste, nobody speaks while there is an answer."""
        loop = asyncio.get_running_loop()
        if self._fast:
            due = then / self._speed + self._offset
            await self._client.rest()
            self._offset += max(0.0, loop.time() - due)
        await self._client.until(then / self._speed + self._offset)

    def _do(self, entry: Entry) -> None:
        """Sound never waits; a message does behind one that waits for a call."""
        if self._client.gone:
            return
        if entry.kind is Kind.HEARD:
            self._hear_sound(entry.blob)
        elif entry.kind is Kind.CLIENT:
            if not self._waiting and self._call_of(entry) is None:
                self._say(entry)
                return
            self._waiting.append(entry)
            if self._late is None or self._late.done():
                self._late = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        while self._waiting:
            entry = self._waiting[0]
            if (call := self._call_of(entry)) is not None:
                await self._call(call, entry)
            if not self._client.gone:
                self._say(entry)
            self._waiting.popleft()

    async def _call(self, call: Place, entry: Entry) -> None:
        """Wait until a function is called again, and as long as it took."""
        took = (entry.time - self._then.at(call).now) / self._speed
        try:
            named = await self._client.named(call, CALL_S)
        except Unknown:
            return  # which is noted when the output finds no call
        await self._client.until(named.now + took)

    def _call_of(self, entry: Entry) -> Place | None:
        """The call that this message answers, if it does."""
        item = _decoded(entry).get("item")
        if not isinstance(item, dict) or item.get("type") != "function_call_output":
            return None
        return self._then.place(str(item.get("call_id")))

    def _say(self, entry: Entry) -> None:
        message = _decoded(entry)
        if not message:
            self._client.say(entry.blob)  # what was wrong then is wrong now
            return
        try:
            now = translated(message, self._then, self._client.names)
        except Unknown as unknown:
            self.notes.append(f"{message.get('type')} was left out: {unknown}")
            return
        self._client.say(msgspec.json.encode(now))


def _decoded(entry: Entry) -> dict[str, Any]:
    """The event in a message; empty where there is none."""
    try:
        return msgspec.json.decode(entry.blob, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
