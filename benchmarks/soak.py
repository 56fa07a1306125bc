"""Whether a server stays as it was: hours of sessions, and what is left of them.

    python -m benchmarks.soak [--minutes 20] [--sessions 100]

Sessions with fake engines take turns, spoken and written, break into answers, leave with and
without a farewell and come again.  Memory is sampled every five seconds; the first fifth of the
time is for warming up.  It fails (status 1) where memory grows by more than 5 MB after that, or
where tasks or file descriptors are left when everybody has gone.  "first sound" is from the end
of what the client says to the first audio of the answer: 500 ms of silence are waited for first
where it was spoken.
"""

import argparse
import asyncio
import base64
import json
import random
import sys
import time
from collections import Counter

import numpy as np
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.observed import Figures, Observed, observed
from benchmarks.sound import faint_noise, speech

MOST_GROWTH_MB = 5.0
SAMPLE_S = 5.0
WARM_UP = 0.2  # of the whole time
PATIENCE_S = 30.0
CHUNK_MS = 100
SETTINGS = ("server.drain_s=0",)


def _message(kind: str, **members: object) -> bytes:
    return json.dumps({"type": kind, **members}).encode()


def _appends(sound: bytes) -> list[bytes]:
    """The messages that bring it, chunk by chunk."""
    size = CHUNK_MS * 48
    chunks = [sound[begin : begin + size] for begin in range(0, len(sound), size)]
    encoded = [base64.b64encode(chunk).decode() for chunk in chunks]
    return [_message("input_audio_buffer.append", audio=each) for each in encoded]


SPEECH, SILENCE = _appends(speech(1.0)), _appends(faint_noise(1.0))
CREATE, CANCEL = _message("response.create"), _message("response.cancel")
ITEM = _message(
    "conversation.item.create",
    item={
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "What do you say to this?"}],
    },
)
UPDATE = _message("session.update", session={"type": "realtime", "instructions": "Be brief."})


class Visitor(WSListener):  # type: ignore[misc]
    """One client's connection; it tells events by their type alone."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._wanted = ""
        self._came = asyncio.Event()
        self.begun = 0.0
        self.first_sound_s: float | None = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        begin = payload.find(b'"type":"') + 8
        kind = payload[begin : payload.find(b'"', begin)].decode()
        self._counts[kind] += 1
        if kind == "response.output_audio.delta" and self.first_sound_s is None:
            self.first_sound_s = time.perf_counter() - self.begun
        if kind == self._wanted:
            self._came.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._came.set()

    def want(self, kind: str) -> None:
        """Say what is waited for, before anything is said that may bring it."""
        self._wanted = kind
        self._came.clear()
        self.begun = time.perf_counter()
        self.first_sound_s = None

    async def come(self) -> None:
        await asyncio.wait_for(self._came.wait(), PATIENCE_S)


class Crowd:
    """Sessions without end against one server."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/realtime?model=soak"
        self.over = False
        self.counts: Counter[str] = Counter()
        self.spoken_s: list[float] = []
        self.written_s: list[float] = []

    async def visit(self, seed: int) -> None:
        """Come, take some turns and leave, again and again, until all is over.

        Nothing is cancelled: a connection that is broken off while it is made would stay.
        """
        dice = random.Random(seed)
        await asyncio.sleep(dice.uniform(0, 3))
        while not self.over:
            transport, visitor = await ws_connect(lambda: Visitor(self.counts), self._url)
            transport.send(WSMsgType.TEXT, UPDATE)
            for _ in range(dice.randint(1, 12)):
                if self.over:
                    break
                await self._turn(transport, visitor, dice)
                await asyncio.sleep(dice.uniform(1, 5))
            if dice.random() < 0.3:
                transport.send(WSMsgType.TEXT, CREATE)  # and does not wait for the answer
            transport.disconnect(graceful=dice.random() < 0.5)
            self.counts["visits"] += 1

    async def leave(self, visits: list[asyncio.Task[None]]) -> None:
        """Let everybody finish the turn, and go."""
        self.over = True
        await asyncio.gather(*visits)
        self.over = False

    async def _turn(self, transport: WSTransport, visitor: Visitor, dice: random.Random) -> None:
        visitor.want("response.done")
        if spoken := dice.random() < 0.5:
            for part in (SPEECH, SILENCE):
                visitor.begun = time.perf_counter()
                for chunk in part:
                    transport.send(WSMsgType.TEXT, chunk)
                    await asyncio.sleep(CHUNK_MS / 1000)
        else:
            transport.send(WSMsgType.TEXT, ITEM)
            transport.send(WSMsgType.TEXT, CREATE)
            if dice.random() < 0.3:
                transport.send(WSMsgType.TEXT, CANCEL)
        await visitor.come()
        if visitor.first_sound_s is not None:
            (self.spoken_s if spoken else self.written_s).append(visitor.first_sound_s)


