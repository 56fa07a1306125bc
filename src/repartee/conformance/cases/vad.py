"""Turn detection by the server: turns, offsets, automatic responses, barge-in."""

from typing import Any

import numpy as np

from repartee.conformance.play import moves, sound
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Event

STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
COMMITTED = "input_audio_buffer.committed"
ADDED, DONE = "conversation.item.added", "conversation.item.done"

_SPEECH_MS = len(sound.speech()) * 1000 // sound.RATE
_FRAME_MS = 100  # by which the same sound may be judged otherwise elsewhere in the stream


async def listening(stage: Stage, **detection: Any) -> Client:
    """A session that detects turns, with these members of turn_detection changed."""
    asked = {**moves.VAD, **detection}
    return await stage.session(audio={"input": {"turn_detection": asked}}, **moves.TEXT)


def say(client: Client, *, before_ms: int = 0, after_ms: int = 1500) -> None:
    """Say the sentence, with silence around it."""
    said = [sound.silence(before_ms), sound.speech(), sound.silence(after_ms)]
    moves.append(client, np.concatenate(said))


async def answered(client: Client) -> dict[str, Any]:
    """Wait until the turn has had its answer."""
    created = await client.expect("response.created")
    return await moves.ended(client, created["response"]["id"])


async def _turn(stage: Stage, before_ms: int = 1000, **detection: Any) -> tuple[Event, Event]:
    """The beginning and the end of a turn; nobody answers it."""
    client = await listening(stage, create_response=False, **detection)
    say(client, before_ms=before_ms)
    started = await client.expect(STARTED)
    stopped = await client.expect(STOPPED)
    await client.expect(DONE)
    return started, stopped


@case("B066", "B070")
async def a_turn_has_one_name_and_one_order(stage: Stage) -> None:
    """started, stopped, committed, item, response: in this order, and all of one item_id."""
    client = await listening(stage)
    say(client)
    kinds = (STARTED, STOPPED, COMMITTED, ADDED, DONE, "response.created")
    started, stopped, committed, added, done, created = await client.in_order(*kinds)
    for event in (stopped, committed, added["item"] | {"item_id": added["item"]["id"]}):
        client.check(event["item_id"] == started["item_id"], "the item_id has changed")
    client.check(done["item"]["id"] == started["item_id"], "the item_id has changed")
    await moves.ended(client, created["response"]["id"])


@case("B067")
async def the_start_includes_the_padding(stage: Stage) -> None:
    """audio_start_ms lies prefix_padding_ms before the speech, but never before 0."""
    bare, _ = await _turn(stage, prefix_padding_ms=0)
    padded, _ = await _turn(stage, prefix_padding_ms=500)
    client = stage.clients[-1]
    padding = bare["audio_start_ms"] - padded["audio_start_ms"]
    client.check(abs(padding - 500) <= moves.MARGIN_MS, f"500 ms of padding are {padding} ms")
    early, _ = await _turn(stage, before_ms=0, prefix_padding_ms=1000)
    client.check(early["audio_start_ms"] == 0, f"speech starts at {early['audio_start_ms']} ms")


@case("B068")
async def the_end_includes_the_silence(stage: Stage) -> None:
    """audio_end_ms lies silence_duration_ms behind the speech."""
    _, soon = await _turn(stage, silence_duration_ms=300)
    _, late = await _turn(stage, silence_duration_ms=900)
    client = stage.clients[-1]
    longer = late["audio_end_ms"] - soon["audio_end_ms"]
    client.check(abs(longer - 600) <= moves.MARGIN_MS, f"600 ms more of silence are {longer} ms")
    least = 1000 + _SPEECH_MS + 300 - 3 * _FRAME_MS
    told = soon["audio_end_ms"]
    client.check(told >= least, f"audio_end_ms is {told}: the silence is not in it")


@case("B062", "B063")
async def offsets_count_the_audio_of_the_session(stage: Stage) -> None:
    """Offsets count all audio received, over commits, and not the time that has passed."""
    client = await listening(stage, create_response=False)
    say(client, before_ms=10_000)
    first = await client.expect(STARTED)
    said_ms = 10_000 + _SPEECH_MS + 1500
    _check_near(client, first["audio_start_ms"], 10_000 - 300)
    await client.expect(DONE)
    say(client, before_ms=500)
    second = await client.expect(STARTED)
    _check_near(client, second["audio_start_ms"], said_ms + 500 - 300)
    await client.expect(DONE)


def _check_near(client: Client, told: int, expected: int) -> None:
    near = abs(told - expected) <= 3 * _FRAME_MS
    client.check(near, f"audio_start_ms is {told}, the speech is at {expected}")


@case("B069")
async def a_commit_in_mid_speech_ends_the_turn(stage: Stage) -> None:
    """When the client commits during speech, its speech_stopped does not follow."""
    client = await listening(stage, create_response=False)
    say(client, after_ms=0)
    started = await client.expect(STARTED)
    client.send("input_audio_buffer.commit")
    committed, *_ = await client.in_order(COMMITTED, ADDED, DONE)
    client.check(committed["item_id"] == started["item_id"], "the item_id has changed")
    say(client, before_ms=2000)
    again = await client.collect(STARTED)
    stopped = [event["item_id"] for event in again if event["type"] == STOPPED]
    client.check(started["item_id"] not in stopped, "speech_stopped follows the commit")
    client.check(again[-1]["item_id"] != started["item_id"], "the item_id is used again")
    await client.expect(DONE)


