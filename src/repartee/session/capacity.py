"""What a session has room for: items of its client's, instructions, tools."""

from collections.abc import Iterable
from typing import Any

import msgspec

from repartee.protocol import errors
from repartee.protocol.audio import RETAINED_BYTES, ms
from repartee.protocol.errors import Refused
from repartee.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    Item,
    Message,
    OutputAudio,
    OutputText,
    Part,
)
from repartee.session.caps import Caps
from repartee.session.conversation import Conversation, Extent

UNHEARD_MS = ms(RETAINED_BYTES)  # of sound that may wait for its transcript when more comes

TURNS_AN_ITEM = 10
"""Committed turns go on beyond `Caps.items`, so far: a session of transcription is made of them."""


def extent(item: Item) -> Extent:
    """What an item of the client's takes, apart from its sound."""
    match item:
        case FunctionCall(call_id=call_id, name=name, arguments=arguments):
            text = len(call_id or "") + len(name) + len(arguments)
            images = 0
        case FunctionCallOutput(call_id=call_id, output=output):
            text, images = len(call_id) + len(output), 0
        case Message(content=content):
            text = sum(len(_text(part)) for part in content)
            images = sum(len(part.image_url) for part in content if isinstance(part, InputImage))
    return Extent(text + len(item.id or ""), images)


def _text(part: Part) -> str:
    match part:
        case InputText(text=text) | OutputText(text=text):
            return text
        case InputAudio(transcript=transcript) | OutputAudio(transcript=transcript):
            return transcript or ""
        case InputImage():
            return ""


def no_room(conversation: Conversation, item: Item, caps: Caps) -> Refused | None:
    """Why the conversation cannot take an item of the client's, if it cannot."""
    if conversation.size >= caps.items:
        return errors.conversation_full(f"{caps.items} items", "item")
    more = extent(item)
    if conversation.extent.text + more.text > caps.text_characters:
        return errors.conversation_full(f"{caps.text_characters} characters of text", "item")
    if conversation.extent.images + more.images > caps.image_bytes:
        return errors.conversation_full(f"{caps.image_bytes} bytes of pictures", "item")
    return None


def no_turn(conversation: Conversation, caps: Caps) -> Refused | None:
    """Why the client cannot commit what was heard, if it cannot."""
    most = caps.items * TURNS_AN_ITEM
    return errors.conversation_full(f"{most} items", None) if conversation.size >= most else None


def has_sound(items: Iterable[object]) -> bool:
    """Whether something of it has to be recognised."""
    return any(
        isinstance(part, InputAudio) and part.audio
        for item in items
        if isinstance(item, Message)
        for part in item.content
    )


def size_fault(config: Any, before: Any, path: str, caps: Caps) -> Refused | None:
    """What of a configuration, named by `path`, is too large, unless it was so `before`.

    Both have instructions and tools.  Schemas of tools are measured and handed to the model as
    they are.
    """
    size, most = len(config.instructions), caps.instructions_characters
    if size > most and config.instructions != before.instructions:
        return errors.too_long(f"{path}.instructions", size, most)
    if config.tools is before.tools:
        return None
    if len(config.tools) > caps.tools:
        return errors.too_long(f"{path}.tools", len(config.tools), caps.tools, "tools")
    size = len(msgspec.json.encode(config.tools))
    if size > caps.tools_bytes:
        return errors.too_long(f"{path}.tools", size, caps.tools_bytes, "bytes")
    return None
