"""How a turn goes, clip by clip: when speech is noticed and understood, when the answer sounds.

    python -m benchmarks.turns [--clips 6]

A server with the offline engines; each clip is sent in real time over a socket of its own.  "onset"
and "offset" compare speech_started and the turn's end, without padding and silence window, with an
energy reference (windows of 10 ms near the loudest); positive is late.  "text", "audio":
from speech_stopped to the transcript and to the first sound.
"""

import argparse
import asyncio
import base64
import json
import sys
import time
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.served import served
from benchmarks.sound import RATE, clips, faint_noise, read, speech_edges

CHUNK = RATE // 50  # samples of 20 ms
PADDING_MS, SILENCE_MS = 300, 500
LEAD_S = 0.5  # of faint noise before the clip


class Turn(WSListener):  # type: ignore[misc]
    """Remembers the first event of each type and when it came."""

    def __init__(self) -> None:
        self.first: dict[str, tuple[float, dict[str, Any]]] = {}
        self.turns = 0
        self.done = asyncio.Event()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        event = json.loads(frame.get_payload_as_bytes())
        kind = event["type"]
        self.turns += kind == "input_audio_buffer.speech_started"
        self.first.setdefault(kind, (time.perf_counter(), event))
        if kind == "input_audio_buffer.speech_stopped":
            self.first[kind] = (time.perf_counter(), event)
            self.first.pop("response.output_audio.delta", None)
        if kind == "response.done" and event["response"]["status"] == "completed":
            self.done.set()

    def after_stop_ms(self, kind: str) -> float:
        stopped = self.first["input_audio_buffer.speech_stopped"][0]
        return 1000 * (self.first[kind][0] - stopped)


async def converse(url: str, name: str) -> tuple[Turn, float, float]:
    """Send the clip; the turn, and the errors of its edges in ms."""
    samples = read(name, RATE)
    sound = faint_noise(LEAD_S) + samples.astype("<i2").tobytes() + faint_noise(2.5)
    transport, turn = await ws_connect(Turn, url.replace("http", "ws", 1) + "/realtime?model=x")
    audio = {"input": {"transcription": {"model": "any"}}}
    update = {"type": "session.update", "session": {"type": "realtime", "audio": audio}}
    transport.send(WSMsgType.TEXT, json.dumps(update).encode())
    due = time.perf_counter()
    for begin in range(0, len(sound), 2 * CHUNK):
        chunk = base64.b64encode(sound[begin : begin + 2 * CHUNK]).decode()
        append = {"type": "input_audio_buffer.append", "audio": chunk}
        transport.send(WSMsgType.TEXT, json.dumps(append).encode())
        due += CHUNK / RATE
        await asyncio.sleep(max(due - time.perf_counter(), 0))
    await asyncio.wait_for(turn.done.wait(), 20)
    transport.disconnect()
    begin_ms, end_ms = (1000 * LEAD_S + edge for edge in speech_edges(samples))
    started = turn.first["input_audio_buffer.speech_started"][1]["audio_start_ms"]
    stopped = turn.first["input_audio_buffer.speech_stopped"][1]["audio_end_ms"]
    return turn, started + PADDING_MS - begin_ms, stopped - SILENCE_MS - end_ms


def row(name: str, turn: Turn, onset: float, offset: float) -> str:
    completed = "conversation.item.input_audio_transcription.completed"
    transcript = turn.first[completed][1]["transcript"]
    return (
        f"{name:28} {turn.turns:5} {onset:+7.0f} {offset:+7.0f} "
        f"{turn.after_stop_ms(completed) if turn.turns == 1 else float('nan'):7.0f} "
        f"{turn.after_stop_ms('response.output_audio.delta'):7.0f}  {transcript}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=100, help="how many, from the first")
    given = parser.parse_args()
    sys.stdout.write(
        "clip                         turns   onset  offset    text   audio  first transcript\n"
        "                                        ms      ms      ms      ms\n"
    )
    with served() as server:
        for clip in clips()[: given.clips]:
            sys.stdout.write(row(clip.name, *asyncio.run(converse(server.url, clip.name))))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
