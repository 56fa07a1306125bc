"""The beta dialect: items, the events of a response under their older names, and truncation."""

from typing import Any

from repartee.conformance.play import beta_moves, moves, sound
from repartee.conformance.play.beta_moves import CREATED, TEXT
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Event


def _kinds(events: list[Event]) -> list[str]:
    """The types of events, each once, in the order in which they first come."""
    floating = ("rate_limits.updated", "conversation.created")
    return [kind for kind in dict.fromkeys(each["type"] for each in events) if kind not in floating]


def _check_ladder(client: Client, events: list[Event], ladder: tuple[str, ...]) -> None:
    told = _kinds(events)
    client.check(told == [*ladder], f"the events come as {told}")


def _first(events: list[Event], kind: str) -> Event:
    return next(each for each in events if each["type"] == kind)


@case("B084", dialect="beta")
async def an_item_is_created_by_one_event(stage: Stage) -> None:
    """conversation.item.create is answered by conversation.item.created alone, item included."""
    client = await beta_moves.manual(stage)
    created = await beta_moves.create(client, beta_moves.message("One.", id="item_one"))
    item = created["item"]
    client.check(item["id"] == "item_one", f"the item is {item['id']!r}")
    told = (item["status"], item["content"])
    wanted = ("completed", [{"type": "input_text", "text": "One."}])
    client.check(told == wanted, f"the item is {told}")
    more = [event["type"] for event in await client.fence()]
    client.check(not more, f"{more} come after it")


@case("B085", "B086", "B087", "B088", dialect="beta")
async def created_items_have_their_place(stage: Stage) -> None:
    """previous_item_id: absent appends, root prepends, an id inserts; unknown ones are refused."""
    client = await beta_moves.manual(stage)
    first = await beta_moves.create(client, beta_moves.message("One."))
    client.check(first["previous_item_id"] is None, "the first item has a predecessor")
    first_id = first["item"]["id"]
    head = await beta_moves.create(client, beta_moves.message("Zero."), previous_item_id="root")
    client.check(head["previous_item_id"] is None, "the head has a predecessor")
    inside = beta_moves.message("Half.", id="item_half")
    inserted = await beta_moves.create(client, inside, previous_item_id=head["item"]["id"])
    client.check(inserted["previous_item_id"] == head["item"]["id"], "it is somewhere else")
    last = await beta_moves.create(client, beta_moves.message("Two."))
    client.check(last["previous_item_id"] == first_id, "the new item is not the last")
    for wrong in ({"item": inside}, {"item": inside | {"id": "x"}, "previous_item_id": "nowhere"}):
        await client.refused(client.send("conversation.item.create", **wrong))


@case("B090", dialect="beta")
async def an_assistant_item_holds_text(stage: Stage) -> None:
    """Content of an assistant item is of type text; input_text is refused there."""
    client = await beta_moves.manual(stage)
    created = await beta_moves.create(client, beta_moves.message("Hello.", "assistant"))
    (part,) = created["item"]["content"]
    client.check(part == {"type": "text", "text": "Hello."}, f"the part is {part}")
    wrong = {"type": "message", "role": "assistant"}
    content = [{"type": "input_text", "text": "Hello."}]
    event_id = client.send("conversation.item.create", item={**wrong, "content": content})
    await client.refused(event_id, says=r"\btext\b")


