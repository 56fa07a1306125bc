"""What the contract refuses in audio and in conversation items."""

import binascii
import re
from collections.abc import Iterator
from typing import Any

from repartee.conformance.judges.configuration import BYTES_PER_MS
from repartee.conformance.judges.requests import Ask
from repartee.conformance.refusals.refusal import Facts, Refusal, missing

LEAST_COMMIT_MS = 100

_TOO_SMALL = (
    r"Error committing input audio buffer: buffer too small\. Expected at least 100ms of audio, "
    r"but buffer only has {ms}ms of audio\."
)
_NO_AUDIO = r"Only model output audio messages can be truncated"
_PICTURE = re.compile(r"data:image/(png|jpe?g);base64,", re.IGNORECASE)

_PARTS_BY_ROLE: dict[object, tuple[str, ...]] = {
    "system": ("input_text",),
    "user": ("input_text", "input_audio", "input_image"),
    "assistant": ("output_text",),
}


def decoded(audio: object) -> bytes | None:
    """The bytes of base64 text, None if it is none; white space is forgiven."""
    if not isinstance(audio, str):
        return None
    try:
        return binascii.a2b_base64("".join(audio.split()), strict_mode=True)
    except ValueError:  # also what is not ASCII
        return None


def append_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """Audio must be base64, not empty, and of whole samples."""
    audio = decoded(ask.event["audio"])
    if not audio:
        yield Refusal("append-audio", param="audio")
    elif facts.session.input_format == "audio/pcm" and len(audio) % 2:
        yield Refusal("append-odd", "invalid_value", "audio", must=facts.rulings)


def append_ms(ask: Ask, facts: Facts) -> float:
    """How long the audio of an append is."""
    return len(decoded(ask.event["audio"]) or b"") / BYTES_PER_MS[facts.session.input_format]


# What each encoding has for silence: zero, of either sign where there are two.
_SILENCE = {"audio/pcm": b"\x00", "audio/pcmu": b"\xff\x7f", "audio/pcma": b"\xd5\x55"}


def append_silent_ms(ask: Ask, facts: Facts) -> float:
    """How much digital silence the audio of an append ends with."""
    audio, format_ = decoded(ask.event["audio"]) or b"", facts.session.input_format
    return (len(audio) - len(audio.rstrip(_SILENCE[format_]))) / BYTES_PER_MS[format_]


def commit_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """A commit needs 100 ms of audio."""
    least, most = ask.held_ms
    if least >= LEAST_COMMIT_MS:
        return
    if least == most:  # known, but for the way in which the last digit is rounded
        ms = "|".join(re.escape(f"{least + error:.2f}") for error in (-0.005, 0, 0.005))
    else:
        ms = r"\d+\.\d\d"
    told = _TOO_SMALL.format(ms=f"({ms})")
    yield Refusal(
        "commit-small",
        "input_audio_buffer_commit_empty",
        None,
        told,
        must=most < LEAST_COMMIT_MS,
    )


def create_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """An item needs a free id, a place, a call it answers, and content that fits its role."""
    item, previous = ask.event["item"], ask.event.get("previous_item_id")
    order = facts.conversation.order
    code = "invalid_value" if facts.rulings else ...
    if previous not in (None, "root") and previous not in order:
        yield Refusal("create-place", code, "previous_item_id" if facts.rulings else ...)
    if item.get("id") is not None and item["id"] in order:
        yield Refusal("create-twice", code, "item.id" if facts.rulings else ...)
    match item.get("type"):
        case "message":
            yield from _message_refusals(item)
        case "function_call":
            for name in ("name", "arguments"):
                if name not in item:
                    yield missing(f"item.{name}")
        case "function_call_output":
            yield from _output_refusals(item, facts)


