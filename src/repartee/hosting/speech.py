"""POST /v1/audio/speech: text to sound, sent as it is spoken."""

import asyncio
import logging
from math import ceil
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request

from repartee.engines.protocols import Synthesizer
from repartee.hosting.answers import EVENTS, Outflow, streamed
from repartee.hosting.requests import check_model
from repartee.protocol.audio import RATE
from repartee.protocol.decoding import body_refusal
from repartee.protocol.prompt import Prompt, VoiceChoice
from repartee.server.access import Access
from repartee.server.exchange import Application
from repartee.server.problems import Problem, bad_body
from repartee.session.bounds import estimate_tokens
from repartee.session.commands import Reply
from repartee.session.inputs import Called, Finished, Said, Sounded
from repartee.session.usage import ASSISTANT_MS_PER_TOKEN
from repartee.speech.patience import Patience
from repartee.speech.responder import Mouth, Tell, first
from repartee.speech.wav import endless_header

log = logging.getLogger(__name__)

MOST_CHARACTERS = 4096
_MEDIA_TYPES = {"pcm": "audio/pcm", "wav": "audio/wav"}


class VoiceId(Struct):
    """A voice of one's own."""

    id: Annotated[str, Meta(min_length=1, max_length=256)]


class SpeechAsked(Struct):
    """The body; what else it says is ignored, as the API does."""

    model: Annotated[str, Meta(min_length=1, max_length=256)]
    input: str
    voice: Annotated[str, Meta(min_length=1, max_length=256)] | VoiceId
    instructions: str | None = None
    response_format: Literal["pcm", "wav"] | None = None
    speed: Annotated[float, Meta(ge=0.25, le=4)] | None = None
    stream_format: Literal["audio", "sse"] | None = None


class SpeechRoute:
    """Has texts spoken for clients."""

    def __init__(self, access: Access, voice: Synthesizer, patience: Patience) -> None:
        self._access = access
        self._voice = voice
        self._patience = patience
        self._told_of_instructions = False

    async def answer(self, request: Request) -> Application:
        """The answer to a request.  Raises Problem."""
        asked = read(await request.body())
        check_model(self._access, request, asked.model)
        if asked.instructions and not self._told_of_instructions:
            self._told_of_instructions = True
            log.warning("the voice cannot heed the instructions of requests; they are ignored")
        in_events = asked.stream_format == "sse"
        media_type = EVENTS if in_events else _MEDIA_TYPES[asked.response_format or "pcm"]
        return streamed(media_type, lambda flow: self._speak(asked, flow, in_events=in_events))

    async def _speak(self, asked: SpeechAsked, flow: Outflow, *, in_events: bool) -> None:
        sounded_ms = 0.0

        async def send(sound: bytes) -> None:
            if asked.response_format == "wav" and not flow.begun:
                sound = endless_header(RATE) + sound
            if in_events:
                # msgspec writes bytes as base64.
                await flow.event({"type": "speech.audio.delta", "audio": sound})
            else:
                await flow.write(sound)

        async def tell(fact: Said | Sounded | Called | Finished) -> None:
            nonlocal sounded_ms
            assert isinstance(fact, Sounded)
            if fact.audio:
                sounded_ms += fact.ms
                await send(fact.audio)

        await self._say(asked, tell)
        if not flow.begun:  # a text with nothing to speak
            await send(b"")
        if in_events:
            await flow.event({"type": "speech.audio.done", "usage": _usage(asked, sounded_ms)})

    async def _say(self, asked: SpeechAsked, tell: Tell) -> None:
        name = asked.voice if isinstance(asked.voice, str) else asked.voice.id
        choice = VoiceChoice(name, speed=asked.speed or 1.0)
        mouth = Mouth(Reply("", Prompt(()), choice), self._voice, self._patience.voice_s, tell)
        try:
            async with asyncio.TaskGroup() as group:
                mouth.start(group)
                await mouth.say(asked.input)
                await mouth.finish()
        except ExceptionGroup as failures:
            raise first(failures) from None


def read(body: bytes) -> SpeechAsked:
    """What a body asks for.  Raises Problem."""
    try:
        asked = msgspec.json.decode(body, type=SpeechAsked)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise bad_body(body_refusal(body, SpeechAsked, fault)) from None
    if asked.response_format is None:
        raise Problem(
            400,
            "This server does not make the API's default, 'mp3'. Say 'wav' or 'pcm'.",
            code="invalid_value",
            param="response_format",
        )
    if not asked.input:
        raise Problem(400, "Invalid 'input': empty string.", code="empty_string", param="input")
    if len(asked.input) > MOST_CHARACTERS:
        raise Problem(
            400,
            f"Invalid 'input': string too long. Expected a string with maximum length "
            f"{MOST_CHARACTERS}, but got a string with length {len(asked.input)} instead.",
            code="string_above_max_length",
            param="input",
        )
    return asked


def _usage(asked: SpeechAsked, sounded_ms: float) -> dict[str, int]:
    """Counted as in a session: text by its characters, sound by its length."""
    read, spoke = estimate_tokens(asked.input), ceil(sounded_ms / ASSISTANT_MS_PER_TOKEN)
    return {"input_tokens": read, "output_tokens": spoke, "total_tokens": read + spoke}
