"""What it costs to record a session, and how quickly it is run again.

    python -m benchmarks.recording [--sessions 100] [--seconds 5]

"loop" is work of the event loop, "thread" that of the writer, in µs for a step of a session; MB are
those of an hour of such steps.  Then, how late timers of an event loop are in which so many
sessions are spoken to and answered, all at once and without a pause, unrecorded and recorded.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from repartee.keys.limits import Limits
from repartee.protocol.config import Config
from repartee.protocol.ga import GA
from repartee.protocol.server import OutputAudioDelta
from repartee.recording.recorder import SessionRecorder
from repartee.recording.replay import replay
from repartee.recording.shelf import name
from repartee.recording.writer import Tape, Writer
from repartee.runtime.ids import random_id, session_ids
from repartee.runtime.tokens import CHARACTERS
from repartee.runtime.watching import Arrival, Opening, Step
from repartee.server.app import loop_factory
from repartee.session.bounds import Bounds
from repartee.session.commands import Hear
from repartee.session.inputs import Heard, Sounded
from repartee.session.session import Session
from repartee.settings import Settings

FRAME_S, DELTA_S = 0.032, 0.2
FRAME = os.urandom(1536)
REPLAYED_S = 600.0
_TIMER_S = 0.002
_BATCH = 500  # steps between which the writer may catch up


def opening() -> Opening:
    config = Config(id=random_id("sess"), model="gpt-realtime")
    return Opening(
        config=config,
        bounds=Bounds(),
        said=None,
        paced=False,
        seed=bytes(16),
        dialect=GA,
        counter=CHARACTERS,
        model=Settings().model(None),
        arrival=Arrival(),
        key_id=None,
        limits=Limits(),
    )


@contextmanager
def writing() -> Iterator[tuple[Path, Writer]]:
    """A folder, and a writer that has written all there when it is left."""
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer(Path(folder))
        writer.open()
        try:
            yield Path(folder), writer
        finally:
            writer.close()


def recorder(folder: Path, writer: Writer) -> SessionRecorder:
    one = opening()
    return SessionRecorder(one, Tape(folder / name(one.config.id, 0.0), one.config.id), writer)


def delta() -> OutputAudioDelta:
    sound = OutputAudioDelta(
        response_id=random_id("resp"),
        item_id=random_id("item"),
        output_index=0,
        content_index=0,
        delta=os.urandom(round(48_000 * DELTA_S)),
    )
    sound.event_id = random_id("event")
    return sound


def cost(what: str, step: Step, seconds: float, count: int = 10_000) -> str:
    """A row of the table, for steps of which each is so long."""
    with tempfile.TemporaryDirectory() as folder:
        loop_us, thread_us, size = [], [], 0
        for number in range(count // _BATCH):
            writer = Writer(Path(folder))
            one = recorder(Path(folder), writer)
            one.stepped(Step(None, [], 0.0))
            begin = time.thread_time()
            for _ in range(_BATCH):
                one.stepped(step)
            loop_us.append(1e6 * (time.thread_time() - begin) / _BATCH)
            begin = time.process_time() - time.thread_time()
            writer.open()
            writer.close()
            thread_us.append(1e6 * (time.process_time() - time.thread_time() - begin) / _BATCH)
            size = sum(each.stat().st_size for each in Path(folder).iterdir()) // (number + 1)
    hour_mb = size / _BATCH * 3600 / seconds / 1e6
    loop, thread = np.median(loop_us), np.median(thread_us)
    return f"{what:<26}{loop:9.1f}{thread:9.1f}{hour_mb:9.0f}"


async def lag(watchers: Sequence[SessionRecorder | None], seconds: float) -> str:
    """How late timers are, while each session has a frame every 32 ms, one after the other."""
    heard = Step(Heard(FRAME, 0.9), [Hear("item_1", FRAME)], 0.0)
    answer = Step(Sounded("resp_1", FRAME * 6, DELTA_S * 1000), [delta()], 0.0)
    late: list[float] = []
    begin, taken = time.perf_counter(), 0
    while (now := time.perf_counter()) - begin < seconds:
        wanted = int(len(watchers) * (now - begin) / FRAME_S)
        for number in range(taken, wanted):
            watcher = watchers[number % len(watchers)]
            # 200 ms of an answer for about as much that is heard.
            step = answer if number % 6 == 0 else heard
            GA.encode(step.outputs[0]) if step is answer else None  # as the driver does
            if watcher is not None:
                watcher.stepped(step)
        taken = wanted
        due = time.perf_counter() + _TIMER_S
        await asyncio.sleep(_TIMER_S)
        late.append(1000 * (time.perf_counter() - due))
    middle, most, worst = (float(np.percentile(late, each)) for each in (50, 99, 100))
    return f"{middle:8.2f} {most:8.2f} {worst:8.2f}"


def replayed() -> str:
    """How long it takes to run ten minutes of talk again."""
    with tempfile.TemporaryDirectory() as folder, writing() as (_, writer):
        one = opening()
        path = Path(folder) / "talk.repartee"
        watcher = SessionRecorder(one, Tape(path, one.config.id), writer)
        session = Session(one.config, new_id=session_ids(one.seed), now=0.0, bounds=one.bounds)
        watcher.stepped(Step(None, session.open(), 0.0))
        for number in range(round(REPLAYED_S / FRAME_S)):
            heard = Heard(FRAME, 0.9 if number % 250 < 100 else 0.0)
            watcher.stepped(Step(heard, session.step(heard, FRAME_S * number), FRAME_S * number))
        watcher.left(Step(None, session.leave(REPLAYED_S), REPLAYED_S))
        writer.close()
        begin = time.perf_counter()
        verdict = replay(path)
        assert verdict.is_good
        took = time.perf_counter() - begin
    return (
        f"replay: {verdict.steps:,} steps in {took:.1f} s, {REPLAYED_S / took:.0f} times real time"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    frame = Heard(FRAME, 0.1)
    steps = {
        "silence, a frame": (Step(frame, [], 0.0), FRAME_S),
        "speech, a frame": (Step(frame, [Hear("item_1", FRAME)], 0.0), FRAME_S),
        "an answer's sound, 200 ms": (
            Step(Sounded("resp_1", delta().delta, 1000 * DELTA_S), [delta()], 0.0),
            DELTA_S,
        ),
    }
    print(f"{'':<26}  loop us  thread us  MB/hour")
    for what, (step, seconds) in steps.items():
        print(cost(what, step, seconds))
    print(f"\n{given.sessions} sessions: timers late, ms      p50      p99      max")
    for recorded in (False, True):
        with writing() as (folder, writer), asyncio.Runner(loop_factory=loop_factory()) as runner:
            each = recorder if recorded else lambda *_: None
            watchers = [each(folder, writer) for _ in range(given.sessions)]
            row = runner.run(lag(watchers, given.seconds))
        print(f"  {'recorded' if recorded else 'unrecorded':<27}{row}")
    print(f"\n{replayed()}")


if __name__ == "__main__":
    main()