@case("B059")
async def a_late_commit_is_harmless(stage: Stage) -> None:
    """A client's commit behind that of the server is an empty one; the session goes on."""
    client = await listening(stage, create_response=False)
    say(client, after_ms=600)
    await client.in_order(STARTED, STOPPED, COMMITTED, ADDED, DONE)
    client.send("input_audio_buffer.clear")
    await client.expect("input_audio_buffer.cleared")
    event_id = client.send("input_audio_buffer.commit")
    await client.refused(event_id, code="input_audio_buffer_commit_empty")
    say(client, before_ms=200)
    await client.in_order(STARTED, STOPPED, COMMITTED, ADDED, DONE)


@case("B071")
async def turns_need_not_be_answered(stage: Stage) -> None:
    """With create_response false a turn is committed, and no response begins."""
    client = await listening(stage, create_response=False)
    say(client)
    await client.in_order(STARTED, STOPPED, COMMITTED, ADDED, DONE)
    told = [event["type"] for event in await client.fence()]
    begun = [kind for kind in told if kind.startswith("response.")]
    client.check(not begun, f"the turn is answered by {begun}")
    await moves.completed(client)  # and were one running, this one would be refused


@case("B072")
async def speech_interrupts_the_answer(stage: Stage) -> None:
    """speech_started cancels the active response, turn_detected; one out of band goes on."""
    client = await listening(stage, create_response=False)
    await stage.update(client, output_modalities=["audio"])
    active = await moves.begun(client)
    given = [moves.message("Say hello.")]
    client.send("response.create", response={"conversation": "none", "input": given, **moves.TEXT})
    beside = await client.expect("response.created")
    say(client)
    events = await client.collect("response.done", response={"id": active})
    done = events[-1]["response"]
    client.check(done["status"] == "cancelled", f"the response ends as {done['status']}")
    reason = done["status_details"]["reason"]
    client.check(reason == "turn_detected", f"it is cancelled for {reason!r}")
    started = any(event["type"] == STARTED for event in events)
    client.check(started, "the response is cancelled before speech starts")
    other = await moves.over(client, beside["response"]["id"])
    client.check(other["status"] == "completed", f"the other one ends as {other['status']}")


@case("B073")
async def speech_need_not_interrupt(stage: Stage) -> None:
    """With interrupt_response false the answer goes on, and what was said becomes an item."""
    client = await listening(stage, interrupt_response=False, create_response=False)
    active = await moves.begun(client)
    say(client)
    started = await client.expect(STARTED)
    item = await client.expect(DONE, item={"id": started["item_id"]})
    client.check(item["item"]["role"] == "user", "the item is not the user's")
    reason = ((await moves.stop(client, active))["status_details"] or {}).get("reason")
    client.check(reason != "turn_detected", "the response is cancelled by speech")


@case("B074")
async def a_short_pause_does_not_end_a_turn(stage: Stage) -> None:
    """Silence shorter than silence_duration_ms is part of the speech."""
    client = await listening(stage, silence_duration_ms=1500, create_response=False)
    say(client, after_ms=700)
    say(client, after_ms=2500)
    _, stopped, *_ = await client.in_order(STARTED, STOPPED, COMMITTED, ADDED, DONE)
    least = 2 * _SPEECH_MS + 700 + 1500 - 3 * _FRAME_MS
    told = stopped["audio_end_ms"]
    client.check(told >= least, f"the turn ends at {told} ms, before the sentence is over")


@case("B075")
async def silence_is_no_speech(stage: Stage) -> None:
    """Ten seconds of silence start no turn."""
    client = await listening(stage, create_response=False)
    moves.append(client, sound.silence(10_000))
    say(client)  # so that we know when the silence has been judged
    started = await client.expect(STARTED)
    _check_near(client, started["audio_start_ms"], 10_000 - 300)
    await client.expect(DONE)


@case("B122")
async def an_automatic_response_is_an_active_one(stage: Stage) -> None:
    """response.create while a turn is being answered is refused like any second one."""
    client = await listening(stage)
    await stage.update(client, output_modalities=["audio"], instructions=moves.LONG_TASK)
    say(client)
    created = await client.expect("response.created")
    event_id = client.send("response.create")
    error = await client.refused(event_id, code="conversation_already_has_active_response")
    named = created["response"]["id"] in error["message"]
    client.check(named, "the error does not name the active response")
    await moves.stop(client, created["response"]["id"])


@case("B049")
async def an_update_leaves_running_speech_alone(stage: Stage) -> None:
    """A session.update in mid-speech that leaves turn detection alone loses nothing of it."""
    client = await listening(stage, create_response=False)
    say(client, after_ms=0)
    started = await client.expect(STARTED)
    await stage.update(client, instructions="Hum.")
    moves.append(client, sound.silence(1500))
    stopped, committed, *_ = await client.in_order(STOPPED, COMMITTED, ADDED, DONE)
    for event in (stopped, committed):
        client.check(event["item_id"] == started["item_id"], "the item_id has changed")
