"""Sessions that talk for as long as they may, and when their turns were heard to be over.

A turn that is told to be over more than two and a half seconds late is taken for the next one.
"""

import asyncio
import base64
import json
import os
from collections import Counter
from typing import NamedTuple

import numpy as np
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.served import Served
from benchmarks.sound import faint_noise, speech

CHUNK_MS = 20


def messages() -> list[bytes]:
    """One cycle of what a session sends, chunk by chunk."""
    sound = speech(1.0) + faint_noise(2.0)
    size = CHUNK_MS * 48
    chunks = [sound[begin : begin + size] for begin in range(0, len(sound), size)]
    return [
        json.dumps(
            {"type": "input_audio_buffer.append", "audio": base64.b64encode(chunk).decode()}
        ).encode()
        for chunk in chunks
    ]


CYCLE = messages()
CHUNK_S = CHUNK_MS / 1000
CYCLE_S = len(CYCLE) * CHUNK_S
GOLDEN = 0.618  # spreads any number of sessions over a cycle
SPEECH_S, SILENCE_S = 1.0, 0.5  # of a cycle; and after which a turn is over


class Told(NamedTuple):
    """A turn was over: when that was told, and how long after it was."""

    at: float
    late_s: float


class Talker(WSListener):  # type: ignore[misc]
    """One client, speaking from `begin` on in chunks of 20 ms: a second of speech, two of noise."""

    def __init__(self, crowd: "Talkers", begin: float) -> None:
        self._crowd = crowd
        self._begin = begin
        self._counts_from = crowd.now() + CYCLE_S  # it may have begun in the middle of a word
        self.leaves = False

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        now = self._crowd.now()
        payload = frame.get_payload_as_bytes()
        begin = payload.find(b'"type":"') + 8
        kind = payload[begin : payload.find(b'"', begin)].decode()
        self._crowd.counts[kind] += 1
        if kind == "input_audio_buffer.speech_stopped" and now > self._counts_from:
            over = (now - self._begin - SPEECH_S - SILENCE_S) % CYCLE_S
            self._crowd.told.append(Told(now, over))
        elif kind == "error":
            self._crowd.errors[json.loads(payload)["error"]["code"]] += 1

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._crowd.lost += not self.leaves


class Talkers:
    """Everybody inside; to be left by `leave`."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/realtime?model=bench"
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self.now = self._loop.time
        self.told: list[Told] = []
        self.late_s: list[float] = []  # the generator's own
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.lost = 0
        self.entered = 0

    @property
    def inside(self) -> int:
        return len(self._tasks)

    async def enter(self, sessions: int, every_s: float = 0.01) -> None:
        """So many more, each somewhere else within its three seconds."""
        for _ in range(sessions):
            self.entered += 1
            begin = self.now() - CYCLE_S * (self.entered * GOLDEN % 1)
            talker = Talker(self, begin)
            transport, _ = await ws_connect(lambda one=talker: one, self._url)
            self._tasks.append(asyncio.create_task(self._talk(transport, talker, begin)))
            await asyncio.sleep(every_s)

    async def leave(self, sessions: int | None = None) -> None:
        """Those who have been there the longest, or all."""
        leaving, self._tasks = self._tasks[:sessions], self._tasks[len(self._tasks[:sessions]) :]
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)

    async def _talk(self, transport: WSTransport, talker: Talker, begin: float) -> None:
        sent = int((self.now() - begin) / CHUNK_S)
        try:
            while True:
                due = begin + (sent + 1) * CHUNK_S
                await asyncio.sleep(max(due - self.now(), 0))
                self.late_s.append(self.now() - due)
                transport.send(WSMsgType.TEXT, CYCLE[sent % len(CYCLE)])
                sent += 1
        finally:
            talker.leaves = True
            transport.disconnect()

    def stopped_ms(self, begin: float) -> tuple[int, float, float]:
        """Turns told to be over since then: how many, and the lag's median and 99th percentile."""
        lags = [1000 * told.late_s for told in self.told if told.at >= begin]
        if not lags:
            return 0, 0.0, 0.0
        p50, p99 = np.percentile(lags, [50, 99])
        return len(lags), float(p50), float(p99)

    def late_ms(self) -> float:
        """How late the generator itself was, at the 99th percentile, since it was last asked."""
        late, self.late_s = self.late_s, []
        return 1000 * float(np.percentile(late, 99)) if late else 0.0


def apart(server: Served) -> None:
    """The server on one core, and its clients on the others, where there are others."""
    first, *others = sorted(os.sched_getaffinity(0))
    if others:
        os.sched_setaffinity(server.processes()[0], {first})
        os.sched_setaffinity(0, others)
