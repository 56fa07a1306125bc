"""The net, and the threads it runs in."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from msgspec import Meta

from repartee.engines.protocols import EngineError
from repartee.engines.smart_turn.features import CHANNELS, RATE, STEPS, log_mel
from repartee.engines.smart_turn.place import find_model

_PLACES = 8  # judgements in half a second of one thread
_INPUT = "input_features"


class SmartTurn:
    """Hears whether a sentence is over: smart-turn v3, a net of 8 million parameters.

    A judgement takes some 50 ms of one core.  `threads` of them run at a time, so that it never has
    more cores than these; some wait, and what would wait for longer than half a second is refused
    at once.  Who stops waiting makes room.
    """

    licence = "Apache-2.0 (code), BSD-2-Clause (weights, Daily)"
    rate = RATE

    def __init__(self, model: Path | None = None, threads: Annotated[int, Meta(ge=1)] = 2) -> None:
        self.model = find_model(model)
        self._threads = ThreadPoolExecutor(threads, "smart-turn")
        self._places = _PLACES * threads
        self._net: onnxruntime.InferenceSession | None = None

    async def open(self) -> None:
        """Load the model.  Raises EngineError where the file is another."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._load)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def finished(self, pcm: bytes, text: str) -> float:
        """See `TurnDetector`; `text` is not asked for."""
        if self._net is None:
            raise EngineError("smart-turn has not been opened")
        if not self._places:
            raise EngineError(
                "smart-turn is asked more often than it can judge: raise its option threads",
                "overloaded",
            )
        self._places -= 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, _judged, self._net, pcm)
        finally:
            self._places += 1

    def _load(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            net = onnxruntime.InferenceSession(
                str(self.model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has no class for all of its own
            raise self._unfit("onnxruntime cannot read it") from error
        shapes = {each.name: each.shape[1:] for each in net.get_inputs()}
        if shapes != {_INPUT: [CHANNELS, STEPS]}:
            raise self._unfit(f"it takes {shapes}, not {_INPUT} of {CHANNELS} x {STEPS}")
        try:
            told = _judged(net, b"")
        except EngineError as error:
            raise self._unfit(str(error)) from error
        if not 0 <= told <= 1:
            raise self._unfit(f"of silence it says {told:g}, which is no probability")
        self._net = net

    def _unfit(self, problem: str) -> EngineError:
        return EngineError(f"{self.model} is no model of smart-turn v3: {problem}")


def _judged(net: onnxruntime.InferenceSession, pcm: bytes) -> float:
    try:
        (told,) = net.run(None, {_INPUT: log_mel(pcm)[np.newaxis]})
        return float(np.asarray(told).item())
    except Exception as error:  # as above
        raise EngineError(f"it judges nothing ({type(error).__name__})") from error
