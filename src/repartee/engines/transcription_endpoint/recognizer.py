"""The ears that ask any OpenAI-compatible transcription endpoint, once a turn, at its end.

Closing a recognition closes its request, which is how an endpoint learns that nobody listens.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Annotated

import httpx2
from msgspec import Meta

from repartee.engines.protocols import Words
from repartee.engines.remote.address import find_key, is_billed
from repartee.engines.remote.endpoint import Endpoint, Form, content_type
from repartee.engines.remote.faults import EARS, now
from repartee.engines.remote.hints import completed, in_a_prompt
from repartee.engines.remote.server_sent_events import EventStream
from repartee.engines.transcription_endpoint.answer import (
    ErrorAnswer,
    Transcript,
    UnreadableAnswer,
    words_of,
)
from repartee.engines.transcription_endpoint.guesses import collected
from repartee.engines.transcription_endpoint.turn import Turn
from repartee.protocol.prompt import Hints

_STREAM = "text/event-stream"

_Seconds = Annotated[float, Meta(gt=0)]


class OpenAITranscription:
    """Any OpenAI-compatible transcription endpoint, asked at `url`/audio/transcriptions."""

    licence = "Apache-2.0"

    def __init__(
        self,
        url: str,
        model: str = "whisper-1",
        api_key: str | None = None,
        api_key_env: str | None = None,
        language: str | None = None,
        prompt: str | None = None,
        rate: Annotated[int, Meta(ge=8_000, le=48_000)] = 16_000,
        stream: bool = False,
        logprobs: bool = False,
        guesses: bool = False,
        timeout_s: _Seconds = 30,
        connect_timeout_s: _Seconds = 5,
        retries: Annotated[int, Meta(ge=0)] = 1,
        retry_delay_s: _Seconds = 0.25,
        extra: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        billed: bool | None = None,
    ) -> None:
        """The key is `api_key`, or what the environment variable `api_key_env` holds.

        `language` and `prompt` stand where a session has none.  The sound goes out at `rate`
        (Hz).  `stream` and `logprobs` say that the endpoint gives its text as it finds it, and
        log probabilities; `guesses` that it may be asked at each pause already, for requests that
        are for nothing where the speaker goes on.  `extra` are more fields of the form.
        `billed`: see `is_billed`.
        """
        self._endpoint = Endpoint(
            url,
            EARS,
            key=find_key(url, api_key, api_key_env),
            headers=headers,
            connect_timeout_s=connect_timeout_s,
            retries=retries,
            retry_delay_s=retry_delay_s,
        )
        self.rate = rate
        self.logprobs = logprobs
        self.guesses = guesses
        self.billed = is_billed(url, billed)
        self._language = language
        self._prompt = prompt
        self._timeout_s = timeout_s
        self._fields: dict[str, str | list[str]] = {"model": model, "response_format": "json"}
        self._fields |= {"stream": "true"} if stream else {}
        self._fields |= {"include[]": ["logprobs"]} if logprobs else {}
        self._fields |= extra or {}

    async def open(self) -> None:
        """Make the first connection.  An endpoint that is not there yet is only warned of."""
        await self._endpoint.greet()

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoint.close()

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        """See `Recognizer`."""
        turn = Turn(self.rate)
        async with aclosing(collected(audio, turn, partial(self._final, turn, hints))) as guesses:
            async for words in guesses:
                yield words
                if words.final:
                    return
        async with aclosing(self._hypotheses(turn, hints)) as hypotheses:
            async for words in hypotheses:
                yield words

    async def _final(self, turn: Turn, hints: Hints) -> Words:
        async with aclosing(self._hypotheses(turn, hints)) as hypotheses:
            return [words async for words in hypotheses][-1]

    async def _hypotheses(self, turn: Turn, hints: Hints) -> AsyncGenerator[Words, None]:
        """What the endpoint makes of the turn so far; the last hypothesis is final."""
        if not turn.sounds:  # nobody has to be asked
            yield Words("", final=True)
            return
        ms, form, transcript = turn.ms, self._form(turn, hints), Transcript()
        deadline = now() + self._timeout_s
        response = await self._endpoint.send("POST", "/audio/transcriptions", deadline, form)
        async with aclosing(self._answers(response)) as answers:
            async for answer in answers:
                told = transcript.text
                self._read(transcript, answer)
                if transcript.complete:
                    break
                if transcript.text != told:
                    yield Words(transcript.text, stable=len(transcript.text))
        if not transcript.complete:
            raise self._endpoint.error("cut_off", "ended without a transcript")
        yield self._whole(transcript, ms)

    def _form(self, turn: Turn, hints: Hints) -> Form:
        known = completed(hints, self._language, self._prompt)
        fields = {"language": known.language, "prompt": in_a_prompt(known)}
        given = {name: value for name, value in fields.items() if value}
        return Form({**given, **self._fields}, "file", "turn.wav", turn.wav(), "audio/wav")

    async def _answers(self, response: httpx2.Response) -> AsyncGenerator[str | bytes, None]:
        """The JSON texts of a response, one or an event each; it is closed in the end."""
        received = response.aiter_bytes()
        kind = content_type(response) or "application/json"
        stream, whole = EventStream(), b""
        try:
            if kind not in ("application/json", _STREAM):
                what = f"sent {kind} in place of a transcript: does {{role}}.url end in /v1?"
                raise self._endpoint.error("unreadable", what)
            while data := await self._endpoint.read(received, now() + self._timeout_s):
                if kind == _STREAM:
                    for event in stream.feed(data):
                        yield event.data
                else:
                    whole += data
            if whole:
                yield whole
        except ValueError as error:
            raise self._endpoint.error("unreadable", f"cannot be read: {error}") from None
        finally:
            await received.aclose()
            await response.aclose()

    def _read(self, transcript: Transcript, answer: str | bytes) -> None:
        try:
            transcript.feed(answer)
        except UnreadableAnswer as error:
            raise self._endpoint.error("unreadable", f"cannot be read: {error}") from None
        except ErrorAnswer as error:
            raise self._endpoint.error("failed", f"failed: {error}") from None

    def _whole(self, transcript: Transcript, ms: int) -> Words:
        text = transcript.text
        if not self.logprobs:
            return Words(text, len(text), final=True)
        try:
            words = words_of(text, transcript.tokens, ms)
        except UnreadableAnswer as error:
            what = f"cannot be read: {error}. Set {{role}}.logprobs to false"
            raise self._endpoint.error("unreadable", what) from None
        return Words(text, len(text), final=True, words=words)
