"""Transcripts of what the user said in a realtime session."""

from typing import Any

from repartee.conformance.cases.session_update import including
from repartee.conformance.play import moves, sound
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Event

_PREFIX = "conversation.item.input_audio_transcription."


async def _transcribing(stage: Stage, model: str = "gpt-4o-mini-transcribe", **more: Any) -> Client:
    heard = {"turn_detection": None, "transcription": {"model": model, **more}}
    return await stage.session(audio={"input": heard})


async def _transcript(client: Client) -> tuple[list[Event], Event]:
    """The deltas and the end of a transcript of the sentence."""
    added = await moves.commit(client, sound.speech())
    item_id = added["item"]["id"]
    done = await client.expect(f"{_PREFIX}completed", item_id=item_id)
    return [each for each in client.told(f"{_PREFIX}delta") if each["item_id"] == item_id], done


@case("B173", "B174")
async def every_commit_is_transcribed_once(stage: Stage) -> None:
    """Each committed item gets one completed, matched by its item_id."""
    client = await _transcribing(stage)
    await moves.commit_thrice(client)


@case("B175", "B177")
async def a_transcript_is_the_sum_of_its_deltas(stage: Stage) -> None:
    """Deltas add up to the transcript, and completed tells the usage."""
    client = await _transcribing(stage)
    deltas, done = await _transcript(client)
    moves.add_up(client, deltas, done)


@case("B176")
async def whisper_tells_all_at_once(stage: Stage) -> None:
    """whisper-1 gives one delta at most, and counts seconds."""
    client = await _transcribing(stage, "whisper-1")
    deltas, done = await _transcript(client)
    client.check(len(deltas) <= 1, f"whisper-1 gives {len(deltas)} deltas")
    usage = done["usage"]
    client.check(usage["type"] == "duration", f"the usage is {usage}")
    long_s = len(sound.speech()) / sound.RATE
    client.check(abs(usage["seconds"] - long_s) <= 1, f"{long_s:.1f} s are {usage['seconds']} s")


@case("B176")
async def later_models_count_tokens(stage: Stage) -> None:
    """The usage of gpt-4o-mini-transcribe is told in tokens."""
    client = await _transcribing(stage)
    _, done = await _transcript(client)
    client.check(done["usage"]["type"] == "tokens", f"the usage is {done['usage']}")


@case("B178")
async def probabilities_come_where_they_are_asked_for(stage: Stage) -> None:
    """Without include there are no logprobs; with it each has a token, a logprob and bytes."""
    client = await _transcribing(stage)
    deltas, done = await _transcript(client)
    for event in (*deltas, done):
        client.check(not event.get("logprobs"), f"{event['type']} has logprobs")
    if await including(client) is None:
        return
    _, done = await _transcript(client)
    told = done.get("logprobs") or []
    client.check(bool(told), "completed has no logprobs")
    for one in told:
        client.check({"token", "logprob", "bytes"} <= set(one), f"a logprob is {one}")


@case("B182")
async def hints_are_taken(stage: Stage) -> None:
    """language, in ISO 639-1, and prompt are taken and echoed."""
    client = await _transcribing(stage, language="en", prompt="Printing.")
    shown = await stage.update(client)
    told = shown["audio"]["input"]["transcription"]
    client.check(told.get("language") == "en", f"language is {told.get('language')!r}")
    client.check(told.get("prompt") == "Printing.", f"prompt is {told.get('prompt')!r}")


@case("B181")
async def languages_are_told(stage: Stage) -> None:
    """gpt-transcribe tells languages[] on completed."""
    client = await _transcribing(stage, "gpt-transcribe", languages=["en", "de"])
    _, done = await _transcript(client)
    client.check(isinstance(done.get("languages"), list), "completed has no languages")
