"""The table of engines: `make bench-engines`, or for some rows `… -m benchmarks.engines voice.`

An engine a row, each in a process of its own.  Columns:

load        from its making until it is open, its modules included.
RSS         what that and the first work add, all processes together.
CPU         of all processes for a second of sound, or for a reply or judgement.
first       ears: from the end of a turn, said at the speed of speech, to its final words.  Voice:
            from a clause to its first sound.  Mind: to the first word.  Turn: to the judgement.
            vad, echo, noise: CPU for a frame.  Median and 95th percentile.
cancel      from leaving work without end until a further, empty piece of work is done (ears and
            voice), and CPU in the 300 ms before and after that.
at once     how many can do the same at a time, 1, 2, 4 …, so that for 95 of a hundred: ears tell
            the final words sooner than the turn took; a voice has the clause made sooner than it
            plays; a mind begins within 1 s; a judgement comes within 0.5 s; a frame of all streams
            takes less CPU than it lasts.  With a plus, the search ended before the engine's end.
"""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.engines.row import HEAD, Row, line
from benchmarks.engines.subject import Subject
from benchmarks.engines.subjects import subjects
from benchmarks.engines.usage import machine

ROOT = Path(__file__).parents[2]


async def main(wanted: str) -> None:
    """Print the table, and behind it the machine and how busy it was with other things."""
    begun, load = time.perf_counter(), os.getloadavg()[1]
    _print(line(HEAD))
    _print(line(["---", *["--:"] * (len(HEAD) - 1)]))
    with TemporaryDirectory() as name:
        async for subject in subjects(Path(name)):
            if wanted in subject.label:
                _print(line((await measured(subject)).cells()))
    taken = time.perf_counter() - begun
    _print(f"\n{machine()}; load average {load:.1f} at the beginning; {taken:.0f} s.")


async def measured(subject: Subject) -> Row:
    """What a process of its own finds out about the engine."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    process = await asyncio.create_subprocess_exec(
        subject.python,
        *("-m", "benchmarks.engines.one", msgspec.json.encode(subject).decode()),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    )
    told, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"{subject.label} could not be measured")
    return msgspec.json.decode(told, type=Row)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    reader = argparse.ArgumentParser(prog="benchmarks.engines")
    reader.add_argument("wanted", nargs="?", default="", help="part of the names of rows")
    asyncio.run(main(reader.parse_args().wanted))
