"""Workers that serve nobody: they say what a test wants them to, and when they come and go."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

# What they do stands in the file `orders`, which a test may change meanwhile.
_SCRIPT = """
import json, os, sys
folder = sys.argv[1]
seat = json.loads(sys.argv[3])
def tell(word):
    with open(folder + "/news", "w") as news:
        news.write(f"{word} {seat['slot']} {seat['number']} {os.getpid()}\\n")
with open(folder + "/orders") as file:
    orders = file.read()
if orders == "fail":
    os.write(seat["channel"], b'{"failed":"there is no such engine"}\\n')
    sys.exit(2)
if orders == "die":
    sys.exit(3)
tell("came")
os.write(seat["channel"], b"{}\\n")
heard = os.read(seat["channel"], 7)
tell("retired" if heard else "orphaned")
"""


class Crew:
    """Their command, and what they tell."""

    def __init__(self, folder: Path, news: asyncio.StreamReader) -> None:
        self._folder = folder
        self._news = news
        self.command = [sys.executable, "-S", "-c", _SCRIPT, str(folder)]

    def order(self, what: str) -> None:
        (self._folder / "orders").write_text(what)

    async def next(self) -> tuple[str, int, int, int]:
        """What one has just done; its slot, its number, its process."""
        async with asyncio.timeout(20):
            word, *numbers = (await self._news.readline()).decode().split()
        slot, number, pid = map(int, numbers)
        return word, slot, number, pid


@asynccontextmanager
async def crew(folder: Path) -> AsyncIterator[Crew]:
    """A crew that serves."""
    os.mkfifo(folder / "news")
    news = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    # Also for writing, so that it has no end while nobody writes.
    pipe = os.fdopen(os.open(folder / "news", os.O_RDWR | os.O_NONBLOCK), "rb", buffering=0)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(news), pipe)
    made = Crew(folder, news)
    made.order("serve")
    yield made
    transport.close()
