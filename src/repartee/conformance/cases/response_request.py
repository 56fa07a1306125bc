"""What response.create asks for: context, instructions, overrides, metadata, its place."""

from typing import Any

from repartee.conformance.play import moves
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_MUCH = "The quick brown fox jumps over the lazy dog. " * 100  # some thousand tokens
_MUCH_TOKENS = 500  # fewer than that has in any tokenizer


async def _read(client: Client, **response: Any) -> int:
    """How many tokens the model reads for a short written answer."""
    done = await moves.completed(client, **moves.TEXT, **response)
    return int(done["usage"]["input_tokens"])


@case("B123")
async def a_response_may_stand_beside(stage: Stage) -> None:
    """conversation none: conversation_id null, no item events, in parallel, not retrievable."""
    client = await stage.manual()
    active = await moves.begun(client)
    beside = {"conversation": "none", "input": [moves.message("Say hello.")], **moves.TEXT}
    client.send("response.create", response=beside)
    created = (await client.expect("response.created"))["response"]
    client.check(created.get("conversation_id") is None, "it stands in the conversation")
    await moves.stop(client, active)
    done = await moves.over(client, created["id"])
    client.check(done["status"] == "completed", f"it ends as {done['status']}")
    (item, *_) = done["output"]
    added = [each["item"]["id"] for each in client.told("conversation.item.added")]
    client.check(item["id"] not in added, "its item is added to the conversation")
    client.send("conversation.item.retrieve", item_id=item["id"])
    retrieved = "conversation.item.retrieved"
    await client.refused(code="item_retrieve_invalid_item_id", unless=retrieved)


@case("B124")
async def metadata_comes_back(stage: Stage) -> None:
    """metadata is on response.created and response.done as it was sent."""
    client = await stage.manual()
    await moves.write(client, "Say hello.")
    metadata = {f"{number:02}".ljust(64, "k"): "v" * 512 for number in range(16)}
    client.send("response.create", response={"metadata": metadata, **moves.TEXT})
    for kind in ("response.created", "response.done"):
        told = (await client.expect(kind))["response"].get("metadata")
        client.check(told == metadata, f"{kind} has other metadata")


@case("B124")
async def too_much_metadata_is_refused(stage: Stage) -> None:
    """17 pairs, a key of 65 characters, a value of 513: each is refused."""
    client = await stage.manual()
    for metadata in ({f"k{n}": "" for n in range(17)}, {"k" * 65: ""}, {"k": "v" * 513}):
        event_id = client.send("response.create", response={"metadata": metadata, **moves.TEXT})
        await client.refused(event_id, unless="response.created")


@case("B125")
async def input_is_the_context(stage: Stage) -> None:
    """input [] reads nothing of the conversation; an item_reference reads that item."""
    client = await stage.manual()
    item_id = await moves.write(client, _MUCH)
    nothing = await _read(client, input=[], conversation="none")
    reference = {"type": "item_reference", "id": item_id}
    given = [reference, moves.message("Say hello.")]
    referred = await _read(client, input=given, conversation="none")
    whole = await _read(client)
    client.check(nothing + _MUCH_TOKENS < whole, f"input [] reads {nothing} tokens of {whole}")
    client.check(nothing + _MUCH_TOKENS < referred, f"the reference adds {referred - nothing}")


@case("B125")
async def input_stays_out_of_the_conversation(stage: Stage) -> None:
    """The items of input are not added to the conversation."""
    client = await stage.manual()
    await moves.completed(client, input=[moves.message("Say hello.")], **moves.TEXT)
    added = [each["item"].get("role") for each in client.told("conversation.item.added")]
    client.check(added == ["assistant"], f"items of {added} are added")


@case("B126")
async def an_unknown_reference_is_refused(stage: Stage) -> None:
    """item_reference to an unknown item: an error, and no response."""
    client = await stage.manual()
    given = [{"type": "item_reference", "id": "nobody"}]
    event_id = client.send("response.create", response={"input": given, **moves.TEXT})
    await client.refused(event_id, unless="response.created")
    await client.fence()
    client.check(not list(client.told("response.created")), "a response is created")


@case("B127")
async def instructions_replace_those_of_the_session(stage: Stage) -> None:
    """instructions of response.create hold in place of the session's, for that response."""
    client = await stage.manual(instructions=_MUCH)
    await moves.write(client, "Say hello.")
    short = await _read(client, instructions="Be brief.")
    long = await _read(client)
    near = short + _MUCH_TOKENS < long
    client.check(near, f"{short} tokens are read with own instructions, {long} with the session's")


@case("B128")
async def overrides_hold_once(stage: Stage) -> None:
    """Modalities, limit, format, tools of a response hold for it, and not for the next."""
    client = await stage.manual()
    await moves.write(client, "Say hello.")
    asked: dict[str, Any] = {"output_modalities": ["text"], "max_output_tokens": 1000}
    done = await moves.completed(client, **asked)
    for name, value in asked.items():
        told = done.get(name, value)
        client.check(told == value, f"{name} is {told!r}, not {value!r}")
    client.check(not list(client.told("response.output_audio.delta")), "the response has audio")
    done = await moves.completed(client)
    client.check(bool(list(client.told("response.output_audio.delta"))), "the next has no audio")
    told = done.get("max_output_tokens", "inf")
    client.check(told == "inf", f"max_output_tokens of the next is {told!r}")


@case("B128")
async def a_response_may_have_its_own_format(stage: Stage) -> None:
    """audio.output.format of a response: G.711 has a sixth of the bytes of pcm."""
    client = await stage.manual()
    audio = {"output": {"format": {"type": "audio/pcmu"}}}
    sizes = []
    for response in ({"audio": audio}, {}):
        given = [moves.message("Say hello.")]
        await moves.completed(client, input=given, **response)
        deltas = [each["delta"] for each in client.told("response.output_audio.delta")]
        sizes.append(sum(map(len, deltas)))
    first, both = sizes
    client.check(first * 3 < both - first, "the audio of the response is as large as that of pcm")


@case("B129")
async def another_voice_is_refused_once_heard(stage: Stage) -> None:
    """response.create with another voice after assistant audio: cannot_update_voice."""
    client = await stage.manual()
    await stage.update(client, audio={"output": {"voice": "marin"}})
    await moves.spoken(client)
    voice = {"audio": {"output": {"voice": "cedar"}}}
    event_id = client.send("response.create", response=voice)
    await client.refused(event_id, code="cannot_update_voice", unless="response.created")


@case("B035")
async def speed_holds_from_the_next_response(stage: Stage) -> None:
    """A change of speed during a response is echoed at once and shortens the next."""
    client = await stage.manual()
    active = await moves.begun(client)
    shown = await stage.update(client, audio={"output": {"speed": 1.5}})
    client.check(shown["audio"]["output"]["speed"] == 1.5, "the speed is not echoed")
    await moves.stop(client, active)


@case("B137")
async def a_response_may_have_its_own_effort(stage: Stage) -> None:
    """reasoning of response.create is taken."""
    client = await stage.manual()
    await moves.write(client, "Say hello.")
    await moves.completed(client, reasoning={"effort": "minimal"}, **moves.TEXT)
