"""The client's loudspeaker: what is said to the client tells what its microphone will hear."""

from msgspec import UNSET

from repartee.protocol.audio import Encoding
from repartee.protocol.config import AnyConfig, encoding
from repartee.protocol.server import (
    ConversationItemTruncated,
    OutputAudioDelta,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
    SpeechStarted,
)
from repartee.speech.listener import Listener


class Loudspeaker:
    """Of a client that plays what it is sent, and stops as the API asks it to."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._encodings: dict[str, Encoding] = {}  # of the responses in progress

    def follow(self, event: ServerEvent, config: AnyConfig) -> None:
        """The event is on its way to the client, whose session is so configured."""
        match event:
            case OutputAudioDelta(response_id=ref, delta=sound):
                self._listener.sent(sound, self._encodings[ref])
            case ConversationItemTruncated():
                self._listener.hushed()
            case SpeechStarted():
                detection = config.audio.input.turn_detection
                if detection is not None and detection.interrupt_response:
                    self._listener.hushed()
            case ResponseCreated(response=response) if response.audio is not UNSET:
                self._encodings[response.id] = encoding(response.audio.output.format)
            case ResponseDone(response=response):
                self._encodings.pop(response.id, None)
