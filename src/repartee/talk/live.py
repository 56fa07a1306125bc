"""A conversation by microphone and speaker, where the user may interrupt."""

import asyncio
import base64
import importlib
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any

from repartee.talk import TalkError
from repartee.talk.client import INPUT_RATE, append, next_event, open_session
from repartee.talk.turns import OUTPUT_RATE, Turns
from repartee.talk.wire import Wire
from repartee.transports.client import Event, Place

_BLOCK_MS = 20  # of sound taken from the microphone, and given to the speaker, at a time
_BYTES_PER_MS = OUTPUT_RATE * 2 // 1000


class Speaker:
    """The sound that is still to be played, and how much of it was heard.

    The sound card asks for sound on a thread of its own, all else happens on the event loop's.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._item = ""
        self._played = 0  # bytes of that item
        self._hushed = ""
        self._lock = Lock()

    def add(self, item_id: str, pcm: bytes) -> None:
        """Play this after everything else, unless its item has been cut off."""
        with self._lock:
            if item_id != self._hushed:
                self._waiting.append((item_id, pcm))

    def take(self, size: int) -> bytes:
        """The next `size` bytes to play: sound, then silence."""
        taken = bytearray()
        with self._lock:
            while self._waiting and len(taken) < size:
                item_id, pcm = self._waiting.popleft()
                if item_id != self._item:
                    self._item, self._played = item_id, 0
                piece, rest = pcm[: size - len(taken)], pcm[size - len(taken) :]
                taken += piece
                self._played += len(piece)
                if rest:
                    self._waiting.appendleft((item_id, rest))
        return bytes(taken.ljust(size, b"\0"))

    def hush(self) -> tuple[str, int] | None:
        """Stop playing: the item that was cut off and how many ms of it were played, if any."""
        with self._lock:
            if not self._waiting:
                return None
            first = self._waiting[0][0]
            played = self._played if first == self._item else 0
            self._waiting.clear()
            self._hushed = first
            return first, played // _BYTES_PER_MS


async def speak_live(place: Place, *, show: Callable[[str], None]) -> None:
    """Talk until the server leaves or the task is cancelled.  Raises TalkError."""
    sound = _sound_system()
    wire = await open_session(place)
    speaker = Speaker()
    loop = asyncio.get_running_loop()

    def hear(pcm: Any, *_: object) -> None:
        loop.call_soon_threadsafe(wire.send, append(bytes(pcm)))

    def play(pcm: Any, *_: object) -> None:
        pcm[:] = speaker.take(len(pcm))

    form = {"channels": 1, "dtype": "int16", "blocksize": INPUT_RATE * _BLOCK_MS // 1000}
    try:
        with (
            sound.RawInputStream(samplerate=INPUT_RATE, callback=hear, **form),
            sound.RawOutputStream(samplerate=OUTPUT_RATE, callback=play, **form) as stream,
        ):
            show(f"speak to {place.url}; Ctrl-C ends.  Headphones keep answers out of your words.")
            await _converse(wire, speaker, int(stream.latency * 1000), show)
    except sound.PortAudioError as error:
        raise TalkError(f"no microphone and speaker can be had: {error}") from None
    finally:
        await wire.close()


async def _converse(
    wire: Wire, speaker: Speaker, latency_ms: int, show: Callable[[str], None]
) -> None:
    now = asyncio.get_running_loop().time
    turns = Turns(now(), [], show)
    while True:
        event = await next_event(wire, None)
        assert event is not None
        if event["type"] == "response.output_audio.delta":
            speaker.add(event["item_id"], base64.b64decode(event["delta"]))
        elif event["type"] == "input_audio_buffer.speech_started" and (cut := speaker.hush()):
            item_id, played_ms = cut
            # What the card has been given is heard only `latency_ms` later.
            wire.send(_truncation(item_id, max(0, played_ms - latency_ms)))
        turns.follow(event, now())


def _truncation(item_id: str, heard_ms: int) -> Event:
    place = {"item_id": item_id, "content_index": 0, "audio_end_ms": heard_ms}
    return {"type": "conversation.item.truncate", **place}


def _sound_system() -> Any:
    try:
        return importlib.import_module("sounddevice")
    except ImportError:
        raise TalkError(
            "the microphone needs one more package: pip install 'repartee[mic]'"
        ) from None
    except OSError:  # sounddevice is there, the C library behind it is not
        raise TalkError("the microphone needs PortAudio: apt install libportaudio2") from None
