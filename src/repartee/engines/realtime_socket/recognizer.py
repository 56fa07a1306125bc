"""The ears that pass each turn on to another Realtime server, by a connection of its own.

The server hears the turn while it is spoken, so the words are there soon after its end.
Closing a recognition closes its connection, by which the server learns that nobody listens.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated

from msgspec import Meta

from repartee.engines.protocols import Words
from repartee.engines.realtime_socket.transcript import (
    RATE,
    Transcript,
    appends,
    configuration,
    ending,
)
from repartee.engines.remote.address import find_key, is_billed, realtime_address
from repartee.engines.remote.dial import Dial, hang_up
from repartee.engines.remote.failure import Failure
from repartee.engines.remote.faults import EARS, Faults
from repartee.engines.remote.hints import completed
from repartee.engines.remote.wire import Closing, Event, Foreign, Wire
from repartee.protocol.prompt import Hints

_Seconds = Annotated[float, Meta(gt=0)]
_Inbox = asyncio.Queue[Event | Foreign | Closing | None]


class RealtimeTranscription:
    """Any Realtime server's transcription session, opened for each turn at `url`/realtime."""

    licence = "Apache-2.0"
    rate = RATE

    def __init__(
        self,
        url: str,
        model: str = "gpt-4o-transcribe",
        api_key: str | None = None,
        api_key_env: str | None = None,
        language: str | None = None,
        prompt: str | None = None,
        timeout_s: _Seconds = 30,
        connect_timeout_s: _Seconds = 5,
        retries: Annotated[int, Meta(ge=0)] = 1,
        retry_delay_s: _Seconds = 0.25,
        headers: dict[str, str] | None = None,
        billed: bool | None = None,
    ) -> None:
        """The key is `api_key`, or what the environment variable `api_key_env` holds.

        `language` and `prompt` stand where a session has none.  `timeout_s` is the longest
        silence of the server after a turn.  `billed`: see `is_billed`.
        """
        key = find_key(url, api_key, api_key_env)
        self.billed = is_billed(url, billed)
        self._address = realtime_address(url, intent="transcription")
        self._faults = Faults(EARS, self._address, key, (headers or {}).values())
        authorization = {"Authorization": f"Bearer {key}"} if key else {}
        self._dial = Dial(
            self._faults,
            {**(headers or {}), **authorization},
            connect_timeout_s=connect_timeout_s,
            retries=retries,
            retry_delay_s=retry_delay_s,
        )
        self._model = model
        self._language = language
        self._prompt = prompt
        self._timeout_s = timeout_s

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        """See `Recognizer`."""
        inbox: _Inbox = asyncio.Queue()
        wire = await self._dial.open(self._address, inbox.put_nowait)
        wire.send(configuration(self._model, completed(hints, self._language, self._prompt)))
        sending = asyncio.create_task(_send(wire, audio))
        sending.add_done_callback(lambda _: inbox.put_nowait(None))
        transcript, told = Transcript(), ""
        try:
            while not transcript.complete:
                event = await self._next(inbox, settled=sending.done())
                if event is not None:
                    self._read(transcript, event)
                elif not sending.result():
                    break  # nothing was said
                if transcript.text != told and not transcript.complete:
                    told = transcript.text
                    yield Words(told, stable=len(told))
            yield Words(transcript.text, len(transcript.text), final=True)
        finally:
            await _hang_up(wire, sending)

    async def _next(self, inbox: _Inbox, settled: bool) -> Event | Foreign | Closing | None:
        """What comes next; once the turn is over, the server owes it."""
        try:
            async with asyncio.timeout(self._timeout_s if settled else None):
                return await inbox.get()
        except TimeoutError:
            raise self._faults.error("timeout", "was silent for too long") from None

    def _read(self, transcript: Transcript, event: Event | Foreign | Closing) -> None:
        match event:
            case Foreign():
                raise self._faults.error(
                    "unreadable", "sent what is no event: is {role}.url right?"
                )
            case Closing(code=code, reason=reason):
                what = f"closed the connection before the turn was transcribed ({code} {reason})"
                raise self._faults.error("cut_off", what)
        try:
            transcript.feed(event)
        except Failure as failure:
            raise self._faults.error(failure.reason, f"failed: {failure}") from None


async def _send(wire: Wire, audio: AsyncIterator[bytes]) -> bool:
    """Pass on the turn; whether there was any sound."""
    sent, rest = 0, b""
    async for chunk in audio:
        rest += chunk
        whole = len(rest) // 2 * 2  # half a sample waits for its other half
        for event in appends(rest[:whole]):
            wire.send(event)
        sent, rest = sent + whole, rest[whole:]
    if sent:
        for event in ending(sent):
            wire.send(event)
    return bool(sent)


async def _hang_up(wire: Wire, sending: asyncio.Task[bool]) -> None:
    sending.cancel()
    await asyncio.wait([sending])
    if not sending.cancelled():
        sending.exception()  # it was raised already, or nobody is left to be told
    await hang_up(wire)