@case("B110", "B108", "B111", "B112", "B130", dialect="beta")
async def a_text_answer_has_the_older_names(stage: Stage) -> None:
    """Item, conversation.item.created, part, response.text.*; the item's part is called text."""
    client = await beta_moves.manual(stage)
    await beta_moves.write(client, "Say hello.")
    events = await beta_moves.respond(client, **TEXT)
    ladder = (
        "response.created",
        "response.output_item.added",
        CREATED,
        "response.content_part.added",
        "response.text.delta",
        "response.text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    )
    _check_ladder(client, events, ladder)
    part = _first(events, "response.content_part.added")["part"]
    client.check(part == {"type": "text", "text": ""}, f"the part begins as {part}")
    (item,) = events[-1]["response"]["output"]
    text = _first(events, "response.text.done")["text"]
    wanted = [{"type": "text", "text": text}]
    client.check(item["content"] == wanted, f"the item holds {item['content']}")


@case("B110", "B111", "B112", "B114", "B115", dialect="beta")
async def a_spoken_answer_has_the_older_names(stage: Stage) -> None:
    """response.audio.* and response.audio_transcript.*; the item's part is called audio."""
    client = await beta_moves.manual(stage)
    await beta_moves.write(client, "Say hello.")
    events = await beta_moves.respond(client)
    told = _kinds(events)
    for stream in ("audio", "audio_transcript"):
        for phase in ("delta", "done"):
            kind = f"response.{stream}.{phase}"
            client.check(kind in told, f"{kind} does not come")
    order = ("response.output_item.added", CREATED, "response.content_part.added")
    places = [told.index(kind) for kind in (*order, "response.audio.delta") if kind in told]
    client.check(len(places) == 4 and places == sorted(places), f"the events come as {told}")
    part = _first(events, "response.content_part.added")["part"]
    wanted: dict[str, Any] = {"type": "audio", "transcript": ""}
    client.check(part == wanted, f"the part begins as {part}")
    (item,) = events[-1]["response"]["output"]
    transcript = _first(events, "response.audio_transcript.done")["transcript"]
    wanted = {"type": "audio", "transcript": transcript}
    client.check(item["content"] == [wanted], f"the item holds {item['content']}")


@case("B108", "B128", dialect="beta")
async def a_response_shows_its_flat_settings(stage: Stage) -> None:
    """modalities, voice, format and temperature of a response hold for it alone."""
    client = await beta_moves.manual(stage)
    await beta_moves.write(client, "Say hello.")
    asked = {"modalities": ["text"], "temperature": 0.6, "max_response_output_tokens": 1000}
    events = await beta_moves.respond(client, **asked)
    shown = events[0]["response"]
    for name in ("modalities", "temperature"):
        told = shown.get(name, asked[name])
        client.check(told == asked[name], f"{name} is {told!r}")
    for name in ("audio", "output_modalities"):
        client.check(name not in shown, f"the response has the member {name} of GA")
    sizes = []
    for format_ in ("g711_ulaw", "pcm16"):
        given = [beta_moves.message("Say hello.")]
        events = await beta_moves.respond(client, input=given, output_audio_format=format_)
        deltas = [each["delta"] for each in events if each["type"] == "response.audio.delta"]
        sizes.append(sum(map(len, deltas)))
    ratio = sizes[1] / (sizes[0] or 1)
    client.check(4 < ratio < 8, f"pcm16 has {ratio:.1f} times the bytes of G.711")


@case("B167", "B169", "B094", dialect="beta")
async def a_call_has_one_event_of_the_conversation(stage: Stage) -> None:
    """A call's ladder has conversation.item.created once; its output is an item like any other."""
    client = await beta_moves.manual(stage)
    await beta_moves.write(client, "What is the weather in Paris?")
    forced: dict[str, Any] = {"tools": [moves.WEATHER], "tool_choice": moves.FORCED}
    events = await beta_moves.respond(client, **forced, **TEXT)
    ladder = (
        "response.created",
        "response.output_item.added",
        CREATED,
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.done",
    )
    _check_ladder(client, events, ladder)
    call = next(each for each in events[-1]["response"]["output"] if each["type"] != "message")
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "Rain."}
    await beta_moves.create(client, output)
    more = [event["type"] for event in await client.fence()]
    client.check(not more, f"{more} come after the output")
    event_id = client.send("conversation.item.create", item={**output, "call_id": "call_none"})
    await client.refused(event_id, code="invalid_tool_call_id")
    await beta_moves.respond(client, **TEXT)


