"""The GA dialect: the structs of this package are its shapes, JSON its coding."""

from typing import Any

import msgspec
from msgspec import Struct, structs

from repartee.protocol import errors
from repartee.protocol.client import ClientEvent, InputAudioBufferAppend
from repartee.protocol.config import TranscriptionConfig
from repartee.protocol.decoding import decode, refusal
from repartee.protocol.errors import Refused
from repartee.protocol.said import DEEPEST, too_deep, unbuilt
from repartee.protocol.server import (
    ConversationCreated,
    ServerEvent,
    SessionCreated,
    SessionUpdated,
)

_encoder = msgspec.json.Encoder()


class Dialect:
    """A way to write the protocol down.  This one is GA; others are told as differences from it.

    `events` is the union of the client events, as this dialect shapes them.
    """

    unknown: tuple[type[ServerEvent], ...] = (ConversationCreated,)
    """Server events that the dialect does not have: they are not said."""

    def __init__(self, events: Any = ClientEvent) -> None:
        self._events = events
        self._decoder = msgspec.json.Decoder(events)

    def decode(self, message: bytes) -> ClientEvent | Refused:
        """The client event in a text frame, or what is wrong with it."""
        try:
            event = decode(message, self._decoder)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
            return refusal(message, self._events, fault)
        if type(event) is InputAudioBufferAppend:  # most of what comes, and every dialect's
            return event
        if (refused := _unserved(event) or self.fault(event)) is not None:
            return structs.replace(refused, event_id=event.event_id)
        return self.read(event)

    def encode(self, event: ServerEvent) -> bytes | None:
        """The text frame of a server event; None where the dialect leaves it unsaid."""
        return None if isinstance(event, self.unknown) else _encoder.encode(self.write(event))

    def fault(self, event: Any) -> Refused | None:
        """What is wrong with a decoded event, beyond its shape."""
        return None

    def read(self, event: Any) -> ClientEvent:
        """What a decoded event is in GA."""
        said: ClientEvent = event
        return said

    def write(self, event: ServerEvent) -> Any:
        """What a server event is in this dialect, ready for JSON."""
        match event:
            case (
                SessionCreated(session=TranscriptionConfig(audio=audio) as session)
                | SessionUpdated(session=TranscriptionConfig(audio=audio) as session)
            ):
                vad = without(audio.input.turn_detection, *ANSWERING)
                heard = structs.replace(audio.input, turn_detection=vad)
                shown = structs.replace(session, audio=structs.replace(audio, input=heard))
                return structs.replace(event, session=shown)
            case _:
                return event


ANSWERING = ("create_response", "interrupt_response", "idle_timeout_ms")
"""Members of turn detection that say something about answers: nothing where there are none."""


def without(value: Struct | None, *names: str) -> dict[str, Any] | None:
    """A tagged object without some of its members, ready for JSON."""
    if value is None:
        return None
    members = {"type": value.__struct_config__.tag, **structs.asdict(value)}
    return {name: member for name, member in members.items() if name not in names}


def _unserved(event: Any) -> Refused | None:
    """What the event says well, and this server does not serve.

    `session` and `response` are where every dialect keeps such things.
    """
    for name in ("session", "response"):
        said = getattr(event, name, None)
        if (path := unbuilt(said, name)) is not None:
            return errors.not_built(path)
        if (path := too_deep(said, name)) is not None:
            return errors.too_deep(path, DEEPEST)
    return None


GA = Dialect()
