"""What a session costs: CPU milliseconds of the server for each second of each session.

    python -m benchmarks.sessions [--sessions 1 16 64] [--seconds 10] [--ears fake] [--voice fake]

Each session sends 20 ms chunks in real time and talks a third of it: a second of speech, two of
faint noise, and an answer every time.  Sessions are shifted against one another.  The generator
tells its own lateness; a run with chunks later than half a chunk at the 99th percentile is void.
"""

import argparse
import asyncio
import base64
import json
import random
import sys
from collections import Counter

import numpy as np
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.served import Served, served
from benchmarks.sound import faint_noise, speech

CHUNK_MS = 20
WARM_UP_S = 3.0


def messages() -> list[bytes]:
    """One cycle of what a session sends."""
    sound = speech(1.0) + faint_noise(2.0)
    size = CHUNK_MS * 48
    chunks = [sound[begin : begin + size] for begin in range(0, len(sound), size)]
    return [
        json.dumps(
            {"type": "input_audio_buffer.append", "audio": base64.b64encode(chunk).decode()}
        ).encode()
        for chunk in chunks
    ]


class Counting(WSListener):  # type: ignore[misc]
    """Counts events by type."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        begin = payload.find(b'"type":"') + 8
        self._counts[payload[begin : payload.find(b'"', begin)].decode()] += 1


class Load:
    """Paced sessions against one server."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/realtime?model=bench"
        self._cycle = messages()
        self.events: Counter[str] = Counter()
        self.late_s: list[float] = []

    async def session(self, phase: float) -> None:
        """Send until cancelled."""
        transport, _ = await ws_connect(lambda: Counting(self.events), self._url)
        loop = asyncio.get_running_loop()
        begin, sent = loop.time() + phase * CHUNK_MS / 1000, int(phase * len(self._cycle))
        due = begin
        try:
            while True:
                due += CHUNK_MS / 1000
                await asyncio.sleep(max(due - loop.time(), 0))
                self.late_s.append(loop.time() - due)
                transport.send(WSMsgType.TEXT, self._cycle[sent % len(self._cycle)])
                sent += 1
        finally:
            transport.disconnect()

    async def run(self, server: Served, sessions: int, seconds: float) -> str:
        """A row of the table."""
        phases = random.Random(0).sample(range(sessions), sessions)
        tasks = [asyncio.create_task(self.session(phase / sessions)) for phase in phases]
        await asyncio.sleep(WARM_UP_S)
        self.events.clear()
        self.late_s.clear()
        before, begin = server.cpu_s(), asyncio.get_running_loop().time()
        await asyncio.sleep(seconds)
        after, end = server.cpu_s(), asyncio.get_running_loop().time()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        spent = (end - begin) * sessions
        main, workers = (1000 * (b - a) / spent for a, b in zip(before, after, strict=True))
        late = 1000 * float(np.percentile(self.late_s, 99))
        turns = self.events["input_audio_buffer.committed"]
        answers = self.events["response.done"]
        void = "   void: the generator was late" if late > CHUNK_MS / 2 else ""
        return (
            f"{sessions:8} {main:9.2f} {workers:9.2f} {turns / spent:11.2f} "
            f"{answers / spent:11.2f} {sum(server.rss_mb()):9.0f} {late:9.1f}{void}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--ears", default="fake")
    parser.add_argument("--mind", default="fake")
    parser.add_argument("--voice", default="fake")
    given = parser.parse_args()
    engines = ["--ears", given.ears, "--mind", given.mind, "--voice", given.voice]
    sys.stdout.write(
        "sessions    server   workers     turns/s   answers/s    RSS MB   late p99\n"
        "             ms/ss     ms/ss   a session   a session                 ms\n"
    )
    for sessions in given.sessions:
        with served(*engines) as server:
            row = asyncio.run(Load(server.url).run(server, sessions, given.seconds))
        sys.stdout.write(row + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
