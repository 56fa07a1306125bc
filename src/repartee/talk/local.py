"""A server for one conversation: started in a process of its own, and gone with it."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from repartee.talk import TalkError

# Any free port of this machine only; nobody else's session is waited for at the end.
_ARGUMENTS = ("--host", "127.0.0.1", "--port", "0", "--set", "server.drain_s=0")
_COMMAND = (sys.executable, "-m", "repartee.cli", "serve", *_ARGUMENTS)


@asynccontextmanager
async def local_server(command: Sequence[str] = _COMMAND) -> AsyncIterator[str]:
    """Start a server with the usual settings, and give its base URL.

    Raises TalkError if it does not start; the server's own words are on stderr then.
    """
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        yield await _base_url(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _base_url(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := re.search(rb"https?://\S+", line):
            return found[0].decode()
    raise TalkError("the server for this conversation did not start")
