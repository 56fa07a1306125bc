"""The beta dialect: fields that GA keeps somewhere else, and what null says."""

from typing import Any

from repartee.conformance.judges.configuration import shows
from repartee.conformance.play import beta_moves, moves, sound
from repartee.conformance.play.beta_moves import TEXT, is_refused
from repartee.conformance.play.case import case
from repartee.conformance.play.stage import Stage

_COMPLETED = "conversation.item.input_audio_transcription.completed"


@case("B026", dialect="beta")
async def null_says_nothing(stage: Stage) -> None:
    """Null where it has no meaning of its own is as if nothing had been said."""
    client = await stage.session(instructions="Hum.", temperature=1.1, turn_detection=None)
    said = ("instructions", "voice", "temperature", "modalities", "tools", "tool_choice", "speed")
    before = await stage.update(client)
    shown = await stage.update(client, **dict.fromkeys((*said, "max_response_output_tokens")))
    changed = [name for name in before if shown.get(name) != before[name]]
    client.check(not changed, f"null has changed {changed}")
    await beta_moves.write(client, "Say hello.")
    nothing = dict.fromkeys(("instructions", "voice", "temperature", "metadata"))
    await beta_moves.respond(client, **nothing, **TEXT)


@case("B028", dialect="beta")
async def members_of_ga_are_unknown_to_a_response(stage: Stage) -> None:
    """audio, output_modalities and turn_detection are unknown_parameter in response.create."""
    client = await beta_moves.manual(stage)
    nested: dict[str, Any] = {
        "audio": {"output": {"voice": "echo"}},
        "output_modalities": ["text"],
        "turn_detection": moves.VAD,
    }
    for name, value in nested.items():
        event_id = client.send("response.create", response={name: value})
        await client.refused(event_id, code="unknown_parameter", param=f"response.{name}")
    await beta_moves.respond(client, **TEXT)


@case("B034", dialect="beta")
async def flat_tracing_is_set_once(stage: Stage) -> None:
    """tracing can be set while it is null, said again, and not be changed."""
    client = await stage.session()
    for _ in range(2):
        shown = await stage.update(client, tracing="auto")
        client.check(shown.get("tracing") == "auto", f"tracing is {shown.get('tracing')!r}")
    await is_refused(client, {"tracing": {"workflow_name": "other"}})


@case("B035", dialect="beta")
async def flat_speed_has_a_range(stage: Stage) -> None:
    """speed takes 0.25 to 1.5, is echoed, and refused by its flat name."""
    client = await stage.session()
    for speed in (0.25, 1.5):
        shown = await stage.update(client, speed=speed)
        client.check(shown.get("speed") == speed, f"speed is {shown.get('speed')}, not {speed}")
    for speed in (0.2, 1.6):
        await is_refused(client, {"speed": speed}, param="session.speed")


@case("B044", "B045", dialect="beta")
async def flat_tool_choice_takes_all_its_forms(stage: Stage) -> None:
    """tool_choice takes none, auto, required and a function; unknown members of a tool do not."""
    client = await stage.session(tools=[moves.WEATHER])
    for choice in ("none", "required", moves.FORCED, "auto"):
        shown = await stage.update(client, tool_choice=choice)
        client.check(shows(choice, shown["tool_choice"]), f"{choice} is {shown['tool_choice']}")
    strict = {"tools": [{**moves.WEATHER, "strict": True}]}
    await is_refused(client, strict, code="unknown_parameter", param="session.tools[0].strict")


@case("B027", "B065", dialect="beta")
async def flat_noise_reduction_is_echoed(stage: Stage) -> None:
    """input_audio_noise_reduction takes near_field, far_field and null; nothing else."""
    client = await stage.session()
    name = "input_audio_noise_reduction"
    for value in ({"type": "near_field"}, {"type": "far_field"}):
        shown = await stage.update(client, **{name: value})
        client.check(shows(value, shown.get(name)), f"{name} is {shown.get(name)}")
    shown = await stage.update(client, **{name: None})
    client.check(shown.get(name) is None, f"{name} is {shown.get(name)} after null")
    await is_refused(client, {name: {"type": "mid_field"}})


@case("B048", "B178", dialect="beta")
async def flat_include_asks_for_probabilities(stage: Stage) -> None:
    """Without include there are no logprobs; other things cannot be included."""
    heard = {"model": "gpt-4o-mini-transcribe"}
    client = await beta_moves.manual(stage, input_audio_transcription=heard)
    created = await beta_moves.commit(client, sound.speech())
    done = await client.expect(_COMPLETED, item_id=created["item"]["id"])
    client.check(not done.get("logprobs"), "completed has logprobs")
    await is_refused(client, {"include": ["item.everything"]})
