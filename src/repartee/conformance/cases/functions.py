"""Function calls."""

from typing import Any

import msgspec

from repartee.conformance.play import moves
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.moves import first, place
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Event

_DELTA = "response.function_call_arguments.delta"
_DONE = "response.function_call_arguments.done"


async def _asked(client: Client, choice: Any, **more: Any) -> list[Event]:
    """All events of a response about the weather."""
    await moves.write(client, "What is the weather in Paris?")
    asked = {"tools": [moves.WEATHER], "tool_choice": choice, **moves.TEXT, **more}
    client.send("response.create", response=asked)
    return await client.collect("response.done")


def _calls(events: list[Event]) -> list[dict[str, Any]]:
    output = events[-1]["response"]["output"]
    return [item for item in output if item["type"] == "function_call"]


@case("B167", "B168")
async def a_call_climbs_its_ladder(stage: Stage) -> None:
    """Item with name and call_id, conversation item, deltas, done with name, item done."""
    client = await stage.manual()
    events = await _asked(client, moves.FORCED)
    call = first(client, events, "response.output_item.added")["item"]
    head = {"type": "function_call", "name": "get_weather", "arguments": ""}
    for name, value in {**head, "status": "in_progress"}.items():
        client.check(call.get(name) == value, f"{name} of the call is {call.get(name)!r}")
    ladder = (
        "response.output_item.added",
        "conversation.item.added",
        _DELTA,
        _DONE,
        "response.output_item.done",
        "conversation.item.done",
    )
    places = [place(client, events, kind) for kind in ladder]
    client.check(places == sorted(places), "its events are in another order")
    done = first(client, events, _DONE)
    client.check(done.get("name") == "get_weather", f"done has the name {done.get('name')!r}")
    client.check(done["call_id"] == call["call_id"], "the call_id has changed")
    deltas = [each["delta"] for each in events if each["type"] == _DELTA]
    client.check("".join(deltas) == done["arguments"], "the deltas are other arguments")
    arguments = msgspec.json.decode(done["arguments"])
    client.check(isinstance(arguments.get("city"), str), f"the arguments are {arguments}")


@case("B169")
async def an_output_is_not_answered(stage: Stage) -> None:
    """function_call_output is added, and the client asks for the response to it."""
    client = await stage.manual()
    call = await moves.called(client)
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "Sunny."}
    added = await moves.create(client, output)
    client.check(added["item"]["output"] == "Sunny.", "the output has changed")
    told = [event["type"] for event in await client.fence()]
    begun = [kind for kind in told if kind.startswith("response.")]
    client.check(not begun, f"the output is answered by {begun}")
    await moves.completed(client, **moves.TEXT)


@case("B170")
async def tool_choice_decides(stage: Stage) -> None:
    """none gives no call, required one at least, a forced function that one."""
    client = await stage.manual()
    client.check(not _calls(await _asked(client, "none")), "tool_choice none gives a call")
    for choice in ("required", moves.FORCED):
        names = {call["name"] for call in _calls(await _asked(client, choice))}
        client.check(names == {"get_weather"}, f"tool_choice {choice} gives calls of {names}")


@case("B171")
async def calls_need_not_be_parallel(stage: Stage) -> None:
    """With parallel_tool_calls false a response holds one call at most."""
    client = await stage.manual()
    calls = _calls(await _asked(client, "required", parallel_tool_calls=False))
    client.check(len(calls) == 1, f"the response holds {len(calls)} calls")
