"""The voice that asks any OpenAI-compatible speech endpoint: on this machine, or a cloud.

Each piece of text is a request of its own, and the next two are under way while one sounds.
Closing the speech closes its requests, which is how an endpoint learns that nobody listens.
"""

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any, Literal

import httpx2
from msgspec import Meta

from repartee.engines.protocols import EngineError, Speech
from repartee.engines.remote.address import find_key, is_billed
from repartee.engines.remote.endpoint import Endpoint, content_type
from repartee.engines.remote.faults import VOICE, error_message, now
from repartee.engines.speech_endpoint.ahead import in_turn
from repartee.engines.speech_endpoint.marks import Marks, Tempo
from repartee.engines.speech_endpoint.sound import SoundStream, UnreadableSound
from repartee.protocol.prompt import VoiceChoice

log = logging.getLogger(__name__)

_RATE = 24_000  # of the API's own "pcm"
_SOUND = ("audio/pcm", "audio/raw", "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
_UNSTATED = ("", "application/octet-stream")
_SPEAKABLE = re.compile(r"[^\W_]")  # a letter or a digit: for anything else there is no sound
_MOST_TEMPOS = 100  # clients may ask for voices of any name

_Seconds = Annotated[float, Meta(gt=0)]


class OpenAISpeech:
    """Any OpenAI-compatible speech endpoint, its sound streamed from `url`/audio/speech."""

    licence = "Apache-2.0"

    def __init__(
        self,
        url: str,
        model: str = "tts-1",
        api_key: str | None = None,
        api_key_env: str | None = None,
        voices: dict[str, str] | None = None,
        response_format: Literal["pcm", "wav"] = "pcm",
        rate: Annotated[int, Meta(ge=8_000, le=48_000)] | None = None,
        speed: bool = False,
        instructions: str | None = None,
        first_sound_timeout_s: _Seconds = 15,
        idle_timeout_s: _Seconds = 15,
        connect_timeout_s: _Seconds = 5,
        retries: Annotated[int, Meta(ge=0)] = 1,
        retry_delay_s: _Seconds = 0.25,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        billed: bool | None = None,
    ) -> None:
        """The key is `api_key`, or what the environment variable `api_key_env` holds.

        `voices` tells the endpoint's name for the API's voices, "*" the one for all others; a
        voice that it says nothing of is asked for by its own name.  `rate` (Hz) is that of the
        sound: by default 24000, or for "wav" what the endpoint says when it is first asked.
        `speed` says whether the endpoint heeds "speed".  `extra` is laid over the body of each
        request; a null in it takes a field out.  `billed`: see `is_billed`.
        """
        self._endpoint = Endpoint(
            url,
            VOICE,
            key=find_key(url, api_key, api_key_env),
            headers=headers,
            connect_timeout_s=connect_timeout_s,
            retries=retries,
            retry_delay_s=retry_delay_s,
        )
        self.rate = rate or _RATE
        self.paces = speed
        self.billed = is_billed(url, billed)
        self._learns_rate = rate is None and response_format == "wav"
        self._voices = voices or {}
        self._fields = {"model": model, "instructions": instructions}
        self._fields["response_format"] = response_format
        self._extra = extra or {}
        self._first_sound_timeout_s = first_sound_timeout_s
        self._idle_timeout_s = idle_timeout_s
        self._tempos: dict[str, Tempo] = {}

    async def open(self) -> None:
        """Make the first connection.  An endpoint that is not there yet is only warned of."""
        if not self._learns_rate:
            await self._endpoint.greet()
            return
        try:
            self.rate = await self._rate_of(await self._ask(VoiceChoice(), "Hello."))
        except EngineError as error:
            log.warning("%s", error)

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoint.close()

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        """See `Synthesizer`.  Where words begin is estimated: see `marks`."""
        pieces = _Speakable(text)
        async with aclosing(in_turn(pieces, partial(self._ask, voice))) as asked:
            async for piece, response in asked:
                async with aclosing(self._speech(piece, response, voice)) as sounds:
                    async for speech in sounds:
                        yield speech
        if pieces.rest:
            yield Speech(b"", pieces.rest)

    async def _ask(self, voice: VoiceChoice, text: str) -> httpx2.Response:
        name = self._voices.get(voice.name) or self._voices.get("*") or voice.name
        # Half a surrogate pair cannot be sent, and has no sound.
        spoken = text.strip().encode(errors="replace").decode()
        fields: dict[str, Any] = {**self._fields, "input": spoken, "voice": name}
        if self.paces:
            fields["speed"] = voice.speed
        fields |= self._extra
        body = {name: value for name, value in fields.items() if value is not None}
        deadline = now() + self._first_sound_timeout_s
        return await self._endpoint.send("POST", "/audio/speech", deadline, body)

    async def _speech(
        self, text: str, response: httpx2.Response, voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        """The sound of one response, with the words of `text`."""
        tempo, speed = self._tempo(voice.name), voice.speed if self.paces else 1
        marks = Marks(text, tempo.ms_per_character / speed, self.rate)
        stream = SoundStream(self.rate)
        async with aclosing(self._pcm(response, stream)) as sound:
            async for pcm in sound:
                if stream.rate != self.rate:
                    what = f"sent sound of {stream.rate} Hz: set {{role}}.rate to {stream.rate}"
                    raise self._endpoint.error("unreadable", what)
                for speech in marks.feed(pcm):
                    yield speech
        if not marks.ms:
            raise self._endpoint.error("failed", "sent no sound")
        yield marks.finish()
        tempo.learn(len(text), marks.ms * speed)

    async def _pcm(
        self, response: httpx2.Response, stream: SoundStream
    ) -> AsyncGenerator[bytes, None]:
        """The sound of a response, which is closed in the end.  Raises EngineError."""
        received = response.aiter_bytes()
        try:
            await self._require_sound(response, received)
            while data := await self._endpoint.read(received, now() + self._idle_timeout_s):
                if pcm := stream.feed(data):
                    yield pcm
            stream.finish()
        except UnreadableSound as error:
            raise self._endpoint.error("unreadable", f"sent {error}") from None
        finally:
            await received.aclose()
            await response.aclose()

    async def _require_sound(
        self, response: httpx2.Response, received: AsyncGenerator[bytes, None]
    ) -> None:
        kind = content_type(response)
        if kind in _SOUND or kind in _UNSTATED:
            return
        if kind == "application/json":
            body = await self._endpoint.read(received, now() + self._idle_timeout_s)
            if said := error_message(body):
                raise self._endpoint.error("failed", f"failed: {said}")
        what = f"sent {kind} in place of pcm or wav: does {{role}}.url end in /v1?"
        raise self._endpoint.error("unreadable", what)

    async def _rate_of(self, response: httpx2.Response) -> int:
        stream = SoundStream(self.rate)
        async with aclosing(self._pcm(response, stream)) as sound:
            await anext(sound, b"")
        return stream.rate

    def _tempo(self, voice: str) -> Tempo:
        if voice not in self._tempos and len(self._tempos) == _MOST_TEMPOS:
            del self._tempos[next(iter(self._tempos))]
        return self._tempos.setdefault(voice, Tempo())


class _Speakable(AsyncIterator[str]):
    """The pieces that can be spoken; what cannot goes before the next one, or is the `rest`."""

    def __init__(self, pieces: AsyncIterator[str]) -> None:
        self.rest = ""
        self._pieces = pieces

    async def __anext__(self) -> str:
        self.rest += await anext(self._pieces)
        while not _SPEAKABLE.search(self.rest):
            self.rest += await anext(self._pieces)
        piece, self.rest = self.rest, ""
        return piece
