"""The beta dialect: sessions that only transcribe."""

from typing import Any

import numpy as np

from repartee.conformance.play import beta_moves, moves, sound
from repartee.conformance.play.beta_moves import COMMITTED, CREATED
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_OPENED = "transcription_session.created"
_DIALECT = "beta_transcription"
_COMPLETED = "conversation.item.input_audio_transcription.completed"
_HEARD = {"input_audio_transcription": {"model": "gpt-4o-mini-transcribe"}}


async def _transcribing(stage: Stage, **session: Any) -> Client:
    """A session that has begun, with these members of it changed."""
    client = await stage.connect(dialect=_DIALECT)
    await client.expect(_OPENED)
    if session:
        await stage.update(client, **session)
    return client


@case("B018", dialect="beta")
async def an_older_transcription_session_opens(stage: Stage) -> None:
    """transcription_session.created comes first, by header or subprotocol; it is flat."""
    key = stage.place.key or "sk-anything"
    offered = ("realtime", f"openai-insecure-api-key.{key}", "openai-beta.realtime-v1")
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"headers": {}, "subprotocols": offered, "key": None},
    )
    for way in ways:
        client = await stage.connect(dialect=_DIALECT, **way)
        created = await client.next(_OPENED)
        client.check(created["type"] == _OPENED, f"the first frame is {created['type']}")
        session = created["session"]
        kind = session["object"]
        client.check(kind == "realtime.transcription_session", f"it is a {kind}")
        client.check(session["input_audio_format"] == "pcm16", "it does not begin with pcm16")
        alien = {"type", "audio", "instructions", "voice", "tools"} & {*session}
        client.check(not alien, f"the session has the members {sorted(alien)}")


@case("B017", dialect="beta")
async def the_older_intent_comes_without_a_model(stage: Stage) -> None:
    """intent=transcription with model=: invalid_model, then close 4000."""
    query = {"intent": "transcription", "model": stage.place.model}
    client = await stage.connect(query=query, dialect=_DIALECT)
    await client.refused(None, code="invalid_model", says=r"must not provide a model")
    closing = await client.closed()
    client.check(closing.code == 4000, f"the connection closes with {closing.code}")


@case("B018", "B025", "B026", dialect="beta")
async def an_older_transcription_session_is_updated(stage: Stage) -> None:
    """transcription_session.update is answered by .updated, which shows the merged session."""
    client = await _transcribing(stage)
    shown = await stage.update(client, **_HEARD, input_audio_format="g711_alaw")
    told = shown["input_audio_format"]
    client.check(told == "g711_alaw", f"input_audio_format is {told!r}")
    shown = await stage.update(client, turn_detection=None)
    client.check(shown["turn_detection"] is None, "turn_detection is still on")
    told = shown["input_audio_format"]
    client.check(told == "g711_alaw", f"input_audio_format is {told!r} now")


@case("B033", dialect="beta")
async def each_session_has_its_own_update(stage: Stage) -> None:
    """session.update in a session that transcribes, and the reverse, is refused by its sentence."""
    pairs = (
        (await _transcribing(stage), "session.update", "a realtime", "a transcription"),
        (await stage.session(), "transcription_session.update", "a transcription", "a realtime"),
    )
    for client, kind, one, other in pairs:
        event_id = client.send(kind, session={})
        says = f"^Passing {one} session update event to {other} session is not allowed\\.$"
        await client.refused(event_id, says=says)


@case("B057", "B070", "B183", dialect="beta")
async def an_older_turn_is_transcribed(stage: Stage) -> None:
    """started, stopped, committed, conversation.item.created, completed; and no response."""
    client = await _transcribing(stage, **_HEARD, turn_detection=moves.VAD)
    said = [sound.silence(500), sound.speech(), sound.silence(1500)]
    moves.append(client, np.concatenate(said))
    speech = ("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped")
    started, *_, created = await client.in_order(*speech, COMMITTED, CREATED)
    client.check(created["item"]["id"] == started["item_id"], "the item_id has changed")
    if not list(client.told(_COMPLETED)):
        await client.expect(_COMPLETED, item_id=started["item_id"])
    await client.fence()
    kinds = [str(frame.event.get("type")) for frame in client.frames if frame.side == "server"]
    begun = [kind for kind in kinds if kind.startswith("response.")]
    client.check(not begun, f"the turn is answered by {begun}")


@case("B138", "B173", dialect="beta")
async def an_older_transcription_session_has_no_answers(stage: Stage) -> None:
    """response.create and conversation.item.create are refused; commits are transcribed."""
    client = await _transcribing(stage, **_HEARD, turn_detection=None)
    await client.refused(client.send("response.create"))
    event_id = client.send("conversation.item.create", item=beta_moves.message("Hello."))
    await client.refused(event_id)
    created = await beta_moves.commit(client, sound.speech())
    await client.expect(_COMPLETED, item_id=created["item"]["id"])


@case("B028", dialect="beta")
async def fields_of_answers_are_unknown_to_older_sessions(stage: Stage) -> None:
    """instructions, voice and tools are unknown_parameter with their path."""
    client = await _transcribing(stage)
    unknown: dict[str, Any] = {"instructions": "Hum.", "voice": "echo", "tools": []}
    for name, value in unknown.items():
        event_id = client.send("transcription_session.update", session={name: value})
        await client.refused(event_id, code="unknown_parameter", param=f"session.{name}")
