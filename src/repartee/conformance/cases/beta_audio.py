"""The beta dialect: commits, turns found by the server, and transcripts."""

import numpy as np

from repartee.conformance.play import beta_moves, moves, sound
from repartee.conformance.play.beta_moves import COMMITTED, CREATED, TEXT
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_STARTED = "input_audio_buffer.speech_started"
_STOPPED = "input_audio_buffer.speech_stopped"
_TRANSCRIPT = "conversation.item.input_audio_transcription"
_SMALL = "input_audio_buffer_commit_empty"


def _say(client: Client) -> None:
    """Say the sentence, with silence around it."""
    said = [sound.silence(500), sound.speech(), sound.silence(1500)]
    moves.append(client, np.concatenate(said))


@case("B057", "B055", "B058", "B060", dialect="beta")
async def a_commit_creates_one_item(stage: Stage) -> None:
    """committed, then one conversation.item.created, and no response; the buffer is empty then."""
    client = await beta_moves.manual(stage)
    moves.append(client, sound.speech())
    client.send("input_audio_buffer.commit")
    committed, created = await client.in_order(COMMITTED, CREATED)
    item = created["item"]
    client.check(item["id"] == committed["item_id"], "the item is not the one committed")
    told = [(part["type"], part.get("transcript", "absent")) for part in item["content"]]
    client.check(told == [("input_audio", None)], f"its content is {told}")
    more = [event["type"] for event in await client.fence()]
    client.check(not more, f"{more} come after it")
    event_id = client.send("input_audio_buffer.commit")
    await client.refused(event_id, code=_SMALL, says=r"\b0\.00ms")


@case("B054", "B053", dialect="beta")
async def a_telephone_commit_needs_800_bytes(stage: Stage) -> None:
    """In g711_ulaw and g711_alaw 799 bytes are too few, and one more is enough."""
    laws: dict[str, sound.Law] = {"g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
    for word, law in laws.items():
        client = await beta_moves.manual(stage, input_audio_format=word)
        quiet = sound.silence(100, sound.TELEPHONE_RATE)
        for samples in (quiet[:799], quiet[:1]):
            audio = sound.companded(samples, law)
            client.send("input_audio_buffer.append", audio=audio)
            event_id = client.send("input_audio_buffer.commit")
            if len(samples) > 1:
                await client.refused(event_id, code=_SMALL)
        await client.in_order(COMMITTED, CREATED)


@case("B066", "B070", dialect="beta")
async def a_turn_creates_one_item(stage: Stage) -> None:
    """started, stopped, committed, conversation.item.created, response: all of one item_id."""
    client = await stage.session(turn_detection=moves.VAD, **TEXT)
    _say(client)
    kinds = (_STARTED, _STOPPED, COMMITTED, CREATED, "response.created")
    started, stopped, committed, created, response = await client.in_order(*kinds)
    ids = {stopped["item_id"], committed["item_id"], created["item"]["id"]}
    client.check(ids == {started["item_id"]}, "the item_id has changed")
    await moves.ended(client, response["response"]["id"])


@case("B071", dialect="beta")
async def a_turn_need_not_be_answered(stage: Stage) -> None:
    """With create_response false a turn is committed, and no response begins."""
    client = await stage.session(turn_detection={**moves.VAD, "create_response": False})
    _say(client)
    await client.in_order(_STARTED, _STOPPED, COMMITTED, CREATED)
    begun = [each["type"] for each in await client.fence() if each["type"].startswith("response.")]
    client.check(not begun, f"the turn is answered by {begun}")
    await beta_moves.respond(client, **TEXT)


@case("B072", dialect="beta")
async def speech_interrupts_under_the_older_names(stage: Stage) -> None:
    """speech_started cancels the active response: turn_detected."""
    client = await stage.session(turn_detection={**moves.VAD, "create_response": False})
    active = await beta_moves.begun(client)
    _say(client)
    events = await client.collect("response.done", response={"id": active})
    details = events[-1]["response"]["status_details"] or {}
    told = (events[-1]["response"]["status"], details.get("reason"))
    client.check(told == ("cancelled", "turn_detected"), f"the response ends as {told}")
    client.check(_STARTED in [each["type"] for each in events], "it ends before speech starts")


@case("B061", dialect="beta")
async def a_buffer_is_cleared(stage: Stage) -> None:
    """input_audio_buffer.clear forgets what was appended."""
    client = await beta_moves.manual(stage)
    moves.append(client, sound.hum(500))
    client.send("input_audio_buffer.clear")
    await client.expect("input_audio_buffer.cleared")
    event_id = client.send("input_audio_buffer.commit")
    await client.refused(event_id, code=_SMALL)


@case("B173", "B175", "B177", dialect="beta")
async def what_is_said_is_transcribed(stage: Stage) -> None:
    """input_audio_transcription: each item committed gets one completed, the sum of its deltas."""
    heard = {"model": "gpt-4o-mini-transcribe"}
    client = await beta_moves.manual(stage, input_audio_transcription=heard)
    ids = []
    for _ in range(2):
        created = await beta_moves.commit(client, sound.speech())
        ids.append(created["item"]["id"])
    while len(list(client.told(f"{_TRANSCRIPT}.completed"))) < len(ids):
        await client.expect(f"{_TRANSCRIPT}.completed")
    await client.fence()
    done = list(client.told(f"{_TRANSCRIPT}.completed"))
    transcribed = [each["item_id"] for each in done]
    client.check(sorted(transcribed) == sorted(ids), f"{ids} are transcribed as {transcribed}")
    for item_id, completed in zip(transcribed, done, strict=True):
        deltas = [
            each.get("delta") or ""
            for each in client.told(f"{_TRANSCRIPT}.delta")
            if each["item_id"] == item_id
        ]
        streamed = "".join(deltas)
        told = completed["transcript"]
        client.check(not deltas or streamed == told, "the deltas say something else")
        client.check("usage" in completed, "completed has no usage")
