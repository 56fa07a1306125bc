"""The floor: the least that a server of spoken turns can cost, to divide what this one costs by.

    python -m benchmarks.floor [--port 0] [--silent]

It hears 24 kHz PCM, judges it by the same net on a tick of 8 ms, tells `speech_started` and
`speech_stopped`, and answers every turn with two seconds of sound: 40 ms first, then 200 at a
time.  Its events have the names of the API, so that one generator of load drives both.

It knows no configuration, no items, no errors and no interruptions, and whoever breaks a rule is
cut off.  So it is nobody's rival, and it is never tuned: then every ratio to it can be compared
with every older one.
"""

import argparse
import asyncio
import binascii
import os
import sys
from itertools import count, pairwise

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is imported

import msgspec
import numpy as np
import uvloop
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)

from repartee.engines.silero import SileroVad
from repartee.speech.resample import HISTORY, JUDGED_FRAME, at_16k

TICK_S = 0.008
FRAME_BYTES = 2 * JUDGED_FRAME
FRAME_MS = 32
SILENCE_MS = 500
BEGIN, GO_ON = 0.5, 0.35  # probabilities that open the gate, and keep it open
BYTES_PER_MS = 48
FIRST_MS, NEXT_MS, ANSWER_MS = 40, 200, 2_000

_ids = count()


class Append(msgspec.Struct):
    """The one event that is understood."""

    type: str
    audio: bytes = b""


_decode = msgspec.json.Decoder(Append).decode


def answer() -> list[str]:
    """The sound of every answer, in base64, in the pieces in which it is sent."""
    times = np.arange(ANSWER_MS * BYTES_PER_MS // 2) / 24_000
    pcm = (np.sin(2 * np.pi * 200 * times) * 8191).astype("<i2").tobytes()
    edges = [0, *range(FIRST_MS, ANSWER_MS, NEXT_MS), ANSWER_MS]
    pieces = pairwise(edges)
    return [encoded(pcm[begin * BYTES_PER_MS : end * BYTES_PER_MS]) for begin, end in pieces]


def encoded(pcm: bytes) -> str:
    return binascii.b2a_base64(pcm, newline=False).decode()


class Session(WSListener):
    """One connection: its sound, and where it stands in its turn."""

    def __init__(self, floor: "Floor") -> None:
        self._floor = floor
        self._wire: WSTransport
        self.sound = bytearray()
        self.history = np.zeros(HISTORY, np.float32)
        self.state = np.zeros(SileroVad.state_size, np.float32)
        self.waiting = self.closed = False
        self._speaking = False
        self._silent_ms = self._heard_ms = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._wire = transport
        self._say('"type":"session.created","session":{"type":"realtime"}')

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            self.sound += _decode(frame.get_payload_as_memoryview()).audio
            if len(self.sound) >= FRAME_BYTES:
                self._floor.wait(self)

    def judged(self, speech: float) -> None:
        """One more frame is like speech by so much."""
        self._heard_ms += FRAME_MS
        if speech >= (GO_ON if self._speaking else BEGIN):
            self._silent_ms = 0
            if not self._speaking:
                self._speaking = True
                place = f'"audio_start_ms":{self._heard_ms},"item_id":"item_{next(_ids)}"'
                self._say(f'"type":"input_audio_buffer.speech_started",{place}')
        elif self._speaking:
            self._silent_ms += FRAME_MS
            if self._silent_ms >= SILENCE_MS:
                self._speaking = False
                self._answer()

    def _answer(self) -> None:
        item, response = f'"item_id":"item_{next(_ids)}"', f"resp_{next(_ids)}"
        place = f'"response_id":"{response}",{item},"output_index":0,"content_index":0'
        body = f'"response":{{"object":"realtime.response","id":"{response}","status":'
        end = f'"audio_end_ms":{self._heard_ms}'
        self._say(f'"type":"input_audio_buffer.speech_stopped",{end},{item}')
        self._say(f'"type":"input_audio_buffer.committed","previous_item_id":null,{item}')
        if not self._floor.answer:
            return
        self._say(f'"type":"response.created",{body}"in_progress"}}')
        for piece in self._floor.answer:
            self._say(f'"type":"response.output_audio.delta",{place},"delta":"{piece}"')
        self._say(f'"type":"response.output_audio.done",{place}')
        self._say(f'"type":"response.done",{body}"completed"}}')

    def _say(self, members: str) -> None:
        event = f'{{"event_id":"event_{next(_ids)}",{members}}}'
        self._wire.send(WSMsgType.TEXT, event.encode())


class Floor:
    """All sessions, and the net that judges them together."""

    def __init__(self, *, silent: bool) -> None:
        self.answer = [] if silent else answer()
        self._vad = SileroVad()
        self._waiting: list[Session] = []
        self._timer: asyncio.TimerHandle | None = None

    def session(self, _: WSUpgradeRequest) -> Session:
        return Session(self)

    def wait(self, session: Session) -> None:
        """Judge the session's next frame with the next tick."""
        if not session.waiting:
            session.waiting = True
            self._waiting.append(session)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        sessions, self._waiting = self._waiting, []
        frames = []
        for session in sessions:
            session.waiting = False
            frames.append(bytes(session.sound[:FRAME_BYTES]))
            del session.sound[:FRAME_BYTES]
        pcm = np.frombuffer(b"".join(frames), "<i2").reshape(len(frames), JUDGED_FRAME)
        sound, histories = at_16k(pcm, np.stack([session.history for session in sessions]))
        speech, states = self._vad(sound, np.stack([session.state for session in sessions]))
        for row, session in enumerate(sessions):
            session.history, session.state = histories[row], states[row]
            if session.closed:
                continue
            session.judged(float(speech[row]))
            if len(session.sound) >= FRAME_BYTES:
                self.wait(session)


async def serve(port: int, *, silent: bool) -> None:
    """Until it is ended from outside."""
    floor = Floor(silent=silent)
    server = await ws_create_server(floor.session, "127.0.0.1", port)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--silent", action="store_true", help="hear turns, and answer none")
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(given.port, silent=given.silent))
