"""Sessions that only transcribe: what they are, and what they do with what is said."""

from typing import Any

import numpy as np

from repartee.conformance.play import moves, sound
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Event

_STARTED = "input_audio_buffer.speech_started"
_STOPPED = "input_audio_buffer.speech_stopped"
_COMMITTED = "input_audio_buffer.committed"
_ADDED, _DONE = "conversation.item.added", "conversation.item.done"
_PREFIX = "conversation.item.input_audio_transcription."
_LOGPROBS = "item.input_audio_transcription.logprobs"

_MODEL = "gpt-4o-mini-transcribe"


async def _manual(stage: Stage, model: str = _MODEL, **session: Any) -> Client:
    """A session in which the client commits."""
    heard = {"turn_detection": None, "transcription": {"model": model}}
    return await stage.session(audio={"input": heard}, **session)


def _say(client: Client) -> None:
    """Say the sentence, with silence around it."""
    said = [sound.silence(500), sound.speech(), sound.silence(1500)]
    moves.append(client, np.concatenate(said))


async def _transcript(client: Client, item_id: str) -> tuple[list[Event], Event]:
    """The deltas and the end of a transcript, which may have come already."""
    told = (each for each in client.told(f"{_PREFIX}completed") if each["item_id"] == item_id)
    done = next(told, None) or await client.expect(f"{_PREFIX}completed", item_id=item_id)
    return [each for each in client.told(f"{_PREFIX}delta") if each["item_id"] == item_id], done


async def _heard(client: Client) -> tuple[list[Event], Event]:
    """As `_transcript`, of the sentence, which the client commits."""
    added = await moves.commit(client, sound.speech())
    return await _transcript(client, added["item"]["id"])


@case("B016", dialect="transcription")
async def the_intent_opens_a_transcription_session(stage: Stage) -> None:
    """?intent=transcription without model: type transcription, and nothing of a model's answers."""
    client = await stage.connect()
    created = await client.next("session.created")
    client.check(created["type"] == "session.created", f"the first frame is {created['type']}")
    session = created["session"]
    wanted = {"type": "transcription", "object": "realtime.transcription_session"}
    for name, value in wanted.items():
        client.check(session.get(name) == value, f"{name} is {session.get(name)!r}")
    client.check(session["id"].startswith("sess_"), f"the id is {session['id']!r}")
    alien = {"model", "output_modalities", "instructions", "tools", "tool_choice"} & {*session}
    client.check(not alien, f"the session has the members {sorted(alien)}")
    client.check("output" not in session["audio"], "the session has audio.output")


@case("B004", "B016", dialect="transcription")
async def the_intent_goes_with_the_subprotocol(stage: Stage) -> None:
    """Offered realtime and a key as subprotocols, realtime alone is chosen here as well."""
    key = stage.place.key or "sk-anything"
    offered = ("realtime", f"openai-insecure-api-key.{key}")
    client = await stage.connect(subprotocols=offered, key=None)
    created = await client.expect("session.created")
    kind = created["session"]["type"]
    client.check(kind == "transcription", f"the session is of type {kind!r}")
    assert client.wire is not None
    chosen = client.wire.subprotocol
    client.check(chosen == "realtime", f"the server chooses the subprotocol {chosen!r}")


@case("B017", dialect="transcription")
async def the_intent_comes_without_a_model(stage: Stage) -> None:
    """?intent=transcription with model=: the error invalid_model says so, then close 4000."""
    query = {"intent": "transcription", "model": stage.place.model}
    client = await stage.connect(query=query)
    await client.refused(None, code="invalid_model", says=r"must not provide a model")
    closing = await client.closed()
    reason = "invalid_request_error.invalid_model"
    client.check(closing == (4000, reason), f"the connection closes with {closing}")


@case("B025", "B026", dialect="transcription")
async def a_transcription_session_is_updated(stage: Stage) -> None:
    """session.update with type transcription: the whole session comes back, merged."""
    client = await stage.session()
    heard = {"transcription": {"model": _MODEL, "language": "en"}}
    shown = await stage.update(client, audio={"input": heard})
    told = shown["audio"]["input"]
    client.check(told["transcription"]["model"] == _MODEL, f"it is {told['transcription']}")
    shown = await stage.update(client, audio={"input": {"turn_detection": None}})
    told = shown["audio"]["input"]
    client.check(told["turn_detection"] is None, "turn_detection is still on")
    client.check(told["transcription"]["language"] == "en", "transcription has changed as well")


