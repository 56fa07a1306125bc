"""Responses: their ladder of events, and that one runs at a time."""

from typing import Any

from repartee.conformance.play import moves, sound
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.moves import first, place
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Event

_ACTIVE = "conversation_already_has_active_response"
_SPOKEN_DELTAS = ("response.output_audio.delta", "response.output_audio_transcript.delta")
_TEXT_DELTA = "response.output_text.delta"

# By how much a count of tokens may miss the rule of thumb; a server may count pauses otherwise.
_TOKENS_OFF = 0.25


async def _response(client: Client, **response: Any) -> list[Event]:
    """All events of one response to a short question."""
    await moves.write(client, "Say hello to the listeners.")
    client.send("response.create", response=response)
    return await client.collect("response.done")


@case("B108")
async def a_response_begins_blank(stage: Stage) -> None:
    """response.created: in_progress, no output, no usage, no details, and a conversation_id."""
    client = await stage.manual()
    created = first(client, await _response(client, **moves.TEXT), "response.created")["response"]
    blank: dict[str, Any] = {
        "status": "in_progress",
        "output": [],
        "usage": None,
        "status_details": None,
    }
    for name, value in blank.items():
        client.check(created[name] == value, f"{name} is {created[name]!r}")
    home = created.get("conversation_id") or ""
    client.check(home.startswith("conv_"), f"conversation_id is {home!r}")


@case("B109", "B115", "B116")
async def an_answer_climbs_its_ladder(stage: Stage) -> None:
    """Item, conversation item, part, deltas; then audio, part, item and response are done."""
    client = await stage.manual()
    events = await _response(client)
    ladder = (
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    )
    places = [place(client, events, kind) for kind in ladder]
    client.check(places == sorted(places), "the events come in another order")
    begun = first(client, events, "response.output_item.added")["item"]
    added = first(client, events, "conversation.item.added")["item"]
    for item in (begun, added):
        client.check(item["status"] == "in_progress", f"the item begins as {item['status']}")
        client.check(item["content"] == [], "the item begins with content")
    client.check(begun["id"] == added["id"], "the conversation item is another one")


@case("B111", "B112", "B113")
async def parts_begin_empty(stage: Stage) -> None:
    """A part is audio with transcript "" or text with text "", and has no other member."""
    client = await stage.manual()
    wanted: tuple[tuple[dict[str, Any], dict[str, Any], str], ...] = (
        ({}, {"type": "audio", "transcript": ""}, "output_audio"),
        (moves.TEXT, {"type": "text", "text": ""}, "output_text"),
    )
    for asked, part, kind in wanted:
        events = await _response(client, **asked)
        told = first(client, events, "response.content_part.added")["part"]
        client.check(told == part, f"the part begins as {told}, not {part}")
        (content,) = first(client, events, "response.output_item.done")["item"]["content"]
        client.check(content["type"] == kind, f"the item holds a part {content['type']!r}")


@case("B114")
async def deltas_add_up(stage: Stage) -> None:
    """All deltas together are what each done event and the item hold."""
    client = await stage.manual()
    for asked, kind, name in (
        ({}, "output_audio_transcript", "transcript"),
        (moves.TEXT, "output_text", "text"),
    ):
        events = await _response(client, **asked)
        deltas = [each["delta"] for each in events if each["type"] == f"response.{kind}.delta"]
        told = "".join(deltas)
        client.check(bool(told), "nothing is said")
        whole = {
            first(client, events, f"response.{kind}.done")[name],
            first(client, events, "response.content_part.done")["part"][name],
            first(client, events, "response.output_item.done")["item"]["content"][0][name],
            events[-1]["response"]["output"][0]["content"][0][name],
        }
        client.check(whole == {told}, f"the deltas say {told!r}, the rest {whole}")


@case("B117", "B118")
async def response_done_lists_what_was_said(stage: Stage) -> None:
    """response.done comes for every response, with all items, final and without audio."""
    client = await stage.manual()
    events = await _response(client)
    items = [each["item"] for each in events if each["type"] == "response.output_item.done"]
    response = events[-1]["response"]
    created = first(client, events, "response.created")["response"]
    client.check(response["id"] == created["id"], "response.done is of another response")
    client.check(response["output"] == items, "the output is not what was done")
    for item in items:
        client.check(item["status"] == "completed", f"an item ends as {item['status']}")
        client.check(not any(part.get("audio") for part in item["content"]), "it carries audio")


