"""A conversation with a Realtime server: the session, the file as its voice, and the end."""

import asyncio
import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from repartee.talk import TalkError, wav
from repartee.talk.loudness import loud_ends_ms
from repartee.talk.turns import OUTPUT_RATE, Turns
from repartee.talk.wire import Closed, Wire, connect
from repartee.transports.client import Event, Place

INPUT_RATE = 24000
_OPENING_S = 10.0  # until the session is open
_PATIENCE_S = 60.0  # without a word from the server, once there is something to answer
_CALM_S = 2.0  # of silence after which the server will find no further turn in a file


async def open_session(place: Place) -> Wire:
    """Connect and agree on sound and transcripts.  Raises TalkError."""
    wire = await connect(place)
    pcm = {"type": "audio/pcm", "rate": INPUT_RATE}
    transcription = {"model": "gpt-4o-mini-transcribe"}
    audio = {"input": {"format": pcm, "transcription": transcription}, "output": {"format": pcm}}
    try:
        await _expect(wire, "session.created")
        wire.send({"type": "session.update", "session": {"type": "realtime", "audio": audio}})
        await _expect(wire, "session.updated")
    except BaseException:
        await wire.close()
        raise
    return wire


async def next_event(wire: Wire, until: float | None) -> Event | None:
    """The server's next event; None if there is none `until` then (loop time).  Raises Closed."""
    try:
        async with asyncio.timeout_at(until):
            event = await wire.events.get()
    except TimeoutError:
        return None
    if isinstance(event, Closed):
        raise event
    return event


async def speak_file(
    place: Place, question: Path, answer: Path | None, *, chunk_ms: int, show: Callable[[str], None]
) -> None:
    """Say a WAV file to the server in real time and keep its spoken answers.  Raises TalkError."""
    if answer is not None:
        wav.expect_folder(answer)  # before all is said
    pcm = wav.read(question).at(INPUT_RATE).pcm
    wire = await open_session(place)
    show(f"{question.name}, {len(pcm) / 2 / INPUT_RATE:.1f} s, to {place.url}")
    began = asyncio.get_running_loop().time()
    turns = Turns(began, loud_ends_ms(pcm, INPUT_RATE), show)
    voice = asyncio.create_task(_speak(wire, pcm, chunk_ms, began))
    try:
        await _until_settled(wire, turns, began + len(pcm) / 2 / INPUT_RATE)
    finally:
        voice.cancel()
        await wire.close()
        if answer is not None and turns.pcm:
            wav.write(answer, wav.Sound(OUTPUT_RATE, turns.pcm))
    if not turns.turns:
        raise TalkError(f"the server heard no speech in {question}")
    if turns.failures:
        raise TalkError(turns.failures[-1])
    if answer is not None:
        show(f"wrote {answer}, {len(turns.pcm) / 2 / OUTPUT_RATE:.1f} s")


def append(pcm: bytes) -> dict[str, Any]:
    """The event that carries a piece of the user's sound."""
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}


async def _expect(wire: Wire, kind: str) -> None:
    until = asyncio.get_running_loop().time() + _OPENING_S
    while True:
        event = await next_event(wire, until)
        if event is None:
            raise TalkError(f"the server does not answer as a Realtime server: no {kind}")
        if event["type"] == "error":
            raise TalkError(f"the server refused: {event['error']['message']}")
        if event["type"] == kind:
            return


async def _until_settled(wire: Wire, turns: Turns, ends: float) -> None:
    """Follow the server until the file has been said, at `ends`, and all of it answered."""
    now = asyncio.get_running_loop().time
    calm = ends + _CALM_S
    while not (turns.settled and now() >= calm):
        event = await next_event(wire, calm if turns.settled else max(now(), ends) + _PATIENCE_S)
        if event is not None:
            turns.follow(event, now())
        elif not turns.settled:
            raise TalkError(f"the server has said nothing for {_PATIENCE_S:.0f} s")


async def _speak(wire: Wire, pcm: bytes, chunk_ms: int, began: float) -> None:
    """Send the sound as a microphone would, then silence for as long as it is let.

    The chunk that holds [a, b) of the sound leaves at `began` + b: it cannot leave any earlier.
    """
    loop = asyncio.get_running_loop()
    for number, chunk in enumerate(_chunks(pcm, chunk_ms), start=1):
        await asyncio.sleep(began + number * chunk_ms / 1000 - loop.time())
        wire.send(append(chunk))


def _chunks(pcm: bytes, chunk_ms: int) -> Iterator[bytes]:
    width = INPUT_RATE * chunk_ms // 1000 * 2
    for start in range(0, len(pcm), width):
        yield pcm[start : start + width].ljust(width, b"\0")
    while True:
        yield bytes(width)