@case("B033", dialect="transcription")
async def a_transcription_session_stays_one(stage: Stage) -> None:
    """An update with type realtime is refused in the words of the API."""
    client = await stage.session()
    event_id = client.send("session.update", session={"type": "realtime"})
    says = r"^Passing a realtime session update event to a transcription session is not allowed\.$"
    await client.refused(event_id, says=says)


@case("B024", "B028", dialect="transcription")
async def fields_of_answers_are_unknown(stage: Stage) -> None:
    """instructions, tools, modalities and audio.output are unknown_parameter with their path."""
    client = await stage.session()
    unknown: dict[str, Any] = {
        "instructions": "Hum.",
        "tools": [],
        "output_modalities": ["text"],
        "max_output_tokens": 100,
    }
    for name, value in unknown.items():
        said = {"type": "transcription", name: value}
        event_id = client.send("session.update", session=said)
        await client.refused(event_id, code="unknown_parameter", param=f"session.{name}")
    voice = {"type": "transcription", "audio": {"output": {"voice": "marin"}}}
    event_id = client.send("session.update", session=voice)
    await client.refused(event_id, code="unknown_parameter")
    event_id = client.send("session.update", session={"include": []})
    await client.refused(event_id, code="missing_required_parameter", param="session.type")


@case("B070", "B081", "B183", dialect="transcription")
async def a_turn_is_transcribed_and_not_answered(stage: Stage) -> None:
    """started, stopped, committed, item, transcript; create_response has no effect."""
    detection = {**moves.VAD, "create_response": True, "interrupt_response": True}
    heard = {"turn_detection": detection, "transcription": {"model": _MODEL}}
    client = await stage.session(audio={"input": heard})
    _say(client)
    started, *_, done = await client.in_order(_STARTED, _STOPPED, _COMMITTED, _ADDED, _DONE)
    client.check(done["item"]["id"] == started["item_id"], "the item_id has changed")
    await _transcript(client, started["item_id"])
    await client.fence()
    kinds = [str(frame.event.get("type")) for frame in client.frames if frame.side == "server"]
    begun = [kind for kind in kinds if kind.startswith("response.")]
    client.check(not begun, f"the turn is answered by {begun}")


@case("B055", "B056", "B173", dialect="transcription")
async def a_commit_is_transcribed(stage: Stage) -> None:
    """Without turn detection: committed, added, done, and one completed for each item."""
    client = await _manual(stage)
    await moves.commit_thrice(client)


@case("B175", "B177", dialect="transcription")
async def the_deltas_are_the_transcript(stage: Stage) -> None:
    """Deltas add up to the transcript, and completed tells the usage."""
    client = await _manual(stage)
    deltas, done = await _heard(client)
    moves.add_up(client, deltas, done)


@case("B176", dialect="transcription")
async def the_model_decides_how_usage_is_told(stage: Stage) -> None:
    """whisper-1 counts seconds, other models count tokens."""
    for model, unit in (("whisper-1", "duration"), (_MODEL, "tokens")):
        client = await _manual(stage, model)
        _, done = await _heard(client)
        told = done["usage"]["type"]
        client.check(told == unit, f"{model} counts {told!r}")


@case("B178", dialect="transcription")
async def probabilities_come_or_are_refused(stage: Stage) -> None:
    """include: the transcript has logprobs, of token, logprob and bytes; or it is refused."""
    client = await _manual(stage)
    said = {"type": "transcription", "include": [_LOGPROBS]}
    event_id = client.send("session.update", session=said)
    answer = await client.next("session.updated")
    if answer["type"] == "error":
        error = answer["error"]
        param = str(error.get("param"))
        client.check(param.startswith("session."), f"the refusal names {param!r}")
        client.check(error.get("event_id") == event_id, "the refusal is about another event")
        return
    _, done = await _heard(client)
    logprobs = done.get("logprobs")
    client.check(bool(logprobs), "completed has no logprobs")
    for entry in logprobs or ():
        client.check({*entry} >= {"token", "logprob", "bytes"}, f"an entry is {entry}")


@case("B173", "B179", dialect="transcription")
async def what_cannot_be_understood_is_told(stage: Stage) -> None:
    """A hum is transcribed, or fails: with an error of type and message, and no param of null."""
    client = await _manual(stage)
    added = await moves.commit(client, sound.hum(1000))
    item_id = added["item"]["id"]
    event = await client.next("a transcript")
    while event.get("item_id") != item_id or event["type"] == f"{_PREFIX}delta":
        event = await client.next("a transcript")
    if event["type"] == f"{_PREFIX}failed":
        error = event["error"]
        told = [name for name in ("type", "message") if not isinstance(error.get(name), str)]
        client.check(not told, f"the error has no {told}")
        client.check(error.get("param", "") is not None, "the error has a param of null")
    else:
        kind = event["type"]
        client.check(kind == f"{_PREFIX}completed", f"{kind} comes, not a transcript")


