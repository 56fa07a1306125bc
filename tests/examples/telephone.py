"""A telephone as a provider's media stream shows it, and the bridge that it calls."""

import asyncio
import base64
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from repartee.speech.g711 import encode

BRIDGE = Path(__file__).parents[2] / "examples" / "phone_bridge.py"
PATIENCE_S = 30
FRAME_MS = 20
BYTES_PER_MS = 8
STREAM = "MZ-of-the-call"


class Phone:
    """Speaks and plays in media time alone: with each 20 ms that it says, it plays 20 ms.

    What it is sent it plays in order; a mark goes back when all before it was played, or cleared.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.sound = b""  # all that came
        self.played_ms = 0
        self.cleared: list[tuple[int, int]] = []  # ms played, and bytes that had come
        self._now = 0
        self._buffer: deque[bytes | str] = deque()
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        """Take what the bridge sends, until it ends the call."""
        try:
            async for frame in self.connection:
                event = json.loads(frame)
                assert event["streamSid"] == STREAM
                await self._take(event)
                self._changed.set()
        except ConnectionClosed:
            self._changed.set()

    async def _take(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "media":
                sound = base64.b64decode(event["media"]["payload"], validate=True)
                self.sound += sound
                self._buffer.append(sound)
            case "mark":
                self._buffer.append(event["mark"]["name"])
                await self._return_marks()
            case "clear":
                self.cleared.append((self.played_ms, len(self.sound)))
                marks = [each for each in self._buffer if isinstance(each, str)]
                self._buffer = deque(marks)
                await self._return_marks()
            case other:
                raise AssertionError(f"{other} is not of the protocol")

    async def call(self, **parameters: str) -> None:
        """Begin, as the provider does."""
        await self._send("connected", protocol="Call", version="1.0.0")
        form = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        start = {"streamSid": STREAM, "mediaFormat": form, "customParameters": parameters}
        await self._send("start", start=start, streamSid=STREAM)

    async def say(self, sound: bytes) -> None:
        """Say mu-law, and meanwhile play what there is to play."""
        size = FRAME_MS * BYTES_PER_MS
        for begin in range(0, len(sound), size):
            payload = base64.b64encode(sound[begin : begin + size]).decode()
            media = {"track": "inbound", "timestamp": str(self._now), "payload": payload}
            await self._send("media", media=media, streamSid=STREAM)
            self._now += FRAME_MS
            await self._play(size)

    async def fall_silent(self, milliseconds: int) -> None:
        await self.say(encode(np.zeros(milliseconds * BYTES_PER_MS, np.int16), "audio/pcmu"))

    async def hang_up(self) -> None:
        """End, and wait until the bridge has ended the call, too."""
        await self._send("stop", stop={}, streamSid=STREAM)
        await self.connection.wait_closed()

    async def until(self, enough: Callable[[], object]) -> None:
        """Wait for what the bridge sends to be enough."""
        async with asyncio.timeout(PATIENCE_S):
            while not enough():
                assert self.connection.close_code is None, self.connection.close_reason
                self._changed.clear()
                await self._changed.wait()

    async def _play(self, size: int) -> None:
        left = size
        while left and self._buffer:
            sound = self._buffer.popleft()
            assert isinstance(sound, bytes)  # marks that come first have been returned
            part, rest = sound[:left], sound[left:]
            if rest:
                self._buffer.appendleft(rest)
            left -= len(part)
            await self._return_marks()
        self.played_ms += (size - left) // BYTES_PER_MS

    async def _return_marks(self) -> None:
        while self._buffer and isinstance(self._buffer[0], str):
            await self._send("mark", mark={"name": self._buffer.popleft()}, streamSid=STREAM)

    async def _send(self, event: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"event": event, **fields}))


class Bridge:
    """The example in a process of its own, as it is run, and what it says on stderr."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.url = ""
        self.said: list[str] = []

    async def until(self, words: str) -> str:
        """The next line with these words."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            async for line in self.process.stderr:
                self.said.append(line.decode())
                if words in self.said[-1]:
                    return self.said[-1]
        raise AssertionError(f"no {words!r} in {self.said}")

    @asynccontextmanager
    async def called(self, **parameters: str) -> AsyncIterator[Phone]:
        """A phone that has begun a call."""
        async with connect(self.url, compression=None) as connection:
            phone = Phone(connection)
            listening = asyncio.create_task(phone.listen())
            await phone.call(**parameters)
            yield phone
            await connection.close()
            await listening


@asynccontextmanager
async def bridging(url: str, *arguments: str, **environment: str) -> AsyncIterator[Bridge]:
    """A bridge to a Realtime server; ended by SIGTERM, it must have nothing to complain of."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "always", str(BRIDGE), "--url", url, "--port", "0", *arguments),
        env=os.environ | environment,
        stderr=asyncio.subprocess.PIPE,
    )
    bridge = Bridge(process)
    try:
        bridge.url = (await bridge.until("calls are taken at")).split()[-1]
        yield bridge
        with suppress(ProcessLookupError):
            process.terminate()
        _, rest = await process.communicate()
        said = "".join(bridge.said) + rest.decode()
        assert process.returncode == 0, said
        assert "Traceback" not in said
        assert "Warning" not in said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def calling(url: str, *arguments: str, **environment: str) -> AsyncIterator[Phone]:
    """A call by way of a bridge of its own to a Realtime server."""
    async with bridging(url, *arguments, **environment) as bridge, bridge.called() as phone:
        yield phone
