"""A client of the beta dialect, as simple as can be: it sends and gets plain objects."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from live.caller import PATIENCE_S, PIECE_S, encoded
from recordings import RATE, Samples

MARK = {"OpenAI-Beta": "realtime=v1"}


class BetaCaller:
    """A connection, and what was told by it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.told: list[dict[str, Any]] = []

    async def send(self, kind: str, **fields: Any) -> None:
        await self._connection.send(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str) -> dict[str, Any]:
        """The next event of this kind."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    event: dict[str, Any] = json.loads(await self._connection.recv())
                    self.told.append(event)
                    if event["type"] == kind:
                        return event
        except TimeoutError:
            raise AssertionError(f"no {kind} after {self.kinds()}") from None

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.told]

    def all(self, kind: str) -> list[dict[str, Any]]:
        """What was told so far of this kind."""
        return [event for event in self.told if event["type"] == kind]

    def joined(self, kind: str) -> str:
        """The deltas of this kind, put together."""
        return "".join(event["delta"] for event in self.all(kind))

    def sound(self) -> bytes:
        """All sound that came, in the session's format."""
        return b"".join(
            base64.b64decode(each["delta"]) for each in self.all("response.audio.delta")
        )

    async def speak(self, samples: Samples) -> None:
        """Append sound in pieces."""
        piece = int(PIECE_S * RATE)
        for start in range(0, len(samples), piece):
            audio = encoded(samples[start : start + piece])
            await self.send("input_audio_buffer.append", audio=audio)


@asynccontextmanager
async def calling_beta(
    url: str, query: str = "model=gpt-4o-realtime-preview"
) -> AsyncIterator[BetaCaller]:
    """A conversation with the server at a base URL, begun."""
    address = f"{url.replace('http', 'ws', 1)}/realtime?{query}"
    async with connect(address, additional_headers=MARK, max_size=None) as connection:
        caller = BetaCaller(connection)
        await caller.until(
            "transcription_session.created" if "intent" in query else "session.created"
        )
        yield caller
