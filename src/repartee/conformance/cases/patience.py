"""Turn detection by meaning, and by the patience of the server: semantic_vad, the idle timeout."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from repartee.conformance.cases.vad import ADDED, COMMITTED, DONE, STARTED, STOPPED, listening
from repartee.conformance.play import moves, sound
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_TRIGGERED = "input_audio_buffer.timeout_triggered"
_IDLE_MS = 5000
_STEP_MS = 100
_LONGEST_WAIT_MS = {"high": 2000, "medium": 4000, "auto": 4000, "low": 8000}
_FRAMES_MS = 300  # by which the end of a word may be heard late
_TIMEOUT_MARGIN_MS = 1500  # the example of the API has 1016 ms more than was configured


async def _meaning(stage: Stage, eagerness: str) -> Client:
    detection = {"type": "semantic_vad", "eagerness": eagerness, "create_response": False}
    return await stage.session(audio={"input": {"turn_detection": detection}}, **moves.TEXT)


@case("B076", "B077")
async def a_turn_by_meaning_ends_in_time(stage: Stage) -> None:
    """semantic_vad tells a turn as server_vad does; it waits 8, 4 or 2 s at most."""
    before_ms = 500
    for eagerness, wait_ms in _LONGEST_WAIT_MS.items():
        client = await _meaning(stage, eagerness)
        said = [sound.silence(before_ms), sound.speech(), sound.silence(wait_ms + 1500)]
        moves.append(client, np.concatenate(said))
        kinds = (STARTED, STOPPED, COMMITTED, ADDED, DONE)
        started, stopped, committed, added, _ = await client.in_order(*kinds)
        ids = {each["item_id"] for each in (started, stopped, committed)}
        client.check(ids == {added["item"]["id"]}, "the item_id has changed")
        speech_ms = before_ms + len(sound.speech()) * 1000 // sound.RATE
        waited = stopped["audio_end_ms"] - speech_ms
        in_time = waited <= wait_ms + _FRAMES_MS
        client.check(in_time, f"with eagerness {eagerness} the turn ends after {waited} ms")


@asynccontextmanager
async def _microphones(clients: Sequence[Client]) -> AsyncIterator[None]:
    """Silence comes from the microphones of these clients, in real time."""

    async def stream() -> None:
        piece = sound.encoded(sound.silence(_STEP_MS))
        while True:
            for client in clients:
                client.send("input_audio_buffer.append", audio=piece)
            await asyncio.sleep(_STEP_MS / 1000)

    task = asyncio.create_task(stream())
    try:
        yield
    finally:
        task.cancel()


async def _idle(stage: Stage, **detection: Any) -> Client:
    return await listening(stage, idle_timeout_ms=_IDLE_MS, **detection)


async def _answered(client: Client) -> None:
    await moves.write(client, "Good morning.")
    await moves.completed(client)


@case("B078", "B079", "B080")
async def an_idle_user_is_spoken_to(stage: Stage) -> None:
    """Some 5 s after an answer: timeout_triggered, committed, item, response.

    Nothing comes where there was no answer before, or where the user speaks.
    """
    quiet, speaking, silent = await _idle(stage), await _idle(stage), await _idle(stage)
    for client in (quiet, speaking):
        await _answered(client)
    moves.append(speaking, sound.speech())
    await speaking.expect(STARTED)
    quiet.patience_s += _IDLE_MS / 1000
    async with _microphones([quiet, silent]):
        kinds = (_TRIGGERED, COMMITTED, ADDED, DONE, "response.created")
        triggered, committed, added, _, created = await quiet.in_order(*kinds)
        await moves.ended(quiet, created["response"]["id"])
    ids = {triggered["item_id"], committed["item_id"], added["item"]["id"]}
    quiet.check(len(ids) == 1, "the item_id has changed")
    long_ms = triggered["audio_end_ms"] - triggered["audio_start_ms"]
    near = abs(long_ms - _IDLE_MS) <= _TIMEOUT_MARGIN_MS
    quiet.check(near, f"the timeout covers {long_ms} ms")
    await silent.fence()
    silent.check(not list(silent.told(_TRIGGERED)), "it is triggered without an answer before")
    await speaking.fence()
    speaking.check(not list(speaking.told(_TRIGGERED)), "it is triggered while the user speaks")
    speaking.send("input_audio_buffer.clear")
    await speaking.expect("input_audio_buffer.cleared")
