"""A process that records as fast as it can, to be killed: what is kept it tells on stdout.

Arguments: the database, and whose records these are.
"""

import asyncio
import itertools
import os
import sys
from pathlib import Path

from repartee.usage.recorder import Recorder
from usage.made import record

SESSIONS = 20


async def respond(recorder: Recorder, session_id: str) -> None:
    """One session: response after response, each told only once it is kept."""
    for number in itertools.count():
        kept = recorder.keep(record(number, session_id=session_id))
        if kept is None:
            sys.exit(f"degraded: {recorder.degraded}")
        await kept
        if recorder.degraded:
            sys.exit(f"degraded: {recorder.degraded}")
        os.write(1, f"{session_id} resp_{number}\n".encode())


async def main() -> None:
    recorder = Recorder(Path(sys.argv[1]), outlives_power=sys.argv[2].endswith("power"))
    recorder.open()
    await asyncio.gather(*(respond(recorder, f"{sys.argv[2]}_{n}") for n in range(SESSIONS)))


if __name__ == "__main__":
    asyncio.run(main())
