"""conversation.item.truncate: what was not heard is forgotten."""

from typing import Any

from repartee.conformance.play import moves
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_TRUNCATE = "conversation.item.truncate"
_TRUNCATED = "conversation.item.truncated"
_NO_AUDIO = r"^Only model output audio messages can be truncated$"


def _cut(client: Client, item_id: str, end_ms: float, content_index: int = 0) -> str:
    return client.send(_TRUNCATE, item_id=item_id, content_index=content_index, audio_end_ms=end_ms)


@case("B101", "B102")
async def an_answer_can_be_cut(stage: Stage) -> None:
    """truncated repeats what was asked, and the transcript is gone."""
    client = await stage.manual()
    item, sent_ms = await moves.spoken(client)
    end_ms = int(sent_ms / 2)
    _cut(client, item["id"], end_ms)
    truncated = await client.expect(_TRUNCATED)
    asked: dict[str, Any] = {"item_id": item["id"], "content_index": 0, "audio_end_ms": end_ms}
    for name, value in asked.items():
        client.check(truncated.get(name) == value, f"{name} is {truncated.get(name)!r}")
    retrieved = await moves.retrieve(client, item["id"])
    words = [part.get("transcript") or "" for part in retrieved["content"]]
    client.check(not any(words), f"the transcript is still {words}")


@case("B103")
async def a_cut_past_the_end_is_clamped(stage: Stage) -> None:
    """Past the end: an error with event_id null and both times, then truncated at the end."""
    client = await stage.manual()
    item, sent_ms = await moves.spoken(client)
    asked_ms = int(sent_ms) + 5000
    _cut(client, item["id"], asked_ms)
    says = rf"^Audio content of \d+ms is already shorter than {asked_ms}ms$"
    await client.refused(None, says=says, unless=_TRUNCATED)
    truncated = await client.expect(_TRUNCATED)
    told = truncated["audio_end_ms"]
    client.check(abs(told - sent_ms) <= 1, f"it is cut at {told} ms, {sent_ms:.0f} ms were sent")


@case("B104")
async def the_end_is_a_whole_number(stage: Stage) -> None:
    """A decimal audio_end_ms: invalid_type, param audio_end_ms."""
    client = await stage.manual()
    item, _ = await moves.spoken(client)
    event_id = _cut(client, item["id"], 10.5)
    await client.refused(event_id, code="invalid_type", param="audio_end_ms", unless=_TRUNCATED)


@case("B105")
async def only_what_was_spoken_can_be_cut(stage: Stage) -> None:
    """Items of the user and written answers cannot be truncated, and the error says so."""
    client = await stage.manual()
    written = await moves.write(client, "Good morning.")
    done = await moves.completed(client, **moves.TEXT)
    for item_id in (written, done["output"][0]["id"]):
        event_id = _cut(client, item_id, 10)
        await client.refused(event_id, code=None, says=_NO_AUDIO, unless=_TRUNCATED)


@case("B106")
async def nothing_cannot_be_cut(stage: Stage) -> None:
    """audio_end_ms 0 on an item that has no audio is refused by the same sentence."""
    client = await stage.manual()
    item_id = await moves.write(client, "I am the assistant.", "assistant")
    event_id = _cut(client, item_id, 0)
    await client.refused(event_id, code=None, says=_NO_AUDIO, unless=_TRUNCATED)


@case("B107")
async def the_only_part_is_the_first(stage: Stage) -> None:
    """A content_index other than 0 is refused."""
    client = await stage.manual()
    item, _ = await moves.spoken(client)
    event_id = _cut(client, item["id"], 10, content_index=1)
    await client.refused(event_id, unless=_TRUNCATED)
