"""What cases do again and again: write, speak, ask for an answer, call a function."""

from collections.abc import Sequence
from typing import Any

from repartee.conformance.play import sound
from repartee.conformance.play.client import Client
from repartee.transports.client import Event

_COMPLETED = "conversation.item.input_audio_transcription.completed"
TEXT = {"output_modalities": ["text"]}
MARGIN_MS = 50  # by which a server's frames may be off

# Enough to say that it is still being said when the next event of the client arrives.
_PASSAGE = " ".join(f"This is sentence number {number} of a long passage." for number in range(150))
LONG_TASK = f"Say every word of the following passage aloud, and nothing else. {_PASSAGE}"

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
FORCED = {"type": "function", "name": "get_weather"}

# Turn detection that hears well and waits as short as pauses between words allow.
VAD: dict[str, Any] = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
}


def message(text: str, role: str = "user", **members: Any) -> dict[str, Any]:
    """An item: a message of one text."""
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": text}]
    return {"type": "message", "role": role, "content": content, **members}


async def create(client: Client, item: dict[str, Any], **members: Any) -> Event:
    """Add an item to the conversation; the event conversation.item.added."""
    client.send("conversation.item.create", item=item, **members)
    added, _ = await client.in_order("conversation.item.added", "conversation.item.done")
    return added


async def write(client: Client, text: str, role: str = "user") -> str:
    """Add a message to the conversation; its id."""
    return str((await create(client, message(text, role)))["item"]["id"])


async def answer(client: Client, **response: Any) -> dict[str, Any]:
    """Ask for a response and wait for its end; the response as it is then."""
    client.send("response.create", response=response)
    created = await client.expect("response.created")
    return await ended(client, created["response"]["id"])


async def ended(client: Client, response_id: str) -> dict[str, Any]:
    """Wait for the end of a response; the response as it is then."""
    done = await client.expect("response.done", response={"id": response_id})
    response: dict[str, Any] = done["response"]
    return response


async def over(client: Client, response_id: str) -> dict[str, Any]:
    """As `ended`, of a response whose end may have been skipped already."""
    for done in client.told("response.done"):
        if done["response"]["id"] == response_id:
            response: dict[str, Any] = done["response"]
            return response
    return await ended(client, response_id)


async def stop(client: Client, response_id: str) -> dict[str, Any]:
    """Cancel a response that may be over by now; the response as it is then."""
    event_id = client.send("response.cancel", response_id=response_id)
    response = await over(client, response_id)
    if (response["status_details"] or {}).get("reason") != "client_cancelled":
        await client.refused(event_id, code="response_cancel_not_active")
    return response


async def completed(client: Client, **response: Any) -> dict[str, Any]:
    """As `answer`, of a response that must succeed."""
    done = await answer(client, **response)
    client.check(done["status"] == "completed", f"the response ends as {done['status']}")
    return done


async def begun(client: Client, **response: Any) -> str:
    """A long response that has begun; its id."""
    await write(client, LONG_TASK)
    client.send("response.create", response=response)
    created = await client.expect("response.created")
    return str(created["response"]["id"])


async def spoken(client: Client, **response: Any) -> tuple[dict[str, Any], float]:
    """A spoken answer that is over: its item, and how many milliseconds of PCM were sent."""
    await write(client, "Say hello to the listeners.")
    done = await completed(client, **response)
    item = done["output"][0]
    deltas = client.told("response.output_audio.delta")
    sizes = [len(sound.decoded(each["delta"])) for each in deltas if each["item_id"] == item["id"]]
    client.check(sum(sizes) > 0, "a spoken answer has no audio")
    return item, sum(sizes) * 1000 / sound.RATE


async def called(client: Client) -> dict[str, Any]:
    """A call of `get_weather` that the model was made to give."""
    await write(client, "What is the weather in Paris?")
    done = await completed(client, tools=[WEATHER], tool_choice=FORCED, **TEXT)
    calls = [item for item in done["output"] if item["type"] == "function_call"]
    client.check(len(calls) == 1, f"a forced function gives {len(calls)} calls")
    call: dict[str, Any] = calls[0]
    return call


def first(client: Client, events: Sequence[Event], kind: str) -> Event:
    """The first event of a kind, which must be among `events`."""
    return events[place(client, events, kind)]


def place(client: Client, events: Sequence[Event], kind: str) -> int:
    """Where the first event of a kind stands among `events`, which must hold one."""
    kinds = [event["type"] for event in events]
    client.check(kind in kinds, f"{kind} does not come")
    return kinds.index(kind)


def append(client: Client, samples: sound.Samples) -> None:
    """Append PCM as a microphone gives it, only faster."""
    for piece in sound.pieces(samples):
        client.send("input_audio_buffer.append", audio=sound.encoded(piece))


async def commit(client: Client, samples: sound.Samples) -> Event:
    """Append and commit; the event conversation.item.added of the new item."""
    append(client, samples)
    client.send("input_audio_buffer.commit")
    _, added, _ = await client.in_order(
        "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"
    )
    return added


async def commit_thrice(client: Client) -> None:
    """Three commits of the sentence, each of which must be transcribed once."""
    ids = []
    for _ in range(3):
        added = await commit(client, sound.speech())
        ids.append(added["item"]["id"])
    while len(list(client.told(_COMPLETED))) < len(ids):
        await client.expect(_COMPLETED)
    await client.fence()
    told = [each["item_id"] for each in client.told(_COMPLETED)]
    client.check(sorted(told) == sorted(ids), f"{ids} are transcribed as {told}")


def add_up(client: Client, deltas: list[Event], completed: Event) -> None:
    """Deltas add up to the transcript, and completed tells the usage."""
    streamed = "".join(each.get("delta") or "" for each in deltas)
    client.check(not deltas or streamed == completed["transcript"], "the deltas say something else")
    client.check("usage" in completed, "completed has no usage")


async def retrieve(client: Client, item_id: str) -> dict[str, Any]:
    """The server's copy of an item."""
    client.send("conversation.item.retrieve", item_id=item_id)
    retrieved = await client.expect("conversation.item.retrieved")
    item: dict[str, Any] = retrieved["item"]
    return item
