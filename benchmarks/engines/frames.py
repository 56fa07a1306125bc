"""What works in the server itself, frame by frame: voice activity, echo, noise."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import recordings
from benchmarks.engines.row import Row, percentiles
from benchmarks.engines.usage import cpu_ms, rss_mb
from repartee.engines.silero import FRAME
from repartee.protocol.audio import NoiseFilter
from repartee.speech.noise import NoiseReduction

ROUNDS = 40
MOST = 4096

Tick = Callable[[], object]  # a frame for every stream


def silero(engine: Any, streams: int) -> Tick:
    speech = recordings.read("jfk", 16_000)[:FRAME].astype(np.float32) / 32_768
    frames = np.tile(speech, (streams, 1))
    states = np.zeros((streams, engine.state_size), np.float32)
    return lambda: engine(frames, states)


def webrtc(engine: Any, streams: int) -> Tick:
    every = [engine.stream() for _ in range(streams)]
    near = recordings.read("jfk")[24_000:24_240].tobytes()
    return lambda: [stream.cancel(near, near) for stream in every]


def noise(engine: Any, streams: int) -> Tick:
    every = [NoiseReduction(NoiseFilter("near_field")) for _ in range(streams)]
    sound = recordings.read("jfk")[24_000:24_480].tobytes()
    return lambda: [reduce(sound) for reduce in every]


KINDS: dict[str, tuple[Callable[[Any, int], Tick], float]] = {
    "vad.silero": (silero, 0.032),
    "echo.webrtc": (webrtc, 0.010),
    "noise reduction": (noise, 0.020),
}


def measured(name: str, make: Callable[[], Any]) -> Row:
    """The row of a frame-wise engine: late is a tick that takes more CPU than its frames last."""
    begun, free = time.perf_counter(), rss_mb()
    engine = make()
    loaded = time.perf_counter() - begun
    kind, frame_s = KINDS[name]
    used = cpu_ms()
    times = _times(kind(engine, 1), 25 * ROUNDS)
    cpu = (cpu_ms() - used) / (25 * ROUNDS * frame_s)
    median, worst = percentiles(times)
    row = Row(name, loaded, rss_mb() - free, cpu, "s", median * 1000, worst * 1000)
    streams = 1
    while streams <= MOST and percentiles(_times(kind(engine, streams), ROUNDS))[1] < frame_s:
        row.at_once, streams = streams, streams * 2
    row.bounded = streams <= MOST
    return row


def _times(tick: Tick, rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        begun = time.thread_time()
        tick()
        times.append(time.thread_time() - begun)
    return times
