"""What an attack costs the others: memory of idle sessions, and the wait while a client floods.

    python -m benchmarks.attacks [--sessions 200] [--seconds 5] [-- SERVE ARGUMENTS]

An innocent session from 127.0.0.2 asks something small every 20 ms and times the answer.  Meanwhile
another client, from 127.0.0.1, does its worst; the first line is what is waited when it does not.
The generator shares the machine, and a message of 20 MB costs it as much time as the server.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import websockets

from benchmarks.served import Served, served

FAKES = ["--set", "ears=fake", "--set", "mind=fake", "--set", "voice=fake", "--set", "vad=fake"]
ASK = json.dumps({"type": "input_audio_buffer.commit"})  # of nothing: one small error
LARGE = 16_000_000

Attack = Callable[[str], Awaitable[None]]


def members() -> str:
    """A response with a tool of 10^6 members."""
    schema = "{" + ",".join(f'"k{number}":{number}' for number in range(1_000_000)) + "}"
    tool = f'{{"type":"function","name":"f","parameters":{schema}}}'
    return f'{{"type":"response.create","response":{{"tools":[{tool}]}}}}'


def text(piece: str) -> str:
    """An item of 16 MB of text."""
    content = [{"type": "input_text", "text": piece * (LARGE // len(json.dumps(piece)[1:-1]))}]
    item = {"type": "message", "role": "user", "content": content}
    return json.dumps({"type": "conversation.item.create", "item": item})


def saying(message: str, pause: float = 0.2) -> Attack:
    """Says it again and again, and reads what is answered."""

    async def attack(url: str) -> None:
        async with websockets.connect(url, max_size=None) as client:
            reading = asyncio.create_task(_read(client))
            try:
                while True:
                    await client.send(message)
                    await asyncio.sleep(pause)
            finally:
                reading.cancel()

    return attack


async def _read(client: websockets.ClientConnection) -> None:
    async for _ in client:
        pass


async def connecting(url: str) -> None:
    """Connects as often as it can, and goes."""

    async def again() -> None:
        while True:
            try:
                async with websockets.connect(url):
                    pass
            except (OSError, websockets.WebSocketException):
                continue

    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(again())


async def idling(_: str) -> None:
    """Does nothing."""
    await asyncio.Event().wait()


def attacks() -> dict[str, Attack]:
    """By name; the first is none."""
    update = json.dumps({"type": "session.update", "session": {"type": "realtime"}})
    return {
        "nothing": idling,
        "a message of 10^6 members": saying(members()),
        "an item of 16 MB of commas": saying(text(",")),
        "an item of 16 MB of escapes": saying(text('"')),
        "session.update, 1,000 a second": saying(update, 0.001),
        "connects, as many as can be": connecting,
    }


async def waits(url: str, attack: Attack, seconds: float) -> list[float]:
    """Milliseconds the innocent session waits for its answers, sorted."""
    waited = []
    async with websockets.connect(url, local_addr=("127.0.0.2", 0)) as innocent:
        attacking = asyncio.create_task(_elsewhere(attack, url))
        await asyncio.sleep(0.5)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            begun = time.perf_counter()
            await innocent.send(ASK)
            while json.loads(await innocent.recv())["type"] != "error":
                pass
            waited.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(0.02)
        attacking.cancel()
        await asyncio.gather(attacking, return_exceptions=True)
    return sorted(waited)


async def _elsewhere(attack: Attack, url: str) -> None:
    """In a thread with a loop of its own, so that the innocent's clock is disturbed little."""
    stop = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    tasks: list[asyncio.Task[None]] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        tasks.append(asyncio.ensure_future(attack(url)))
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = asyncio.create_task(asyncio.to_thread(asyncio.run, run()))
    try:
        await stop.wait()
    finally:
        loops[0].call_soon_threadsafe(tasks[0].cancel)
        await thread


async def idle(server: Served, url: str, sessions: int) -> float:
    """Kilobytes of memory that an idle session takes."""
    clients = [await websockets.connect(url) for _ in range(10)]  # what is loaded at first use
    before = server.rss_mb()[0]
    clients += [await websockets.connect(url) for _ in range(sessions)]
    for client in clients:
        await client.recv()
    taken = (server.rss_mb()[0] - before) * 1000 / sessions
    for client in clients:
        await client.close()
    return taken


async def measure(server: Served, sessions: int, seconds: float) -> None:
    url = server.url.replace("http", "ws", 1) + "/realtime?model=bench"
    print(f"idle session: {await idle(server, url, sessions):.0f} kB")
    print(f"{'wait, ms':34} {'p50':>8} {'p99':>8} {'max':>8}")
    for name, attack in attacks().items():
        times = await waits(url, attack, seconds)
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        print(f"{name:34} {p50:8.2f} {p99:8.2f} {times[-1]:8.2f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("serve", nargs="*")
    arguments = parser.parse_args(sys.argv[1:])
    with served(*FAKES, *arguments.serve) as under_attack:
        asyncio.run(measure(under_attack, arguments.sessions, arguments.seconds))
