"""Conversation items: create, retrieve, delete, and their order."""

import base64
import zlib
from typing import Any

from repartee.conformance.judges.configuration import shows
from repartee.conformance.play import moves, sound
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_CREATE = "conversation.item.create"


def _chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG (ISO/IEC 15948, 5.3)."""
    checksum = zlib.crc32(kind + data).to_bytes(4)
    return len(data).to_bytes(4) + kind + data + checksum


def _picture() -> str:
    """A red picture of one pixel, as a data URI."""
    header = (1).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    pixels = zlib.compress(bytes([0, 255, 0, 0]))
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunks).decode()


async def _is_refused(client: Client, item: dict[str, Any], **expected: Any) -> None:
    place = expected.pop("previous_item_id", None)
    members = {} if place is None else {"previous_item_id": place}
    event_id = client.send(_CREATE, item=item, **members)
    await client.refused(event_id, unless="conversation.item.added", **expected)


async def _is_gone(client: Client, item_id: str) -> None:
    event_id = client.send("conversation.item.retrieve", item_id=item_id)
    code, retrieved = "item_retrieve_invalid_item_id", "conversation.item.retrieved"
    await client.refused(event_id, code=code, unless=retrieved)


@case("B083")
async def a_created_item_is_added_and_done(stage: Stage) -> None:
    """conversation.item.create is answered by added and done with the whole item."""
    client = await stage.manual()
    client.send(_CREATE, item=moves.message("Good morning."))
    added, done = await client.in_order("conversation.item.added", "conversation.item.done")
    for event in (added, done):
        said = shows(moves.message("Good morning."), event["item"])
        client.check(said, f"{event['type']} does not show the item")
    client.check(added["item"]["id"] == done["item"]["id"], "the id has changed")
    told = [event["type"] for event in await client.fence()]
    client.check(not told, f"{told} come as well")


@case("B085")
async def ids_are_kept_or_given(stage: Stage) -> None:
    """The id of the client is kept; without one the server gives an id with item_."""
    client = await stage.manual()
    added = await moves.create(client, moves.message("One.", id="my_item"))
    client.check(added["item"]["id"] == "my_item", f"the id is {added['item']['id']!r}")
    given = await moves.write(client, "Two.")
    client.check(given.startswith("item_"), f"the id is {given!r}")


@case("B086")
async def items_stand_where_they_are_put(stage: Stage) -> None:
    """Without previous_item_id an item comes last, with root first, with an id behind that."""
    client = await stage.manual()
    places: list[tuple[str, dict[str, Any], str | None]] = [
        ("a", {}, None),
        ("b", {"previous_item_id": None}, "a"),
        ("c", {"previous_item_id": "root"}, None),
        ("d", {"previous_item_id": "a"}, "a"),
        ("e", {}, "b"),
    ]
    for name, place, predecessor in places:
        added = await moves.create(client, moves.message("Hello.", id=name), **place)
        told = added["previous_item_id"]
        client.check(told == predecessor, f"{name} stands behind {told!r}, not {predecessor!r}")


@case("B087")
async def nothing_stands_behind_an_unknown_item(stage: Stage) -> None:
    """An unknown previous_item_id is refused, and the item is not added."""
    client = await stage.manual()
    item = moves.message("Hello.", id="lost")
    await _is_refused(client, item, previous_item_id="nobody", param="previous_item_id")
    await _is_gone(client, "lost")


@case("B088")
async def an_id_is_used_once(stage: Stage) -> None:
    """A second item with the id of another is refused."""
    client = await stage.manual()
    await moves.create(client, moves.message("One.", id="twin"))
    await _is_refused(client, moves.message("Two.", id="twin"), param="item.id")


@case("B089")
async def what_the_assistant_said_is_text(stage: Stage) -> None:
    """An assistant item takes output_text; output_audio lacks item.content[0].text."""
    client = await stage.manual()
    await moves.write(client, "I am the assistant.", "assistant")
    audio = {"type": "output_audio", "audio": sound.encoded(sound.hum(200))}
    item = {"type": "message", "role": "assistant", "content": [audio]}
    path = "item.content[0].text"
    await _is_refused(client, item, code="missing_required_parameter", param=path)


@case("B091")
async def content_belongs_to_its_role(stage: Stage) -> None:
    """A system message takes text only; a user message takes text and audio, no output_text."""
    client = await stage.manual()
    await moves.write(client, "Be polite.", "system")
    audio = {"type": "input_audio", "audio": sound.encoded(sound.hum(200))}
    await moves.create(client, {"type": "message", "role": "user", "content": [audio]})
    for role, part in (
        ("system", audio),
        ("user", {"type": "output_text", "text": "I am the assistant."}),
    ):
        await _is_refused(client, {"type": "message", "role": role, "content": [part]})


@case("B092")
async def pictures_come_as_data(stage: Stage) -> None:
    """input_image takes a data URI of PNG or JPEG, and no address.

    Where the model cannot see, the part is refused by its path.
    """
    client = await stage.manual()
    picture = {"type": "input_image", "image_url": _picture(), "detail": "low"}
    item = {"type": "message", "role": "user", "content": [picture]}
    event_id = client.send(_CREATE, item=item)
    event = await client.next("the item with the picture")
    if event["type"] == "error":
        error = event["error"]
        client.check(error.get("event_id") in (event_id, None), "the error is about nothing")
        named = str(error.get("param")).startswith("item.content[0]")
        client.check(named, "the picture is refused, but not by its path")
    else:
        client.check(event["type"] == "conversation.item.added", f"{event['type']} comes")
        (part,) = event["item"]["content"]
        client.check(part["type"] == "input_image", f"the part is a {part['type']}")
        await client.expect("conversation.item.done")
    for address in ("https://example.com/picture.png", "data:text/plain;base64,aGVsbG8="):
        part = {"type": "input_image", "image_url": address}
        await _is_refused(client, {"type": "message", "role": "user", "content": [part]})


@case("B093")
async def audio_in_an_item_must_be_audio(stage: Stage) -> None:
    """input_audio that is no base64 is refused by the path of its audio."""
    client = await stage.manual()
    parts = [
        {"type": "input_text", "text": "Listen."},
        {"type": "input_audio", "audio": "*** no base64 ***"},
    ]
    item = {"type": "message", "role": "user", "content": parts}
    await _is_refused(client, item, param="item.content[1].audio")


@case("B094")
async def an_output_needs_its_call(stage: Stage) -> None:
    """function_call_output for an unknown call: invalid_tool_call_id, naming it."""
    client = await stage.manual()
    item = {"type": "function_call_output", "call_id": "call_nobody", "output": "{}"}
    says = r"^Tool call ID 'call_nobody' not found in conversation\.$"
    await _is_refused(client, item, code="invalid_tool_call_id", param=None, says=says)
    call = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
    await moves.create(client, call)
    await moves.create(client, {**item, "call_id": "call_1"})


@case("B095")
async def the_status_of_a_client_means_nothing(stage: Stage) -> None:
    """An item that the client calls in_progress or incomplete is completed."""
    client = await stage.manual()
    for status in ("in_progress", "incomplete"):
        added = await moves.create(client, moves.message("Hello.", status=status))
        told = added["item"]["status"]
        client.check(told == "completed", f"the item is {told}")


@case("B096")
async def a_deleted_item_is_gone(stage: Stage) -> None:
    """delete is answered by deleted; the next item stands behind the surviving predecessor."""
    client = await stage.manual()
    first = await moves.write(client, "One.")
    second = await moves.write(client, "Two.")
    client.send("conversation.item.delete", item_id=second)
    deleted = await client.expect("conversation.item.deleted")
    client.check(deleted["item_id"] == second, f"{deleted['item_id']!r} is deleted")
    third = await moves.create(client, moves.message("Three."))
    told = third["previous_item_id"]
    client.check(told == first, f"the next item stands behind {told!r}, not {first!r}")
    await _is_gone(client, second)


@case("B097")
async def unknown_items_are_refused_by_verb(stage: Stage) -> None:
    """delete, retrieve and truncate of an unknown item have codes of their own."""
    client = await stage.manual()
    for verb, more in (
        ("delete", {}),
        ("retrieve", {}),
        ("truncate", {"content_index": 0, "audio_end_ms": 100}),
    ):
        event_id = client.send(f"conversation.item.{verb}", item_id="nobody", **more)
        await client.refused(event_id, code=f"item_{verb}_invalid_item_id")


@case("B098")
async def a_response_does_not_block_retrieval(stage: Stage) -> None:
    """retrieve is answered while a response is in progress."""
    client = await stage.manual()
    first = await moves.write(client, "Good morning.")
    await moves.write(client, moves.LONG_TASK)
    client.send("response.create")
    client.send("conversation.item.retrieve", item_id=first)
    client.send("response.cancel")
    events = await client.collect("response.done")
    found = [each["item"]["id"] for each in events if each["type"].endswith("item.retrieved")]
    client.check(found == [first], "the item does not come before the response is over")


@case("B099", "B100")
async def what_was_said_can_be_retrieved(stage: Stage) -> None:
    """A retrieved answer has its role, content and status; item events carry no audio."""
    client = await stage.manual()
    item, _ = await moves.spoken(client)
    retrieved = await moves.retrieve(client, item["id"])
    head = {"id": item["id"], "type": "message", "role": "assistant", "status": "completed"}
    client.check(shows(head, retrieved), "the retrieved item is another one")
    (part,) = retrieved["content"]
    said = item["content"][0]["transcript"]
    client.check(part.get("transcript") == said, "its transcript is another one")
    for event in client.told("conversation.item.added", "conversation.item.done"):
        carried = [one for one in event["item"].get("content", []) if "audio" in one]
        client.check(not carried, f"{event['type']} carries audio")