def slope(samples: list[tuple[float, float]]) -> float:
    """Least squares through (seconds, MB): MB an hour."""
    if len(samples) < 2:
        return 0.0
    times, sizes = np.array(samples).T
    return float(np.polyfit(times, sizes, 1)[0]) * 3600


def growth(samples: list[tuple[float, float]]) -> float:
    """MB between the first and the last fifth of them, by their medians."""
    fifth = max(1, len(samples) // 5)
    sizes = [size for _, size in samples]
    return float(np.median(sizes[-fifth:]) - np.median(sizes[:fifth]))


def verdict(samples: list[tuple[float, float]], before: Figures, after: Figures) -> list[str]:
    """What is wrong, in words; nothing, if all is well."""
    found = []
    if (grown := growth(samples)) > MOST_GROWTH_MB:
        found.append(f"memory has grown by {grown:.1f} MB, more than {MOST_GROWTH_MB:g}")
    for name in ("tasks", "fds"):
        left = getattr(after, name) - getattr(before, name)
        if left > 0:
            found.append(f"{left} {name} are left")
    return found


async def settle(server: Observed, before: Figures) -> Figures:
    """The figures once everybody has gone; what takes longer than ten seconds has leaked."""
    for _ in range(20):
        await asyncio.sleep(0.5)
        after = server.figures()
        if after.tasks <= before.tasks and after.fds <= before.fds:
            break
    return after


async def soak(server: Observed, sessions: int, seconds: float) -> bool:
    """Run, and report; whether all is well."""
    crowd = Crowd(server.url)
    first = asyncio.create_task(crowd.visit(0))  # makes what is made but once
    await asyncio.sleep(8)
    await crowd.leave([first])
    before = await settle(server, Figures(0, 0, 0, 0))
    visits = [asyncio.create_task(crowd.visit(seed)) for seed in range(sessions)]
    samples: list[tuple[float, float]] = []
    begin = time.monotonic()
    while (now := time.monotonic() - begin) < seconds:
        await asyncio.sleep(min(SAMPLE_S, seconds - now + 0.01))
        if now >= seconds * WARM_UP:
            figures = await asyncio.to_thread(server.figures)
            samples.append((time.monotonic() - begin, figures.rss_mb))
        for visit in visits:
            if visit.done():
                visit.result()
    await crowd.leave(visits)
    report(crowd, samples, before, after := await settle(server, before))
    found = verdict(samples, before, after)
    sys.stdout.write("".join(f"FAILED: {each}\n" for each in found))
    return not found


def report(
    crowd: Crowd, samples: list[tuple[float, float]], before: Figures, after: Figures
) -> None:
    counts = crowd.counts
    sizes = [size for _, size in samples]
    lines = [
        f"visits {counts['visits']}   responses {counts['response.done']}   "
        f"errors {counts['error']}",
        f"RSS      {before.rss_mb:.1f} MB before, {sizes[0]:.1f} warm, {sizes[-1]:.1f} at the end, "
        f"{after.rss_mb:.1f} when all had gone",
        f"growth   {growth(samples):+.1f} MB after warming up, {slope(samples):+.1f} MB/h",
    ]
    for name in ("tasks", "threads", "fds"):
        lines.append(f"{name:8} {getattr(before, name)} before, {getattr(after, name)} after")
    for name, found in (("spoken", crowd.spoken_s), ("written", crowd.written_s)):
        if found:
            p50, p99 = np.percentile(found, [50, 99]) * 1000
            lines.append(f"first sound, {name}: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--sessions", type=int, default=100)
    given = parser.parse_args()
    with observed(*SETTINGS) as server:
        well = asyncio.run(soak(server, given.sessions, given.minutes * 60))
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
