"""Whether `repartee bench` tells the truth: a server over sockets that is late by what it is told.

    python -m benchmarks.truth [--delay-ms 200] [--sessions 20] [--seconds 15]

It takes what is loud for speech, and answers so much later than it should.  What is measured must
be that; how exact it is on this machine is told, and what a session costs the generator.
"""

import argparse
import asyncio
import base64
import json
import multiprocessing
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

from repartee.bench.load import measure
from repartee.bench.plan import Plan
from repartee.talk.wav import Sound, write
from repartee.transports.client import Place

RATE = 24_000
SILENCE_S = 0.5
# 100 ms of silence, 400 ms of a tone: it ends with a chunk, so that its end is heard exactly.
TONE = np.sin(2 * np.pi * 200 * np.arange(RATE * 4 // 10) / RATE) * 9_000
SPEECH = np.concatenate([np.zeros(RATE // 10), TONE]).astype("<i2")
ANSWER = base64.b64encode(bytes(RATE // 5 * 2)).decode()


class Late(WSListener):  # type: ignore[misc]
    """One session."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._end: asyncio.TimerHandle | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._say("session.created")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            transport.disconnect()
            return
        event = json.loads(frame.get_payload_as_memoryview().tobytes())
        if event["type"] != "input_audio_buffer.append":
            return
        samples = np.frombuffer(base64.b64decode(event["audio"]), "<i2")
        if samples.max() > 1000:
            self._listen()

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        if self._end is None:
            loop.call_later(self._delay_s, self._say, "input_audio_buffer.speech_started")
        else:
            self._end.cancel()
        self._end = loop.call_later(SILENCE_S + self._delay_s, self._answer)

    def _answer(self) -> None:
        self._end = None
        response = {"id": "r", "status": "completed"}
        self._say("input_audio_buffer.speech_stopped")
        self._say("input_audio_buffer.committed")
        self._say("response.created", response=response)
        self._say("response.output_audio.delta", response_id="r", delta=ANSWER)
        self._say("response.done", response=response)

    def _say(self, kind: str, **fields: object) -> None:
        if not self._transport.is_disconnected:
            self._transport.send(WSMsgType.TEXT, json.dumps({"type": kind, **fields}).encode())


async def _serve(delay_s: float, told: Connection) -> None:
    server = await ws_create_server(lambda request: Late(delay_s), "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def serve(delay_s: float, told: Connection) -> None:
    """Run it, and tell its port."""
    asyncio.run(_serve(delay_s, told))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--delay-ms", type=float, default=200)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=15)
    given = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(given.delay_ms / 1000, theirs))
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "tone.wav"
            write(wav, Sound(RATE, SPEECH.tobytes()))
            plan = Plan(sessions=given.sessions, seconds=given.seconds, wavs=(wav,))
            place = Place(f"http://127.0.0.1:{ours.recv()}/v1")
            report = uvloop.run(measure(plan, place))
    finally:
        server.terminate()
        server.join()
    figure, late = report.stopped, report.late
    assert figure is not None
    assert late is not None
    sys.stdout.write(
        f"{report.turns.answered} of {report.turns.sent} turns answered; injected "
        f"{given.delay_ms:g} ms, measured p50 {figure.p50:.1f}, p99 {figure.p99:.1f} ms; "
        f"generator: late p99 {late.p99:.1f} ms, {report.own_ms:.2f} ms CPU a session-second"
        f"{', VOID' if report.void else ''}\n"
    )


if __name__ == "__main__":
    main()
