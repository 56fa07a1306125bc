"""What it costs to tell speech from silence: µs of CPU for a frame of 32 ms, by batch.

    python benchmarks/vad.py

One thread, the best of several rounds.  "listener" is the whole way of a session's sound, in 20 ms
pieces: cutting, resampling, judging, telling.  Beside it, where onnxruntime and silero-vad are
installed, the ONNX file: one call for the whole batch.
"""

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is imported

import numpy as np

from repartee.engines.silero import FRAME, SileroVad
from repartee.session.inputs import Heard
from repartee.speech.listener import SpeechDetector
from repartee.speech.resample import HISTORY, JUDGED_FRAME, at_16k

BATCHES = (1, 8, 32, 128)
MODEL = "data/silero_vad_16k_op15.onnx"


def main() -> None:
    """Print the table."""
    vad, onnx = SileroVad(), onnx_caller()
    columns = ["batch", "net", "resampler", "listener", *(["onnxruntime"] if onnx else [])]
    sys.stdout.write("".join(f"{column:>13}" for column in columns) + "\n")
    for batch in BATCHES:
        costs = [net(vad, batch), resampler(batch), listener(vad, batch)]
        if onnx is not None:
            costs.append(onnx(batch))
        sys.stdout.write(f"{batch:13}" + "".join(f"{cost:13.1f}" for cost in costs) + "\n")


def cost(work: Callable[[], object], frames: int) -> float:
    """µs of this thread for a frame, when `work` judges so many."""
    repeats = max(4, 256 // frames)
    best = float("inf")
    for _ in range(15):
        started = time.thread_time()
        for _ in range(repeats):
            work()
        best = min(best, time.thread_time() - started)
    return best / repeats / frames * 1e6


def net(vad: SileroVad, batch: int) -> float:
    """The net alone."""
    frames = np.random.default_rng(0).normal(0, 0.1, (batch, FRAME)).astype(np.float32)
    states = np.zeros((batch, vad.state_size), np.float32)
    return cost(lambda: vad(frames, states), batch)


def resampler(batch: int) -> float:
    """24 kHz int16 to 16 kHz float."""
    frames = np.random.default_rng(0).integers(-3_000, 3_000, (batch, JUDGED_FRAME), np.int16)
    history = np.zeros((batch, HISTORY), np.float32)
    return cost(lambda: at_16k(frames, history), batch)


class Call:
    """The one call to come; the benchmark makes it when everybody has spoken."""

    def __init__(self) -> None:
        self.due: Callable[[], None] | None = None

    def later(self, _delay: float, call: Callable[[], None]) -> "Call":
        self.due = call
        return self

    def cancel(self) -> None:
        self.due = None


def listener(vad: SileroVad, sessions: int) -> float:
    """Everything, when so many speak at once: 8 pieces of 20 ms are 5 frames."""
    call, told = Call(), list[Heard]()
    detector = SpeechDetector(vad, call_later=call.later)
    listeners = [detector.listener(told.append) for _ in range(sessions)]
    for each in listeners:
        each.judge(True)
    noise = np.random.default_rng(0).integers(-3_000, 3_000, 480, np.int16).tobytes()

    def speak() -> None:
        for _ in range(8):
            for each in listeners:
                each.hear(noise, "event")
            while call.due is not None:
                call.due()
        told.clear()

    return cost(speak, 5 * sessions)


def onnx_caller() -> Callable[[int], float] | None:
    """What onnxruntime takes for a batch, if it and the net are installed."""
    package = importlib.util.find_spec("silero_vad")
    if package is None or not package.submodule_search_locations:
        return None
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    path = Path(package.submodule_search_locations[0]) / MODEL
    session = onnxruntime.InferenceSession(path, options)

    def measure(batch: int) -> float:
        given = {
            "input": np.random.default_rng(0).normal(0, 0.1, (batch, 576)).astype(np.float32),
            "state": np.zeros((2, batch, 128), np.float32),
            "sr": np.array(16_000),
        }
        return cost(lambda: session.run(None, given), batch)

    return measure


if __name__ == "__main__":
    main()
