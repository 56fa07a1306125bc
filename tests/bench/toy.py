"""A server without a socket, in virtual time: it hears what is loud, and does what it is told."""

import asyncio
import base64
import json
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np

from repartee.bench.wire import Hear, Lose, NotConnected

SILENCE_S = 0.5
PIECE = (0.0, 200.0)  # at once, 200 ms of sound


class Toy:
    """Answers each turn `delay_s` after it should, with `pieces`: (seconds later, ms of sound).

    `unsaid` are events that it forgets, `refuses` a reason not to connect; one that `hangs` says
    not even that.  `dies_after` so many chunks it drops the line.
    """

    def __init__(
        self,
        delay_s: float = 0.0,
        pieces: Sequence[tuple[float, float]] = (PIECE,),
        *,
        unsaid: Sequence[str] = (),
        refuses: str = "",
        hangs: bool = False,
        dies_after: int | None = None,
    ) -> None:
        self.delay_s = delay_s
        self.pieces = pieces
        self.unsaid = unsaid
        self.refuses = refuses
        self.hangs = hangs
        self.dies_after = dies_after
        self.lines: list[ToyLine] = []

    async def __call__(self, hear: Hear, lose: Lose) -> "ToyLine":
        await asyncio.sleep(0.010)
        if self.hangs:
            await asyncio.Event().wait()
        if self.refuses:
            raise NotConnected(self.refuses)
        line = ToyLine(self, hear, lose)
        self.lines.append(line)
        line.say("session.created")
        return line


class ToyLine:
    """One session of it."""

    def __init__(self, toy: Toy, hear: Hear, lose: Lose) -> None:
        self.heard: list[dict[str, Any]] = []
        self.chunks = 0
        self.closed = False
        self._toy = toy
        self._hear = hear
        self._lose = lose
        self._numbers = count(1)
        self._item = ""
        self._end: asyncio.TimerHandle | None = None
        self._answer: list[asyncio.TimerHandle] = []
        self._response = ""

    def send(self, message: bytes) -> None:
        event = json.loads(message)
        if event["type"] != "input_audio_buffer.append":
            self.heard.append(event)
            return
        self.chunks += 1
        if self.chunks == self._toy.dies_after:
            self._lose("connection lost")
        samples = np.frombuffer(base64.b64decode(event["audio"]), "<i2")
        if np.abs(samples.astype(int)).max() > 1000:
            self._listen()

    async def close(self) -> None:
        self.closed = True

    def say(self, kind: str, **fields: Any) -> None:
        if kind not in self._toy.unsaid and not self.closed:
            self._hear(json.dumps({"type": kind, **fields}).encode())

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        if self._end is None:
            self._item = f"item_{next(self._numbers)}"
            begun = self._item
            loop.call_later(self._toy.delay_s, self._start, begun)
        else:
            self._end.cancel()
        self._end = loop.call_later(SILENCE_S + self._toy.delay_s, self._stop)

    def _start(self, item: str) -> None:
        self.say("input_audio_buffer.speech_started", item_id=item)
        if self._response:
            for each in self._answer:
                each.cancel()
            self._finish("cancelled")

    def _stop(self) -> None:
        self._end = None
        loop = asyncio.get_running_loop()
        self.say("input_audio_buffer.speech_stopped", item_id=self._item)
        self.say("input_audio_buffer.committed", item_id=self._item)
        if self.heard[0]["session"]["audio"]["input"]["turn_detection"]["create_response"]:
            self._response = f"resp_{self._item}"
            self.say("response.created", response={"id": self._response, "status": "in_progress"})
            self._answer = [loop.call_later(at, self._sound, ms) for at, ms in self._toy.pieces]
            last = max((at for at, _ in self._toy.pieces), default=0.0)
            self._answer.append(loop.call_later(last + 0.001, self._finish, "completed"))

    def _sound(self, ms: float) -> None:
        audio = base64.b64encode(bytes(int(ms * 48))).decode()
        self.say("response.output_audio.delta", response_id=self._response, delta=audio)

    def _finish(self, status: str) -> None:
        response, self._response = self._response, ""
        self.say("response.done", response={"id": response, "status": status})
