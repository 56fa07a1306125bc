"""session.update: what it changes, and what it leaves."""

from typing import Any

from repartee.conformance.judges.configuration import shows
from repartee.conformance.play import moves
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

LOGPROBS = ["item.input_audio_transcription.logprobs"]
_SEMANTIC = {"type": "semantic_vad"}


async def including(client: Client) -> dict[str, Any] | None:
    """Ask for log probabilities: the session then, None where it is refused by name."""
    event_id = client.send("session.update", session={"type": "realtime", "include": LOGPROBS})
    event = await client.next("session.updated")
    if event["type"] == "error":
        error = event["error"]
        client.check(error.get("event_id") in (event_id, None), "the error is about nothing")
        client.check(error.get("param") == "session.include", "it is refused, but not by name")
        return None
    session: dict[str, Any] = event["session"]
    return session


@case("B025")
async def an_update_is_answered_once_with_the_whole_session(stage: Stage) -> None:
    """session.updated comes once, shows the whole session, and has an event_id of its own."""
    client = await stage.connect()
    created = await client.expect("session.created")
    event_id = client.send("session.update", session={"type": "realtime", "instructions": "Hum."})
    updated = await client.expect("session.updated")
    client.check(updated["event_id"] != event_id, "session.updated has the client's event_id")
    wanted = {**created["session"], "instructions": "Hum."}
    client.check(shows(wanted, updated["session"]), "session.updated is not the whole session")
    shown = await stage.update(client, instructions="Sing.")
    client.check(shown["instructions"] == "Sing.", "one update is answered twice")


@case("B026")
async def an_update_changes_what_it_names(stage: Stage) -> None:
    """Only the members that are there change, within audio.input and audio.output as well."""
    client = await stage.session(instructions="Hum.", audio={"output": {"speed": 1.25}})
    shown = await stage.update(client, audio={"input": {"turn_detection": None}})
    heard, spoken = shown["audio"]["input"], shown["audio"]["output"]
    client.check(shown["instructions"] == "Hum.", "the instructions have changed as well")
    client.check(spoken["speed"] == 1.25, "the speed has changed as well")
    client.check(heard["turn_detection"] is None, "turn_detection has not changed")
    client.check(heard["format"]["type"] == "audio/pcm", "the input format has changed as well")


@case("B027")
async def settings_can_be_cleared(stage: Stage) -> None:
    """instructions "", tools [], and null for turn detection, transcription, noise reduction."""
    client = await stage.session(
        instructions="Hum.",
        tools=[moves.WEATHER],
        audio={"input": {"transcription": {"model": "whisper-1"}}},
    )
    off = {"turn_detection": None, "transcription": None, "noise_reduction": None}
    shown = await stage.update(client, instructions="", tools=[], audio={"input": off})
    client.check(shown["instructions"] == "", "the instructions are not cleared")
    client.check(shown["tools"] == [], "the tools are not cleared")
    for name in off:
        value = shown["audio"]["input"].get(name)
        client.check(value is None, f"{name} is {value!r} after null")


@case("B031")
async def the_voice_can_change_before_it_is_heard(stage: Stage) -> None:
    """Until the assistant has spoken, another voice is accepted, and the response has it."""
    client = await stage.session()
    shown = await stage.update(client, audio={"output": {"voice": "cedar"}})
    client.check(shown["audio"]["output"]["voice"] == "cedar", "the voice has not changed")
    shown = await stage.update(client, audio={"output": {"voice": "marin"}})
    client.check(shown["audio"]["output"]["voice"] == "marin", "the voice has not changed again")


@case("B030")
async def the_voice_is_locked_once_heard(stage: Stage) -> None:
    """After assistant audio another voice is refused, cannot_update_voice; the same is not."""
    client = await stage.manual()
    await stage.update(client, audio={"output": {"voice": "marin"}})
    await moves.spoken(client)
    voice = {"output": {"voice": "cedar"}}
    event_id = client.send("session.update", session={"type": "realtime", "audio": voice})
    code, accepted = "cannot_update_voice", "session.updated"
    error = await client.refused(event_id, code=code, param=None, unless=accepted)
    client.check(error["type"] == "invalid_request_error", f"the error is a {error['type']}")
    shown = await stage.update(client, audio={"output": {"voice": "marin"}})
    client.check(shown["audio"]["output"]["voice"] == "marin", "the voice has changed")


@case("B032")
async def the_model_stays(stage: Stage) -> None:
    """The current model is accepted in an update, another one does not change the session."""
    client = await stage.connect()
    created = await client.expect("session.created")
    model = created["session"]["model"]
    for asked in (model, "another-model"):
        shown = await stage.update(client, model=asked)
        client.check(shown["model"] == model, f"the model is {shown['model']!r} now")


