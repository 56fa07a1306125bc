"""The GA dialect: the structs of this package are its shapes, JSON its coding."""

import msgspec

from repartee.protocol.client import ClientEvent
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
    return event


def encode(event: ServerEvent) -> bytes:
    """The text frame of a server event."""
    return _encoder.encode(event)
