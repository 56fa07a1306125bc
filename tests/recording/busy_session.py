"""A process whose one session is spoken to without an end: `python -m recording.busy_session`.

It tells the time of its event loop's clock, a line each 32 ms of sound.
"""

import asyncio
import sys
from pathlib import Path

from client_double import LOUD, SILENT, ClientDouble
from repartee.recording.recorder import Recorder
from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions
from repartee.settings import Choice, Recording, Settings

FAKE = Choice("fake")
SETTINGS = Settings(vad=FAKE, turn=FAKE, ears=FAKE, mind=FAKE, voice=FAKE)


async def speak(folder: Path) -> None:
    with Recorder(Recording(folder=str(folder))) as recorder:
        sessions = Sessions(SETTINGS, EnginesByModel(SETTINGS), observers=[recorder])
        client = ClientDouble()
        running = asyncio.create_task(sessions.driver(client, None).run())
        await client.until("session.created")
        count = 0
        while not running.done():
            sys.stdout.write(f"{asyncio.get_running_loop().time()}\n")
            sys.stdout.flush()
            client.append(LOUD if count % 40 < 15 else SILENT)
            count += 1
            await asyncio.sleep(0.032)


if __name__ == "__main__":
    asyncio.run(speak(Path(sys.argv[1])))
