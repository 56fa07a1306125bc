"""What a session keeps of the server's memory, and whether it gives it back.

    python -m benchmarks.memory [--sessions 500] [--rounds 2]

Sessions with fake engines come and do nothing, say something each, and leave.  "idle" is what a
session takes that has only been greeted; "after a turn" is one that has heard a second of speech
and answered it, with the history of both.  It fails (status 1) where an idle session takes more
than 0.25 MB, or where more than 0.05 MB of each is left when all have gone: Python's own allocator
gives a megabyte back only when nothing at all is left in it.  What a second round leaves on top of
the first is a leak.
"""

import argparse
import asyncio
import sys

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.observed import Observed, observed
from benchmarks.soak import SILENCE, SPEECH

MOST_IDLE_MB = 0.25
MOST_LEFT_MB = 0.05  # of each session
AT_ONCE = 20  # that come, or speak, at a time
PATIENCE_S = 60.0
SETTINGS = ("server.drain_s=0", "server.max_lag_ms=0", "server.connects_per_s=0")


class Guest(WSListener):  # type: ignore[misc]
    """One client; tells when an event of the type it waits for has come."""

    def __init__(self) -> None:
        self._kind = b'"session.created"'
        self._came = asyncio.Event()
        self.gone = asyncio.Event()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if self._kind in frame.get_payload_as_bytes()[:200]:
            self._came.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._came.set()
        self.gone.set()

    async def come(self) -> None:
        """Wait until it has."""
        await asyncio.wait_for(self._came.wait(), PATIENCE_S)

    async def speak(self, transport: WSTransport) -> None:
        """Take a turn: sound sent faster than it was spoken, and the whole answer."""
        self._kind = b'"response.done"'
        self._came.clear()
        for chunk in (*SPEECH, *SILENCE):
            transport.send(WSMsgType.TEXT, chunk)
        await self.come()


Place = tuple[WSTransport, Guest]


async def enter(url: str) -> Place:
    """A session that was greeted."""
    transport, guest = await ws_connect(Guest, url)
    await guest.come()
    return transport, guest


async def leave(place: Place) -> None:
    transport, guest = place
    transport.disconnect()
    await guest.gone.wait()


async def crowd(url: str, sessions: int) -> list[Place]:
    places: list[Place] = []
    while len(places) < sessions:
        coming = [enter(url) for _ in range(min(AT_ONCE, sessions - len(places)))]
        places += await asyncio.gather(*coming)
    return places


async def everybody_speaks(places: list[Place]) -> None:
    for begin in range(0, len(places), AT_ONCE):
        few = places[begin : begin + AT_ONCE]
        await asyncio.gather(*(guest.speak(transport) for transport, guest in few))


async def emptied(server: Observed, enough_mb: float) -> float:
    """Memory once everybody has gone, in MB; giving it back may take ten seconds."""
    for _ in range(20):
        await asyncio.sleep(0.5)
        figures = server.figures()
        if figures.tasks <= 1 and figures.rss_mb <= enough_mb:
            break
    return figures.rss_mb


async def visit(
    server: Observed, sessions: int, enough_mb: float = 0.0
) -> tuple[float, float, float]:
    """MB of the server: with so many idle, after a turn each, and without them."""
    url = server.url.replace("http", "ws", 1) + "/realtime?model=memory"
    places = await crowd(url, sessions)
    idle = server.figures().rss_mb
    await everybody_speaks(places)
    used = server.figures().rss_mb
    await asyncio.gather(*(leave(place) for place in places))
    return idle, used, await emptied(server, enough_mb)


async def measure(server: Observed, sessions: int, rounds: int) -> bool:
    """Report; whether all is well."""
    ready = server.figures().rss_mb
    _, _, before = await visit(server, 1)  # makes what is made but once
    _say(f"ready {ready:.1f} MB, after a first session {before:.1f} MB\n")
    _say("sessions   idle   a session   after a turn   a session   all gone   of before\n")
    well, enough = True, before + MOST_LEFT_MB * sessions
    for _ in range(rounds):
        idle, used, left = await visit(server, sessions, enough)
        each, busy = (idle - before) / sessions, (used - before) / sessions
        _say(
            f"{sessions:8} {idle:6.1f} {each:9.3f} MB {used:14.1f} {busy:8.3f} MB {left:10.1f} "
            f"{left / before:10.0%}\n"
        )
        well = well and each <= MOST_IDLE_MB and left <= enough
    return well


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    with observed(*SETTINGS) as server:
        well = asyncio.run(measure(server, given.sessions, given.rounds))
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
