"""What calls over WebRTC cost, beside aiortc as their client.

    python -m benchmarks.calls [--calls 10] [--seconds 10] [--opened 200]

First `--opened` calls are opened and closed, ten at a time, and what is left of them is told: file
descriptors, threads, memory.  Then `--calls` at a time are open for `--seconds`: quiet, and with
speech in both directions.  Engines are fake; CPU is the server's own, without its client's.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from benchmarks.served import Served, served
from recordings import read
from transports.webrtc.caller import WebRTCCaller, calling

ENGINES = ("--ears", "fake", "--mind", "fake", "--voice", "fake")
LONG = " ".join(["There is a lot to say about this, and so it takes a while."] * 20)
TEN = 10


@asynccontextmanager
async def several(url: str, count: int) -> AsyncIterator[list[WebRTCCaller]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(calling(url)) for _ in range(count)]


def left(server: Served) -> str:
    pid = server.processes()[0]
    files, threads = (len(os.listdir(f"/proc/{pid}/{name}")) for name in ("fd", "task"))
    return f"{files} files, {threads} threads, {server.rss_mb()[0]:.0f} MB"


async def open_and_close(server: Served, count: int) -> None:
    async with several(server.url, 1):
        pass
    print(f"after the first call: {left(server)}")
    before, begun = server.cpu_s()[0], time.perf_counter()
    for _ in range(0, count, TEN):
        async with several(server.url, TEN):
            pass
    took = time.perf_counter() - begun
    cpu = (server.cpu_s()[0] - before) / count * 1000
    await asyncio.sleep(1)  # for the last goodbyes
    print(f"after {count} more in {took:.0f} s: {left(server)}; {cpu:.0f} ms of CPU each")


async def first_sound(server: Served) -> None:
    """From sending the offer, and from asking for an answer, to its sound."""
    connected, sounded = [], []
    for _ in range(5):
        begun = time.perf_counter()
        async with calling(server.url) as caller:
            connected.append(time.perf_counter() - begun)
            caller.send({"type": "response.create"})
            await caller.hears(loud=1)
            sounded.append(time.perf_counter() - begun)
    told = ", ".join(f"{median(each) * 1000:.0f} ms" for each in (connected, sounded))
    print(f"offer to session.created, and to the first sound of an answer asked for then: {told}")


async def cost(server: Served, count: int, seconds: float) -> None:
    before = server.rss_mb()[0]
    async with several(server.url, count) as callers:
        memory = (server.rss_mb()[0] - before) / count
        for what in ("quiet", "speech both ways"):
            if what != "quiet":
                speech = read("jfk")
                for caller in callers:
                    caller.send({"type": "session.update", "session": POLITE})
                    caller.send({"type": "response.create"})
                    caller.mouth.say(speech)
            used = server.cpu_s()[0]
            begun = time.perf_counter()
            await asyncio.sleep(seconds)
            used, took = server.cpu_s()[0] - used, time.perf_counter() - begun
            each = used / count / took * 1000
            print(f"{count} calls, {what}: {each:.1f} ms of CPU per second of a call, ", end="")
            print(f"{1000 / each:.0f} calls per core")
        print(f"{memory:.1f} MB per call")


POLITE = {
    "type": "realtime",
    "audio": {"input": {"turn_detection": {"type": "server_vad", "interrupt_response": False}}},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--opened", type=int, default=200)
    asked = parser.parse_args()
    with served(*ENGINES, "--set", f"mind.text={LONG}") as server:
        asyncio.run(first_sound(server))
        asyncio.run(cost(server, asked.calls, asked.seconds))
        asyncio.run(open_and_close(server, asked.opened))


if __name__ == "__main__":
    main()