@case("B121", "B139", "B140", dialect="beta")
async def one_answer_at_a_time(stage: Stage) -> None:
    """A second response is refused by name; a cancelled one closes under the older names."""
    client = await beta_moves.manual(stage)
    active = await beta_moves.begun(client)
    event_id = client.send("response.create")
    code = "conversation_already_has_active_response"
    await client.refused(event_id, code=code, says=active)
    client.send("response.cancel")
    events = await client.collect("response.done", response={"id": active})
    told = events[-1]["response"]
    client.check(told["status"] == "cancelled", f"the response ends as {told['status']}")
    event_id = client.send("response.cancel")
    await client.refused(event_id, code="response_cancel_not_active")


@case("B123", "B124", dialect="beta")
async def an_answer_out_of_band_leaves_no_item(stage: Stage) -> None:
    """conversation none: conversation_id null, metadata kept, no conversation.item.created."""
    client = await beta_moves.manual(stage)
    given = [beta_moves.message("Say hello.")]
    asked = {"conversation": "none", "metadata": {"place": "beside"}, "input": given}
    events = await beta_moves.respond(client, **asked, **TEXT)
    client.check(CREATED not in _kinds(events), "an item enters the conversation")
    done = events[-1]["response"]
    client.check(done.get("conversation_id") is None, "the response has a conversation")
    client.check(done.get("metadata") == asked["metadata"], f"metadata are {done.get('metadata')}")


@case("B132", dialect="beta")
async def a_flat_limit_makes_an_answer_incomplete(stage: Stage) -> None:
    """max_response_output_tokens reached: status incomplete, max_output_tokens."""
    client = await beta_moves.manual(stage)
    await beta_moves.write(client, moves.LONG_TASK)
    response = await moves.answer(client, max_response_output_tokens=8, **TEXT)
    details = response["status_details"] or {}
    told = (response["status"], details.get("reason"))
    client.check(told == ("incomplete", "max_output_tokens"), f"the response ends as {told}")


@case("B098", "B101", "B102", "B096", dialect="beta")
async def spoken_items_are_retrieved_truncated_and_deleted(stage: Stage) -> None:
    """Retrieved it keeps its older part names; cut it has no transcript; deleted it is gone."""
    client = await beta_moves.manual(stage)
    item, long_ms = await beta_moves.spoken(client)
    retrieved = await moves.retrieve(client, item["id"])
    kinds = [part["type"] for part in retrieved["content"]]
    client.check(kinds == ["audio"], f"the parts of the retrieved item are {kinds}")
    cut = {"item_id": item["id"], "content_index": 0, "audio_end_ms": int(long_ms / 2)}
    client.send("conversation.item.truncate", **cut)
    await client.expect("conversation.item.truncated", **cut)
    (part,) = (await moves.retrieve(client, item["id"]))["content"]
    client.check(not part.get("transcript"), "the truncated item has a transcript")
    client.send("conversation.item.delete", item_id=item["id"])
    await client.expect("conversation.item.deleted", item_id=item["id"])
    event_id = client.send("conversation.item.retrieve", item_id=item["id"])
    await client.refused(event_id, code="item_retrieve_invalid_item_id")


@case("B098", dialect="beta")
async def a_retrieved_user_item_has_its_audio(stage: Stage) -> None:
    """retrieve of committed audio brings the audio, in an input_audio part."""
    client = await beta_moves.manual(stage)
    created = await beta_moves.commit(client, sound.speech())
    (part,) = (await moves.retrieve(client, created["item"]["id"]))["content"]
    client.check(part["type"] == "input_audio", f"the part is of type {part['type']!r}")
    client.check(bool(part.get("audio")), "the retrieved item has no audio")


@case("B205", dialect="beta")
async def events_of_other_dialects_are_invalid(stage: Stage) -> None:
    """An unknown event is invalid_value at type, by its event_id."""
    client = await stage.session()
    event_id = client.send("response.stop")
    await client.refused(event_id, code="invalid_value", param="type")
