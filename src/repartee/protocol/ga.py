"""The GA dialect: the structs of this package are its shapes, JSON its coding."""

import msgspec
from msgspec import structs

from repartee.protocol import errors
from repartee.protocol.client import ClientEvent, ResponseCreate, SessionUpdate
from repartee.protocol.config import unbuilt
from repartee.protocol.decoding import refusal
from repartee.protocol.errors import Refused
from repartee.protocol.server import ServerEvent

_decoder = msgspec.json.Decoder(ClientEvent)
_encoder = msgspec.json.Encoder()


def decode(message: bytes) -> ClientEvent | Refused:
    """The client event in a text frame, or what is wrong with it."""
    try:
        event: ClientEvent = _decoder.decode(message)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        return refusal(message, ClientEvent, fault)
    path = _unbuilt(event)
    if path is not None:
        return structs.replace(errors.not_built(path), event_id=event.event_id)
    return event


def _unbuilt(event: ClientEvent) -> str | None:
    """Where the event says something that is not served yet."""
    match event:
        case SessionUpdate(session=session):
            return unbuilt(session, "session")
        case ResponseCreate(response=response):
            return unbuilt(response, "response")
        case _:
            return None


def encode(event: ServerEvent) -> bytes:
    """The text frame of a server event."""
    return _encoder.encode(event)
