"""A server's events, read no further than a load has to know them, in the words of GA."""

import msgspec
from msgspec import Struct

# What the beta dialect says otherwise, of all that is looked at here.
_IN_GA = {"response.audio.delta": "response.output_audio.delta"}

STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
COMMITTED = "input_audio_buffer.committed"
CREATED = "response.created"
AUDIO = "response.output_audio.delta"
DONE = "response.done"

_BYTES_PER_MS = 48  # of the 24 kHz mono s16 that is asked for


class Response(Struct):
    """What stands in response.created and response.done."""

    id: str | None = None
    status: str | None = None


class Problem(Struct):
    """What stands in error."""

    type: str | None = None
    code: str | None = None


class Told(Struct):
    """An event; fields that it does not have are empty."""

    type: str
    item_id: str | None = None
    response_id: str | None = None
    delta: str | None = None
    response: Response | None = None
    error: Problem | None = None


# A typed decoder skips what is not declared: a delta of 200 ms of sound costs it 4 µs.
_decode = msgspec.json.Decoder(Told).decode


def read(message: bytes | memoryview) -> Told | None:
    """The event, if it is one."""
    try:
        told = _decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    told.type = _IN_GA.get(told.type, told.type)
    return told


def sound_ms(delta: str) -> float:
    """How long the sound of a delta is, by the length of its base64."""
    return (len(delta) * 3 // 4 - delta.endswith("=") - delta.endswith("==")) / _BYTES_PER_MS
