"""POST /v1/audio/transcriptions: recordings to text, told as it is understood if so wished."""

import asyncio
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from repartee.engines.protocols import EngineError, Recognizer, Words
from repartee.hosting import form, transcript
from repartee.hosting.answers import EVENTS, Outflow, failed, streamed
from repartee.hosting.recognizing import Tell, recognize
from repartee.hosting.requests import check_model
from repartee.hosting.transcript import MEDIA_TYPES, Format
from repartee.protocol import errors
from repartee.protocol.decoding import body_refusal
from repartee.protocol.prompt import Hints
from repartee.protocol.server import DurationUsage, TokenUsage
from repartee.server.access import Access
from repartee.server.exchange import Application
from repartee.server.problems import Problem, bad_body
from repartee.session.bounds import estimate_tokens
from repartee.session.recognition import Recognition
from repartee.session.usage import transcription_usage
from repartee.speech.patience import Patience
from repartee.speech.wav import NotWav, Recording, parse

_LISTS = ("include", "timestamp_granularities")
_RATES = (1_000, 384_000)  # Hz


class TranscriptionAsked(Struct):
    """The fields of the form; what else it says is ignored, as the API does."""

    model: Annotated[str, Meta(min_length=1, max_length=256)]
    language: Annotated[str, Meta(max_length=32)] | None = None
    prompt: str | None = None
    response_format: Format = "json"
    temperature: Annotated[float, Meta(ge=0, le=1)] = 0
    stream: bool = False
    timestamp_granularities: list[Literal["word", "segment"]] = []
    include: list[Literal["logprobs"]] = []

    @property
    def sure(self) -> bool:
        """Whether log probabilities are wanted."""
        return "logprobs" in self.include


class TranscriptionRoute:
    """Has recordings recognised for clients."""

    def __init__(self, access: Access, ears: Recognizer, patience: Patience) -> None:
        self._access = access
        self._ears = ears
        self._patience = patience

    async def answer(self, request: Request) -> Application:
        """The answer to a request.  Raises Problem."""
        content_type, body = request.headers.get("content-type"), await request.body()
        # The parser would hold up the event loop.
        sent = await asyncio.to_thread(form.read, content_type, body)
        asked = read(sent.fields)
        check_model(self._access, request, asked.model)
        self._check_together(asked)
        recording = _recording(sent.file)
        if asked.stream:
            return streamed(EVENTS, lambda flow: self._tell(asked, recording, flow))
        try:
            words = await self._recognize(asked, recording, _keep_to_oneself)
        except EngineError as error:
            raise failed(error) from None
        return _whole(asked, recording, words)

    def _check_together(self, asked: TranscriptionAsked) -> None:
        """Refuse what is right by itself and cannot be together, or not here.  Raises Problem."""
        if asked.timestamp_granularities and asked.response_format != "verbose_json":
            raise _refused("timestamp_granularities", "needs 'response_format' verbose_json")
        if asked.stream and asked.response_format != "json":
            raise _refused("stream", "needs 'response_format' json")
        if asked.sure and asked.response_format != "json":
            raise _refused("include", "logprobs need 'response_format' json")
        if asked.sure and not getattr(self._ears, "logprobs", False):
            raise _refused("include", "the speech recogniser in use gives no log probabilities")

    async def _recognize(
        self, asked: TranscriptionAsked, recording: Recording, tell: Tell
    ) -> Words:
        hints = Hints(language=asked.language, prompt=asked.prompt)
        return await recognize(recording, self._ears, hints, self._patience.ears_s, tell)

    async def _tell(self, asked: TranscriptionAsked, recording: Recording, flow: Outflow) -> None:
        recognition = Recognition()

        async def tell(words: Words) -> None:
            recognition.learn(transcript.fact(words))
            text, tokens = recognition.delta()
            if text:
                event = {"type": "transcript.text.delta", "delta": text}
                await flow.event(event | ({"logprobs": tokens} if asked.sure else {}))

        words = await self._recognize(asked, recording, tell)
        await tell(words)
        said = transcript.plain(words, _usage(asked, recording, words), asked.sure)
        await flow.event({"type": "transcript.text.done", **said})


async def _keep_to_oneself(_: Words) -> None:
    """Nobody waits for what is not final."""


def read(fields: dict[str, list[str]]) -> TranscriptionAsked:
    """What the fields ask for; of one that is repeated the last counts.  Raises Problem."""
    said: dict[str, str | list[str]] = {}
    for field, values in fields.items():
        name = field.removesuffix("[]")
        if name in _LISTS:
            said[name] = values
        elif values[-1]:
            said[name] = values[-1]
    body = msgspec.json.encode(said)
    try:
        return msgspec.json.decode(body, type=TranscriptionAsked, strict=False)
    except msgspec.ValidationError as fault:
        raise bad_body(body_refusal(body, TranscriptionAsked, fault)) from None


def _recording(file: bytes | None) -> Recording:
    """The sound of an upload.  Raises Problem."""
    if file is None:
        raise bad_body(errors.missing("file"))
    try:
        recording = parse(file)
    except NotWav as error:
        raise _refused("file", f"{error}. Supported: WAV with PCM or G.711") from None
    if not _RATES[0] <= recording.rate <= _RATES[1]:
        raise _refused("file", f"has {recording.rate} Hz, supported are {_RATES[0]} to {_RATES[1]}")
    return recording


def _whole(asked: TranscriptionAsked, recording: Recording, words: Words) -> Response:
    """The answer that is sent at once.  Raises Problem."""
    duration_ms, usage = round(recording.seconds * 1000), _usage(asked, recording, words)
    match asked.response_format:
        case "json":
            content = msgspec.json.encode(transcript.plain(words, usage, asked.sure))
        case "verbose_json":
            wanted = asked.timestamp_granularities or ["segment"]
            if "word" in wanted and words.text and not words.words:
                raise _refused("timestamp_granularities", "the recogniser tells no times of words")
            told = transcript.verbose(words, duration_ms, asked.language, wanted)
            content = msgspec.json.encode(told | {"usage": usage})
        case "text":
            content = f"{words.text}\n".encode()
        case "srt":
            content = transcript.srt(words, duration_ms).encode()
        case "vtt":
            content = transcript.vtt(words, duration_ms).encode()
    return Response(content, media_type=MEDIA_TYPES[asked.response_format])


def _usage(
    asked: TranscriptionAsked, recording: Recording, words: Words
) -> DurationUsage | TokenUsage:
    heard_ms = recording.seconds * 1000
    return transcription_usage(asked.model, heard_ms, words.text, estimate_tokens)


def _refused(param: str, why: str) -> Problem:
    return bad_body(errors.bad_value(param, f"Invalid '{param}': {why}."))