@case("B034")
async def tracing_is_set_once(stage: Stage) -> None:
    """tracing can be set while it is null, and cannot be changed after that."""
    client = await stage.session()
    shown = await stage.update(client, tracing="auto")
    client.check(shown.get("tracing") == "auto", f"tracing is {shown.get('tracing')!r}")
    traced = {"workflow_name": "other"}
    event_id = client.send("session.update", session={"type": "realtime", "tracing": traced})
    await client.refused(event_id, unless="session.updated")
    shown = await stage.update(client)
    client.check(shown.get("tracing") == "auto", "tracing has changed")


@case("B035")
async def speed_changes_are_echoed(stage: Stage) -> None:
    """speed can be changed within 0.25 and 1.5, and is echoed at once."""
    client = await stage.session()
    for speed in (0.25, 1.5, 1.0):
        shown = await stage.update(client, audio={"output": {"speed": speed}})
        told = shown["audio"]["output"]["speed"]
        client.check(told == speed, f"speed is {told}, not {speed}")


@case("B036")
async def max_output_tokens_takes_its_range(stage: Stage) -> None:
    """max_output_tokens takes 1, 4096 and inf."""
    client = await stage.session()
    for limit in (1, 4096, "inf"):
        shown = await stage.update(client, max_output_tokens=limit)
        told = shown["max_output_tokens"]
        client.check(told == limit, f"max_output_tokens is {told!r}, not {limit!r}")


@case("B037")
async def output_modalities_take_one(stage: Stage) -> None:
    """output_modalities takes [text] and [audio]."""
    client = await stage.session()
    for modality in ("text", "audio"):
        shown = await stage.update(client, output_modalities=[modality])
        told = shown["output_modalities"]
        client.check(told == [modality], f"output_modalities is {told}")


@case("B039")
async def formats_are_echoed(stage: Stage) -> None:
    """G.711 has no rate, pcm has 24000."""
    client = await stage.session()
    for kind in ("audio/pcmu", "audio/pcma"):
        told = {"format": {"type": kind}}
        shown = await stage.update(client, audio={"input": told, "output": told})
        for side in ("input", "output"):
            now = shown["audio"][side]["format"]
            client.check(now["type"] == kind, f"the {side} format is {now}")
            client.check(now.get("rate") in (None, 8000), f"the {side} format is {now}")
    pcm = {"format": {"type": "audio/pcm", "rate": 24_000}}
    shown = await stage.update(client, audio={"input": pcm, "output": pcm})
    client.check(shown["audio"]["input"] | pcm == shown["audio"]["input"], "pcm has no rate")


@case("B043")
async def semantic_turn_detection_shows_its_members(stage: Stage) -> None:
    """semantic_vad echoes eagerness, which is auto by default, and both flags."""
    client = await stage.session()
    shown = await stage.update(client, audio={"input": {"turn_detection": _SEMANTIC}})
    wanted: dict[str, Any] = {
        **_SEMANTIC,
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }
    told = shown["audio"]["input"]["turn_detection"]
    client.check(shows(wanted, told), f"turn_detection is {told}")
    for eagerness in ("low", "medium", "high"):
        asked = {**_SEMANTIC, "eagerness": eagerness, "interrupt_response": False}
        shown = await stage.update(client, audio={"input": {"turn_detection": asked}})
        told = shown["audio"]["input"]["turn_detection"]
        client.check(shows(asked, told), f"turn_detection is {told}")


@case("B044")
async def tool_choice_takes_all_its_forms(stage: Stage) -> None:
    """tool_choice takes none, auto, required, and a function by name."""
    client = await stage.session(tools=[moves.WEATHER])
    for choice in ("none", "required", moves.FORCED, "auto"):
        shown = await stage.update(client, tool_choice=choice)
        client.check(shows(choice, shown["tool_choice"]), f"{choice} is {shown['tool_choice']}")


@case("B048")
async def transcripts_can_include_logprobs(stage: Stage) -> None:
    """include takes logprobs, or is refused by name where the recogniser has none."""
    client = await stage.session()
    shown = await including(client)
    if shown is not None:
        client.check(shown.get("include") == LOGPROBS, f"include is {shown.get('include')!r}")


@case("B137")
async def reasoning_effort_takes_five_words(stage: Stage) -> None:
    """reasoning.effort takes minimal, low, medium, high and xhigh."""
    client = await stage.session()
    for effort in ("minimal", "low", "medium", "high", "xhigh"):
        await stage.update(client, reasoning={"effort": effort})