def _output_refusals(item: dict[str, Any], facts: Facts) -> Iterator[Refusal]:
    call_id = item.get("call_id")
    if not isinstance(call_id, str):
        yield missing("item.call_id")
        return
    present = any(
        facts.conversation.entries[item_id].item.get("call_id") == call_id
        and facts.conversation.entries[item_id].item["type"] == "function_call"
        for item_id in facts.conversation.order
    )
    if not present:
        # A call that was deleted, or that stood out of band, may count as known or not.
        seen = call_id in facts.conversation.call_ids | facts.responses.call_ids
        told = rf"Tool call ID '{re.escape(call_id)}' not found in conversation\."
        yield Refusal("tool-call-id", "invalid_tool_call_id", None, told, must=not seen)


def _message_refusals(item: dict[str, Any]) -> Iterator[Refusal]:
    role, content = item.get("role"), item.get("content")
    if not isinstance(role, str) or role not in _PARTS_BY_ROLE or not isinstance(content, list):
        yield Refusal("create-content")
        return
    for place, part in enumerate(content):
        if isinstance(part, dict):
            yield from _part_refusals(part, role, f"item.content[{place}]")
        else:
            yield Refusal("create-content")


def _part_refusals(part: dict[str, Any], role: str, path: str) -> Iterator[Refusal]:
    kind = part.get("type")
    if role == "assistant" and kind == "output_audio" and part.get("text") is None:
        yield missing(f"{path}.text", "create-content")
    elif kind not in _PARTS_BY_ROLE[role]:
        yield Refusal("create-content")
    elif kind in ("input_text", "output_text") and part.get("text") is None:
        yield missing(f"{path}.text", "create-content")
    elif kind == "input_audio" and not decoded(part.get("audio")):
        yield Refusal("create-content", param=f"{path}.audio")
    elif kind == "input_image" and not _PICTURE.match(str(part.get("image_url"))):
        yield Refusal("create-content")


def known_item_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """retrieve, delete and truncate need an item of the conversation."""
    if ask.event["item_id"] not in facts.conversation.order:
        verb = ask.kind.rpartition(".")[2]
        yield Refusal("item-unknown", f"item_{verb}_invalid_item_id")


def truncate_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """Only audio of the model can be truncated, and only what there is of it."""
    unknown = list(known_item_refusals(ask, facts))
    if unknown:
        yield from unknown
        return
    asked, sent = ask.event["audio_end_ms"], facts.responses.sent_ms(ask.event["item_id"])
    entry = facts.conversation.entries[ask.event["item_id"]]
    if ask.event["content_index"] != 0:
        yield Refusal("truncate-refused")
    elif sent is None or not is_spoken(ask.event["item_id"], facts):
        yield _no_audio(facts)
    elif not sent:
        if asked > 0:  # what will have been there may be cut before it sounds
            yield _past_the_end(asked, must=False)
        # On a call nobody sees how much there is.
        yield _no_audio(facts, must=asked == 0 and not facts.dialect.streams_sound)
    elif asked < 0:
        yield Refusal("truncate-refused", must=False)
    elif asked > min(sent, entry.truncated_ms if entry.truncated_ms is not None else sent):
        # Up to a millisecond is rounding.  While the item is being spoken there may be more audio
        # than was sent, and what an earlier truncation has removed may count or not.
        yield _past_the_end(asked, must=facts.rulings and asked > sent + 1 and entry.done)


def is_spoken(item_id: str, facts: Facts) -> bool:
    """Whether the item is, or is to become, a message with audio."""
    item = facts.responses.item(item_id)
    if item is None or item.item["type"] != "message":
        return False
    return not item.parts or item.parts[0].kind == "audio"


def _past_the_end(asked: int, must: bool) -> Refusal:
    shorter = rf"Audio content of \d+ms is already shorter than {asked}ms"
    return Refusal("truncate-past", "invalid_value", None, shorter, must=must)


def _no_audio(facts: Facts, must: bool = True) -> Refusal:
    if facts.rulings:
        return Refusal("truncate-refused", None, None, _NO_AUDIO, must)
    return Refusal("truncate-refused", must=must)
