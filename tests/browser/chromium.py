"""Scenes in a headless Chromium, each in a process of its own, and what was witnessed there."""

import asyncio
import json
import os
import shutil
import wave
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

from live.node import FOLDER as CLIENTS
from live.node import NODE
from recordings import RATE, Samples

FOLDER = Path(__file__).parent
LONG_FORM = os.environ.get("REPARTEE_MATRIX") == "long"  # every scene, rather than the few

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE_S = 100


def executable() -> str:
    """The browser; where there is none, how to come by it."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    assert found, "the tests need more: apt install chromium"
    return found


def wav(path: Path, sound: Samples) -> str:
    """Write 24 kHz sound where a browser can read it; its path."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    return str(path)


async def play(script: str, scene: str, **stage: Any) -> Any:
    """Play a scene of `script` (see play.mjs), on a stage with `url` and `microphone` at least."""
    assert (CLIENTS / "node_modules").is_dir(), "run `npm ci` in tests/node, as `make test` does"
    given = json.dumps({"executable": executable(), **stage})
    process = await asyncio.create_subprocess_exec(
        *(NODE, "play.mjs", script, scene, given), cwd=FOLDER, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            told, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaints.decode()
    return json.loads(told)
