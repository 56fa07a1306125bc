"""A caller: aiortc as a client would use it, and a clock-true microphone and ear for tests."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from fractions import Fraction
from typing import Any

import aioice.ice
import httpx2
import numpy as np
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler
from numpy.typing import NDArray

from recordings import RATE, Samples

FRAME = RATE // 50
PATIENCE_S = 20
LOUD = 300  # of 32768, root mean square


class Mouth(MediaStreamTrack):
    """Sends what it is given to say, and silence otherwise, in real time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.sound = np.zeros(0, np.int16)
        self.silent = asyncio.Event()
        self._clock = asyncio.get_running_loop().time
        self._begun: float | None = None
        self._frames = 0

    def say(self, sound: Samples) -> None:
        self.sound = np.concatenate([self.sound, sound])
        self.silent.clear()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        self._begun = self._begun or self._clock()
        await asyncio.sleep(self._begun + self._frames / 50 - self._clock())
        piece, self.sound = self.sound[:FRAME], self.sound[FRAME:]
        if not len(self.sound):
            self.silent.set()
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(np.pad(piece, (0, FRAME - len(piece))).astype("<i2").tobytes())
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = self._frames * FRAME
        self._frames += 1
        return frame


class WebRTCCaller:
    """A call: events as they come, the sound that was heard, and what can be said."""

    def __init__(self, codec: str = "opus") -> None:
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.mouth = Mouth()
        self.events: list[dict[str, Any]] = []
        self.frames_before: list[int] = []  # how many there were when an event came
        self.heard: list[Samples] = []  # 20 ms each, at 24 kHz
        self.call_id = ""
        self.closed = asyncio.Event()
        self._told = asyncio.Condition()
        self._listening: asyncio.Task[None] | None = None
        transceiver = self.peer.addTransceiver(self.mouth, "sendrecv")
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences([each for each in codecs if each.name == codec])
        self.channel = self.peer.createDataChannel("oai-events")
        self.channel.on("message", self._take)
        self.channel.on("close", self.closed.set)
        self.peer.on("track", self._listen)

    async def offer(self) -> str:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return self.peer.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def close(self) -> None:
        await self.peer.close()
        if self._listening is not None:
            await self._listening

    def send(self, event: dict[str, Any] | str | bytes) -> None:
        self.channel.send(json.dumps(event) if isinstance(event, dict) else event)

    async def until(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The last of `count` events of a kind."""
        found = await self._when(lambda: self.all(kind)[count - 1 : count], kind)
        event: dict[str, Any] = found[0]
        return event

    async def hears(self, loud: int) -> None:
        """Wait until there is sound in so many frames."""
        await self._when(lambda: [True] if sum(self.loud) >= loud else [], "sound")

    async def listens(self, frames: int) -> None:
        """Wait for so many frames more, whatever is in them."""
        until = len(self.heard) + frames
        await self._when(lambda: [True] if len(self.heard) >= until else [], "frames")

    def frame_of(self, kind: str) -> int:
        """How many frames were heard when the first event of a kind came."""
        kinds = [event["type"] for event in self.events]
        return self.frames_before[kinds.index(kind)]

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def loud(self) -> list[bool]:
        """Of each 20 ms heard, whether there is sound in it."""
        return [level(frame) > LOUD for frame in self.heard]

    @property
    def loud_ms(self) -> int:
        """How long there was sound, to 5 ms: frames begin and end within it."""
        sound = np.concatenate([*self.heard, np.zeros(0, np.int16)])
        pieces = sound[: len(sound) // 120 * 120].reshape(-1, 120)
        return 5 * sum(level(piece) > LOUD for piece in pieces)

    async def _when(self, look: Callable[[], list[Any]], what: str) -> list[Any]:
        try:
            async with asyncio.timeout(PATIENCE_S), self._told:
                await self._told.wait_for(look)
        except TimeoutError:
            kinds = [event["type"] for event in self.events]
            raise AssertionError(f"no {what} after {kinds} and {len(self.heard)} frames") from None
        return look()

    async def _notify(self) -> None:
        async with self._told:
            self._told.notify_all()

    def _take(self, message: str) -> None:
        self.events.append(json.loads(message))
        self.frames_before.append(len(self.heard))
        self._noted = asyncio.ensure_future(self._notify())

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                for part in resampler.resample(frame):
                    self.heard.append(part.to_ndarray()[0].astype(np.int16))
                await self._notify()
        except MediaStreamError:
            pass


def level(samples: NDArray[np.int16]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(samples.astype(float) ** 2))) if len(samples) else 0.0


@contextmanager
def on_loopback() -> Iterator[None]:
    """Callers at 127.0.0.1, which aioice leaves out."""
    before = aioice.ice.get_host_addresses
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    try:
        yield
    finally:
        aioice.ice.get_host_addresses = before


@asynccontextmanager
async def calling(
    url: str,
    key: str = "any",
    *,
    codec: str = "opus",
    session: dict[str, Any] | None = None,
    path: str = "/realtime/calls",
    verify: ssl.SSLContext | bool = True,
) -> AsyncIterator[WebRTCCaller]:
    """A call by a server's base URL, from its session.created to its end."""
    with on_loopback():
        caller = WebRTCCaller(codec)
        try:
            offer = await caller.offer()
            async with httpx2.AsyncClient(verify=verify) as client:
                answer = await post_offer(client, url + path, offer, key, session)
            assert answer.status_code == 201, answer.text
            caller.call_id = answer.headers["location"].rpartition("/")[2]
            await caller.accept(answer.text)
            await caller.until("session.created")
            yield caller
        finally:
            await caller.close()


async def post_offer(
    client: httpx2.AsyncClient,
    url: str,
    offer: str,
    key: str,
    session: dict[str, Any] | None = None,
    headers: Iterable[tuple[str, str]] = (),
) -> httpx2.Response:
    """Ask for a call, by a form where a session is given."""
    bearer = {"Authorization": f"Bearer {key}", **dict(headers)}
    if session is None:
        body = {"content": offer, "headers": bearer | {"Content-Type": "application/sdp"}}
        return await client.post(url, **body)  # type: ignore[arg-type]
    parts = {
        "sdp": (None, offer, "application/sdp"),
        "session": (None, json.dumps(session), "application/json"),
    }
    return await client.post(url, files=parts, headers=bearer)
