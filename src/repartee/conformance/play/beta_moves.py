"""What cases do again and again in the beta dialect, where it differs from GA."""

from typing import Any

from repartee.conformance.play import moves, sound
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Event

TEXT = {"modalities": ["text"]}
CREATED = "conversation.item.created"
COMMITTED = "input_audio_buffer.committed"


def message(text: str, role: str = "user", **members: Any) -> dict[str, Any]:
    """An item: a message of one text."""
    content = [{"type": "text" if role == "assistant" else "input_text", "text": text}]
    return {"type": "message", "role": role, "content": content, **members}


async def manual(stage: Stage, **session: Any) -> Client:
    """A session without turn detection: the client commits, and asks for responses."""
    return await stage.session(turn_detection=None, **session)


async def create(client: Client, item: dict[str, Any], **members: Any) -> Event:
    """Add an item to the conversation; the event conversation.item.created."""
    client.send("conversation.item.create", item=item, **members)
    (created,) = await client.in_order(CREATED)
    return created


async def write(client: Client, text: str, role: str = "user") -> str:
    """Add a message to the conversation; its id."""
    return str((await create(client, message(text, role)))["item"]["id"])


async def respond(client: Client, **response: Any) -> list[Event]:
    """All events of a response that must succeed."""
    client.send("response.create", response=response)
    events = await client.collect("response.done")
    status = events[-1]["response"]["status"]
    client.check(status == "completed", f"the response ends as {status}")
    return events


async def begun(client: Client, **response: Any) -> str:
    """A long response that has begun; its id."""
    await write(client, moves.LONG_TASK)
    client.send("response.create", response=response)
    return str((await client.expect("response.created"))["response"]["id"])


async def spoken(client: Client) -> tuple[dict[str, Any], float]:
    """A spoken answer that is over: its item, and how many milliseconds of PCM were sent."""
    await write(client, "Say hello to the listeners.")
    events = await respond(client)
    sounds = [each["delta"] for each in events if each["type"] == "response.audio.delta"]
    samples = sum(len(sound.decoded(each)) for each in sounds)
    client.check(samples > 0, "a spoken answer has no audio")
    item: dict[str, Any] = events[-1]["response"]["output"][0]
    return item, samples * 1000 / sound.RATE


async def commit(client: Client, samples: sound.Samples) -> Event:
    """Append and commit; the event conversation.item.created of the new item."""
    moves.append(client, samples)
    client.send("input_audio_buffer.commit")
    _, created = await client.in_order(COMMITTED, CREATED)
    return created


async def is_refused(client: Client, session: dict[str, Any], **error: Any) -> None:
    """An update that must be refused, with this code, param or sentence."""
    event_id = client.send("session.update", session=session)
    await client.refused(event_id, **error)