@case("B027", dialect="transcription")
async def transcription_can_be_switched_off(stage: Stage) -> None:
    """With transcription null a commit makes an item, and no transcript."""
    client = await _manual(stage)
    await stage.update(client, audio={"input": {"transcription": None}})
    await moves.commit(client, sound.speech())
    heard = {"transcription": {"model": _MODEL}}
    await stage.update(client, audio={"input": heard})
    _, done = await _heard(client)
    told = [each["item_id"] for each in client.told(f"{_PREFIX}completed")]
    client.check(told == [done["item_id"]], f"{told} are transcribed")


@case("B054", "B053", dialect="transcription")
async def telephone_sound_is_transcribed(stage: Stage) -> None:
    """In G.711 100 ms are 800 bytes; what is said in it is transcribed."""
    laws: tuple[sound.Law, ...] = ("audio/pcmu", "audio/pcma")
    for law in laws:
        client = await _manual(stage)
        await stage.update(client, audio={"input": {"format": {"type": law}}})
        speech = sound.companded(sound.telephone_speech(), law)
        few = sound.companded(sound.silence(100, sound.TELEPHONE_RATE)[:799], law)
        client.send("input_audio_buffer.append", audio=few)
        event_id = client.send("input_audio_buffer.commit")
        await client.refused(event_id, code="input_audio_buffer_commit_empty")
        client.send("input_audio_buffer.append", audio=speech)
        client.send("input_audio_buffer.commit")
        *_, done = await client.in_order(_COMMITTED, _ADDED, _DONE)
        await _transcript(client, done["item"]["id"])


@case("B138", "B183", dialect="transcription")
async def there_are_no_answers(stage: Stage) -> None:
    """response.create and response.cancel are refused, and the session goes on."""
    client = await _manual(stage)
    for kind in ("response.create", "response.cancel"):
        await client.refused(client.send(kind))
    await _heard(client)


@case("B138", dialect="transcription")
async def items_come_from_what_is_said(stage: Stage) -> None:
    """Items of the client, and truncation, are refused in a session that only transcribes."""
    client = await _manual(stage)
    added = await moves.commit(client, sound.speech())
    event_id = client.send("conversation.item.create", item=moves.message("Hello."))
    await client.refused(event_id)
    cut = {"item_id": added["item"]["id"], "content_index": 0, "audio_end_ms": 100}
    await client.refused(client.send("conversation.item.truncate", **cut))
    await _transcript(client, added["item"]["id"])


@case("B096", "B098", dialect="transcription")
async def what_was_said_is_retrieved_and_deleted(stage: Stage) -> None:
    """retrieve brings the item with its audio; after delete it is gone."""
    client = await _manual(stage)
    added = await moves.commit(client, sound.speech())
    item_id = added["item"]["id"]
    await _transcript(client, item_id)
    (part,) = (await moves.retrieve(client, item_id))["content"]
    client.check(bool(part.get("audio")), "the retrieved item has no audio")
    client.send("conversation.item.delete", item_id=item_id)
    await client.expect("conversation.item.deleted", item_id=item_id)
    event_id = client.send("conversation.item.retrieve", item_id=item_id)
    await client.refused(event_id, code="item_retrieve_invalid_item_id")


@case("B082", dialect="transcription")
async def models_without_turns_refuse_detection(stage: Stage) -> None:
    """gpt-realtime-whisper and gpt-live-transcribe take turn_detection null and nothing else."""
    for model in ("gpt-realtime-whisper", "gpt-live-transcribe"):
        client = await _manual(stage, model)
        said = {"audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
        event_id = client.send("session.update", session={"type": "transcription", **said})
        says = r"^Turn detection is not supported for this transcription model\.$"
        await client.refused(event_id, says=says)


@case("B205", dialect="transcription")
async def the_older_update_is_no_event(stage: Stage) -> None:
    """transcription_session.update belongs to the beta: invalid_value at type."""
    client = await stage.session()
    event_id = client.send("transcription_session.update", session={})
    await client.refused(event_id, code="invalid_value", param="type")