@case("B119")
async def usage_adds_up(stage: Stage) -> None:
    """The total is input and output, and the details add up to each."""
    client = await stage.manual()
    usage = (await _response(client))[-1]["response"]["usage"]
    given, made = usage["input_tokens"], usage["output_tokens"]
    client.check(usage["total_tokens"] == given + made, "the total is not the sum")
    client.check(made > 0, "an answer costs nothing")
    details = usage["input_token_details"]
    kinds = ("text_tokens", "audio_tokens", "image_tokens")
    told = sum(details.get(kind, 0) for kind in kinds)
    client.check(told == given, f"the details of {given} input tokens are {told}")
    client.check(details.get("cached_tokens", 0) <= given, "more is cached than was read")
    details = usage["output_token_details"]
    told = sum(details.get(kind, 0) for kind in kinds)
    client.check(told == made, f"the details of {made} output tokens are {told}")


@case("B120")
async def audio_is_counted_by_its_length(stage: Stage) -> None:
    """The user's audio is a token per 100 ms, the assistant's one per 50 ms."""
    client = await stage.manual()
    await moves.commit(client, sound.speech())
    done = await moves.completed(client)
    deltas = [each["delta"] for each in client.told(_SPOKEN_DELTAS[0])]
    said_ms = sum(len(sound.decoded(delta)) for delta in deltas) * 1000 / sound.RATE
    heard_ms = len(sound.speech()) * 1000 / sound.RATE
    usage = done["usage"]
    for told, expected in (
        (usage["input_token_details"]["audio_tokens"], heard_ms / 100),
        (usage["output_token_details"]["audio_tokens"], said_ms / 50),
    ):
        near = abs(told - expected) <= max(2, expected * _TOKENS_OFF)
        client.check(near, f"{told} audio tokens are counted, {expected:.0f} are expected")


@case("B121")
async def one_response_at_a_time(stage: Stage) -> None:
    """A second response.create gets an error that names the active one, and nothing else."""
    client = await stage.manual()
    await moves.write(client, moves.LONG_TASK)
    client.send("response.create")
    event_id = client.send("response.create")
    created = await client.expect("response.created")
    active = created["response"]["id"]
    error = await client.refused(event_id, code=_ACTIVE, param=None)
    sentence = (
        f"Conversation already has an active response in progress: {active}. "
        "Wait until the response is finished before creating a new one."
    )
    client.check(error["message"] == sentence, f"the error says {error['message']!r}")
    await moves.stop(client, active)
    await client.fence()
    begun = len(list(client.told("response.created")))
    client.check(begun == 1, f"{begun} responses are created")


@case("B130")
async def a_written_answer_is_silent(stage: Stage) -> None:
    """With output_modalities text there are output_text events and none of audio."""
    client = await stage.manual()
    events = await _response(client, **moves.TEXT)
    kinds = {event["type"] for event in events}
    client.check(_TEXT_DELTA in kinds, "there is no output_text")
    audio = sorted(kind for kind in kinds if "audio" in kind)
    client.check(not audio, f"{audio} come as well")


@case("B132")
async def a_limit_makes_an_answer_incomplete(stage: Stage) -> None:
    """max_output_tokens reached: status incomplete for that reason, and the item is, too."""
    client = await stage.manual()
    await moves.write(client, moves.LONG_TASK)
    response = await moves.answer(client, max_output_tokens=8, **moves.TEXT)
    client.check(response["status"] == "incomplete", f"the response ends as {response['status']}")
    details = {"type": "incomplete", "reason": "max_output_tokens"}
    told = response["status_details"] or {}
    client.check(details.items() <= told.items(), f"status_details are {told}")
    for item in response["output"]:
        client.check(item["status"] == "incomplete", f"the item is {item['status']}")


@case("B135")
async def rate_limits_are_told_once(stage: Stage) -> None:
    """rate_limits.updated comes once, right after response.created; it names requests, tokens."""
    client = await stage.manual()
    events = await _response(client, **moves.TEXT)
    limits = [event for event in events if event["type"] == "rate_limits.updated"]
    client.check(len(limits) == 1, f"it comes {len(limits)} times")
    right = (
        place(client, events, "rate_limits.updated")
        == place(client, events, "response.created") + 1
    )
    client.check(right, "it does not come right after response.created")
    names = {limit["name"] for limit in limits[0]["rate_limits"]}
    client.check(names <= {"requests", "tokens"}, f"it names {sorted(names)}")


@case("B172")
async def output_counts_from_zero(stage: Stage) -> None:
    """Items and their parts are numbered from 0; a message and a call may stand together."""
    client = await stage.manual()
    weather = {"tools": [moves.WEATHER], "tool_choice": "required"}
    for asked in ({}, weather):
        events = await _response(client, **asked, **moves.TEXT)
        added = [each for each in events if each["type"] == "response.output_item.added"]
        indexes = [each["output_index"] for each in added]
        client.check(indexes == list(range(len(added))), f"the output indexes are {indexes}")
        ids = [each["item"]["id"] for each in added]
        listed = [item["id"] for item in events[-1]["response"]["output"]]
        client.check(ids == listed, "the output stands in another order")
