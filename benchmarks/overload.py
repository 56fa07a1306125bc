"""What becomes of those inside, and of those who come, when a server has no room left.

    python -m benchmarks.overload [--sessions 100] [--more 100] [--seconds 15]

"full" is a server with `server.max_sessions`: all places are taken, then more come.  In "behind"
clients come, ten a second, until the server refuses one for `server.max_lag_ms`; then more come.
"no limit" is as many as were inside and half as many again, all let in.  With `--apart` the server
has a core of its own.  Lags are from the end of the silence to speech_stopped, before others came
and meanwhile.  It fails (status 1) where a refusal is anything but a 503 with `Retry-After` and
the API's error, where a full server lets somebody in (one that was behind may have caught up), or
where somebody inside was lost or told of an error.
"""

import argparse
import asyncio
import base64
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import h11
import msgspec
from picows import WSInvalidStatusError

from benchmarks.served import served
from benchmarks.talkers import Talkers, apart

FAKES = ("--ears", "fake", "--mind", "fake", "--voice", "fake")
FREE = ("--set", "server.connects_per_s=0", "--log-level", "error")
KNOCKS_PER_S = 20
MOST = 2000
WARM_UP_S = 4.0
OPTIONS = argparse.Namespace()


@contextmanager
def serving(*settings: str) -> Iterator[str]:
    """A server with fake engines; its base URL."""
    with served(*FAKES, *FREE, *settings) as server:
        if OPTIONS.apart:
            apart(server)
        yield server.url


async def knock(url: str) -> str:
    """Ask for one more session: "clean" for a refusal as it should be, else what came."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    reader, writer = await asyncio.open_connection(host, port)
    client = h11.Connection(h11.CLIENT)
    headers = [
        *(("Host", host), ("Connection", "Upgrade"), ("Upgrade", "websocket")),
        *(("Sec-WebSocket-Version", "13"),),
        ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()),
    ]
    asked = h11.Request(method="GET", target="/v1/realtime?model=bench", headers=headers)
    writer.write((client.send(asked) or b"") + (client.send(h11.EndOfMessage()) or b""))
    answer, body = None, b""
    try:
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                client.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                answer = event
                if isinstance(event, h11.InformationalResponse):
                    return "let in"
    except (OSError, h11.RemoteProtocolError) as error:
        return f"broken off: {error}"
    finally:
        writer.close()
    return judge(answer, body)


def judge(answer: h11.Response, body: bytes) -> str:
    headers = dict(answer.headers)
    error = msgspec.json.decode(body)["error"]
    if answer.status_code == 503 and int(headers.get(b"retry-after", 0)) > 0:
        return "clean" if error["code"] == "server_overloaded" else str(error["code"])
    return f"{answer.status_code} {error['code']}"


async def knocks(url: str, times: int) -> Counter[str]:
    """So many come, one after the other."""
    found: Counter[str] = Counter()
    for _ in range(times):
        found[await knock(url)] += 1
        await asyncio.sleep(1 / KNOCKS_PER_S)
    return found


class Row:
    """What was seen of one server; written as it is known."""

    def __init__(self, name: str, crowd: Talkers, *, may_catch_up: bool = False) -> None:
        self._name = name
        self._crowd = crowd
        self._fine = {"clean", "let in"} if may_catch_up else {"clean"}
        self._text = ""
        self.well = True

    def lag(self, begin: float) -> None:
        turns, p50, p99 = self._crowd.stopped_ms(begin)
        self._text += f" {turns:8} {p50:7.0f} {p99:6.0f}"

    def end(self, asked: Counter[str]) -> None:
        crowd = self._crowd
        late = crowd.late_ms()
        void = "   void: the generator was late" if late > 10 else ""
        lost = sum(crowd.errors.values()) + crowd.lost
        self.well = not lost and not set(asked) - self._fine
        others = {kind: count for kind, count in asked.items() if kind != "clean"}
        sys.stdout.write(
            f"{self._name:9} {crowd.inside:6}{self._text} {asked['clean']:8} {lost:6} {late:9.1f}"
            f"{void}{f'   {others}' if others else ''}\n"
        )
        sys.stdout.flush()


async def full(sessions: int, more: int, seconds: float) -> bool:
    """All places are taken."""
    limits = ("--set", f"server.max_sessions={sessions}", "--set", "server.max_lag_ms=0")
    with serving(*limits) as url:
        crowd = Talkers(url)
        await crowd.enter(sessions)
        return await besieged(Row("full", crowd), crowd, url, more, seconds)


async def behind(more: int, seconds: float) -> tuple[bool, int]:
    """They come until one is refused; whether all is well, and how many are inside then."""
    with serving() as url:
        crowd = Talkers(url)
        while crowd.inside < MOST:
            try:
                await crowd.enter(1, 0.1)
            except WSInvalidStatusError:
                break
        inside = crowd.inside
        row = Row("behind", crowd, may_catch_up=True)
        return await besieged(row, crowd, url, more, seconds), inside


async def besieged(row: Row, crowd: Talkers, url: str, more: int, seconds: float) -> bool:
    """Measure those inside, first alone and then while `more` want to come in."""
    await asyncio.sleep(WARM_UP_S)
    crowd.late_ms()
    begin = crowd.now()
    await asyncio.sleep(seconds)
    row.lag(begin)
    begin = crowd.now()
    asked = await knocks(url, more)
    await asyncio.sleep(max(seconds - (crowd.now() - begin), 0))
    row.lag(begin)
    row.end(asked)
    await crowd.leave()
    return row.well


async def unlimited(sessions: int, seconds: float) -> None:
    """All are let in."""
    with serving("--set", "server.max_lag_ms=0") as url:
        crowd = Talkers(url)
        row = Row("no limit", crowd)
        await crowd.enter(sessions, 0.05)
        await asyncio.sleep(WARM_UP_S)
        crowd.late_ms()
        begin = crowd.now()
        await asyncio.sleep(seconds)
        row.lag(begin)
        row.lag(crowd.now())
        row.end(Counter())
        await crowd.leave()


async def run(sessions: int, more: int, seconds: float) -> bool:
    sys.stdout.write(
        "          inside    turns     p50    p99    turns     p50    p99  refused   lost  "
        "generator\n"
        "                   before      ms     ms    while      ms     ms  cleanly            "
        "p99 ms\n"
    )
    well = await full(sessions, more, seconds)
    kept, inside = await behind(more, seconds)
    await unlimited(inside * 3 // 2, seconds)
    return well and kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--more", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--apart", action="store_true")
    given = parser.parse_args(namespace=OPTIONS)
    sys.exit(0 if asyncio.run(run(given.sessions, given.more, given.seconds)) else 1)


if __name__ == "__main__":
    main()
