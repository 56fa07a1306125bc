"""What a client can know of a conversation from the events alone."""

from collections import defaultdict
from itertools import groupby
from typing import Any

MS_A_CHARACTER = 20  # how fast the stage speaks

# In GA and in beta.
ADDED = ("conversation.item.added", "conversation.item.created")
SAID = ("audio_transcript.delta", "output_text.delta", "response.text.delta")

Events = list[dict[str, Any]]


def visible(events: Events) -> list[str]:
    """The kinds of the items in the conversation, in order."""
    order: list[tuple[str, str]] = []
    for event in events:
        if event["type"] in ADDED:
            ids = [item_id for item_id, _ in order]
            previous = event["previous_item_id"]
            place = ids.index(previous) + 1 if previous is not None else 0
            order.insert(place, (event["item"]["id"], event["item"]["type"]))
        elif event["type"] == "conversation.item.deleted":
            order = [one for one in order if one[0] != event["item_id"]]
    return [kind for _, kind in order]


def tracings(events: Events) -> list[Any]:
    """How the session was traced, one after the other."""
    shown = [event["session"].get("tracing") for event in events if "session" in event]
    return [one for one, _ in groupby(shown) if one is not None]


def heard(events: Events) -> set[str]:
    """What the user has heard of each thing the assistant said: what had begun to sound."""
    pieces: dict[str, list[str]] = defaultdict(list)
    ends: dict[str, int] = {}
    for event in events:
        if event["type"].endswith(SAID):
            pieces[event["item_id"]].append(event["delta"])
        elif event["type"] == "conversation.item.truncated":
            end = event["audio_end_ms"]
            ends[event["item_id"]] = min(end, ends.get(event["item_id"], end))
    return {_until(ends.get(item_id), said) for item_id, said in pieces.items()}


def _until(end_ms: int | None, pieces: list[str]) -> str:
    text = ""
    for piece in pieces:
        if end_ms is None or MS_A_CHARACTER * len(text) < end_ms:
            text += piece
    return text
