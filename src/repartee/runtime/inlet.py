"""The way in: a client's messages and its sound, told to the session in the order they came.

A message is told at once, once the sound that was sent before it has been judged.  A client may
send minutes of sound in one message; that is decoded a piece at a time, and what comes next waits
until all but a second of it is judged, so that no other session waits for it.
"""

import asyncio
from collections.abc import Callable
from math import inf

from msgspec import structs

from repartee.protocol import audio, errors
from repartee.protocol.client import ClientEvent, InputAudioBufferAppend
from repartee.protocol.errors import Refused
from repartee.protocol.large_append import LargeAppend, large_append
from repartee.session.admission import sound_fault
from repartee.session.commands import Listen
from repartee.session.inputs import Heard
from repartee.speech.codec import decode
from repartee.speech.listener import Listener, SpeechDetector

FLUSHABLE = audio.size(1000)
BUDGET_S = 0.005  # of work in one turn of the event loop
LARGE = 1024 * 1024  # bytes of a message whose sound is decoded piece by piece
POSTPONABLE = 1024 * 1024  # bytes of messages; beyond them the client has itself to thank

Told = ClientEvent | Heard | Refused


class Inlet:
    """Of one session.

    `read` makes an event of a text message, `tell` is the session's door for an event and the
    message that it came in, and `room` counts the bytes of sound that its buffer can still take.
    Of a call (`is_call`) the sound comes as 24 kHz PCM, whatever its session's format is.
    `indifference` as in `Session`.
    """

    def __init__(
        self,
        detector: SpeechDetector,
        *,
        read: Callable[[bytes], ClientEvent | Refused],
        tell: Callable[[Told, bytes], None],
        room: Callable[[], float],
        is_call: bool,
        indifference: Callable[[], float] = float,
    ) -> None:
        self.listener: Listener = detector.listener(self._heard, indifference)
        self._read = read
        self._tell = tell
        self._room = room
        self._is_call = is_call
        self._open = True
        self._loop = asyncio.get_running_loop()
        self._encoding: audio.Encoding = "audio/pcm"  # how the client's sound comes
        self._judges = False  # whether speech is told from silence in it
        self._large: tuple[LargeAppend, bytes] | None = None  # what is being decoded
        self._postponed: list[bytes] = []
        self._postponed_bytes = 0
        self._catching_up: asyncio.Handle | None = None

    def configure(self, listen: Listen) -> None:
        """Hear so whatever comes from now on."""
        self._encoding, self._judges = listen.encoding, listen.judge
        if self._is_call:
            listen = structs.replace(listen, encoding="audio/pcm")
        self.listener.configure(listen)

    def close(self) -> None:
        """Hear nothing any more.

        Its session is forgotten: of two that know each other, the memory would wait for the
        garbage collector, which minutes of sound do not bring any sooner than a few bytes.
        """
        self.listener.tell_held()
        self.listener.close()
        if self._catching_up is not None:
            self._catching_up.cancel()
        self._open = False
        del self._read, self._tell

    def hear(self, message: bytes) -> None:
        """One text frame of the client."""
        if not self._open:
            return
        if not self._postponed and self._large is None:
            self._take(message)
            return
        self._postpone(message)
        if self._postponed_bytes > POSTPONABLE:
            if self._large is not None:
                self._decode(inf)
            else:
                self.listener.flush()
            self._catch_up()

    def hear_binary(self) -> None:
        """A binary frame, which the protocol has no use for."""
        if not self._open:
            return
        self.listener.flush()
        while self._large is not None or self._postponed:
            self._catch_up(inf)
            self.listener.flush()
        self._tell(errors.not_an_event("a binary frame"), b"")

    def hear_sound(self, pcm: bytes) -> None:
        """A caller's sound, which comes beside events: 24 kHz mono s16.

        What a buffer that is never committed has no room for is not heard.
        """
        if self._has_room(len(pcm)):
            self.listener.hear(pcm)

    def _take(self, message: bytes) -> None:
        if len(message) > LARGE and (large := large_append(message)) is not None:
            self._large = large, message
            self._catch_up_soon()
        else:
            self._obey(self._read(message), message)

    def _decode(self, until: float) -> None:
        """Go on with a large append until then."""
        while self._large is not None:
            large, message = self._large
            try:
                event: ClientEvent | Refused | None = large.go_on()
            except ValueError:
                event = self._read(message)
            if event is not None:
                self._large = None
                self._obey(event, message)
            elif self._loop.time() > until:
                return

    def _obey(self, event: ClientEvent | Refused, message: bytes) -> None:
        if isinstance(event, InputAudioBufferAppend) and self._is_sound(event.audio):
            self._take_sound(event)
        elif self.listener.waiting > FLUSHABLE:
            self._postpone(message)
        else:
            self.listener.flush()  # nothing overtakes sound that was sent before it
            self._tell(event, message)

    def _is_sound(self, appended: bytes) -> bool:
        return sound_fault(appended, "audio", self._encoding) is None

    def _take_sound(self, event: InputAudioBufferAppend) -> None:
        # All of it or nothing: to the session it comes in pieces.
        if not self._has_room(audio.decoded_size(len(event.audio), self._encoding)):
            self._tell(structs.replace(errors.buffer_full(), event_id=event.event_id), b"")
        else:
            sound = decode(event.audio, self._encoding) if self._is_call else event.audio
            self.listener.hear(sound, event.event_id)

    def _has_room(self, size: int) -> bool:
        room = inf if self._judges else self._room()  # where turns are found, sound makes room
        return self.listener.waiting + size <= min(audio.BUFFER_BYTES, room)

    def _heard(self, heard: Heard) -> None:
        self._tell(heard, b"")
        if self._postponed and self.listener.waiting <= FLUSHABLE:
            self._catch_up_soon()

    def _postpone(self, message: bytes) -> None:
        self._postponed.append(message)
        self._postponed_bytes += len(message)

    def _catch_up_soon(self) -> None:
        if self._catching_up is None:
            self._catching_up = self._loop.call_soon(self._catch_up)

    def _catch_up(self, budget_s: float = BUDGET_S) -> None:
        """Take what was postponed, for so long; some of it may have to wait again."""
        self._catching_up = None
        until = self._loop.time() + budget_s
        self._decode(until)
        if self._large is not None:
            self._catch_up_soon()
            return
        messages, self._postponed, self._postponed_bytes = self._postponed, [], 0
        for place, message in enumerate(messages):
            self.hear(message)
            if self._loop.time() > until:
                for later in messages[place + 1 :]:
                    self._postpone(later)
                self._catch_up_soon()
                return
