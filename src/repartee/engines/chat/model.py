"""The mind that asks any OpenAI-compatible endpoint: Ollama, vLLM, llama.cpp, a cloud.

Closing a reply closes its request, which is how an endpoint learns that nobody listens any more.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated, Any, Literal

import httpx2
from msgspec import Meta

from repartee.engines.chat.answer import ChatAnswer, ErrorChunk, UnreadableChunk
from repartee.engines.chat.request import request_body
from repartee.engines.protocols import EngineError, Stopped, Text, ToolCall, Usage
from repartee.engines.remote.address import OPENAI, find_key, is_billed
from repartee.engines.remote.endpoint import Endpoint, content_type
from repartee.engines.remote.faults import MIND, now
from repartee.engines.remote.server_sent_events import EventStream
from repartee.engines.responses import request as responses
from repartee.engines.responses.answer import ResponseAnswer
from repartee.protocol.prompt import Prompt

logger = logging.getLogger(__name__)

_TAIL_S = 2.0  # how far the token counts may lag behind the answer
_END_S = 0.2  # how far the end of the response may, so that its connection can be used again

_Seconds = Annotated[float, Meta(gt=0)]
_Result = Text | ToolCall | Usage | Stopped
_Answer = ChatAnswer | ResponseAnswer


class OpenAIChat:
    """Any OpenAI-compatible endpoint, its answers streamed from `url`/chat/completions."""

    licence = "Apache-2.0"

    def __init__(
        self,
        url: str = "http://127.0.0.1:11434/v1",
        model: str | None = None,
        api_key: str | None = None,
        api_key_env: str | None = None,
        first_token_timeout_s: _Seconds = 15,
        idle_timeout_s: _Seconds = 15,
        connect_timeout_s: _Seconds = 5,
        retries: Annotated[int, Meta(ge=0)] = 2,
        retry_delay_s: _Seconds = 0.25,
        api: Literal["chat", "responses"] = "chat",
        max_tokens_field: Literal["max_tokens", "max_completion_tokens"] | None = None,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        sees: bool = True,
        hears: bool = False,
        billed: bool | None = None,
    ) -> None:
        """Without `model` the endpoint's only one is used.

        The key is `api_key`, or what the environment variable `api_key_env` holds.
        `retry_delay_s` is the wait before the second try and doubles with each; nothing is tried
        again once an answer has begun.  `api` "responses" asks `url`/responses instead.
        `max_tokens_field`, of "chat" alone, is by default what the host knows: OpenAI's newer
        models refuse "max_tokens", many others know nothing else.  `extra` is laid over the body
        of each request; a null in it takes a field out.  `sees` says whether the model can be
        shown images, `hears`, of "chat" alone, whether it takes sound in place of transcripts.
        """
        self._endpoint = Endpoint(
            url,
            MIND,
            key=find_key(url, api_key, api_key_env),
            headers=headers,
            connect_timeout_s=connect_timeout_s,
            retries=retries,
            retry_delay_s=retry_delay_s,
        )
        self.sees, self.hears = sees, hears
        self.billed = is_billed(url, billed)
        self._model = model
        self._listed: tuple[str, ...] = ()
        self._connect_timeout_s = connect_timeout_s
        self._first_token_timeout_s = first_token_timeout_s
        self._idle_timeout_s = idle_timeout_s
        usual = "max_completion_tokens" if self._endpoint.host == OPENAI else "max_tokens"
        self._max_tokens_field = max_tokens_field or usual
        self._extra = extra or {}
        self._responds = _responds(api, hears=hears)

    async def open(self) -> None:
        """Make the first connection.  A model that is not there yet is only warned of."""
        try:
            self._listed = await self._endpoint.models(now() + self._connect_timeout_s)
        except EngineError as error:
            if self._model is None or error.code in ("model_unreachable", "model_unauthorized"):
                logger.warning("%s", error)

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoint.close()

    async def reply(self, prompt: Prompt) -> AsyncGenerator[_Result, None]:
        """See `LanguageModel`."""
        deadline = now() + self._first_token_timeout_s
        response = await self._ask(prompt, deadline)
        answer = ResponseAnswer() if self._responds else ChatAnswer(hears=self.hears)
        received = response.aiter_bytes()
        try:
            async with aclosing(self._chunks(response, received, answer, deadline)) as chunks:
                async for chunk in chunks:
                    for result in self._read(answer, chunk):
                        yield result
            for result in self._read(answer, None):
                yield result
            await _drain(received)
        finally:
            await received.aclose()
            await response.aclose()

    async def _ask(self, prompt: Prompt, deadline: float) -> httpx2.Response:
        model = self._model or await self._choose_model(prompt.model, deadline)
        if self._responds:
            path, fields = "/responses", responses.request_body(prompt, model)
        else:
            path = "/chat/completions"
            fields = request_body(prompt, model, self._max_tokens_field)
        body = {k: value for k, value in (fields | self._extra).items() if value is not None}
        try:
            return await self._endpoint.send("POST", path, deadline, body)
        except EngineError as error:
            if error.code == "model_not_found":
                self._listed = ()  # it may serve another model by now
            raise

    async def _choose_model(self, wanted: str, deadline: float) -> str:
        self._listed = self._listed or await self._endpoint.models(deadline)
        if wanted in self._listed:
            return wanted
        if len(self._listed) == 1:
            return self._listed[0]
        names = ", ".join(self._listed[:20]) or "none"
        what = f"offers no single model ({names}): set {{role}}.model to the one to use"
        raise self._endpoint.error("not_found", what)

    async def _chunks(
        self,
        response: httpx2.Response,
        received: AsyncGenerator[bytes, None],
        answer: _Answer,
        deadline: float,
    ) -> AsyncGenerator[str | bytes, None]:
        """The JSON texts of one answer, up to its end.  Raises EngineError where there is none."""
        kind = content_type(response) or "text/event-stream"
        if kind not in ("text/event-stream", "application/json"):
            what = f"sent {kind} in place of an answer: does {{role}}.url end in /v1?"
            raise self._endpoint.error("unreadable", what)
        stream, whole = EventStream(), b""
        while data := await self._next(received, answer, deadline):
            if kind == "application/json":  # an endpoint that does not stream
                whole += data
                continue
            for event in self._events(stream, data):
                if event == "[DONE]":
                    return
                yield event
                deadline = now() + (_TAIL_S if answer.finished else self._idle_timeout_s)
        if whole:
            yield whole
        if not answer.finished:
            raise self._endpoint.error("cut_off", "broke off in the middle of its answer")

    async def _next(
        self, received: AsyncGenerator[bytes, None], answer: _Answer, deadline: float
    ) -> bytes:
        """The next bytes of the response, none at its end; an answer that is finished may end."""
        try:
            return await self._endpoint.read(received, deadline)
        except EngineError:
            if answer.finished:
                return b""
            raise

    def _events(self, stream: EventStream, data: bytes) -> list[str]:
        try:
            return [event.data for event in stream.feed(data)]
        except ValueError as error:
            raise self._endpoint.error("unreadable", f"cannot be read: {error}") from None

    def _read(self, answer: _Answer, chunk: str | bytes | None) -> list[_Result]:
        """The results of a chunk, or, where there is none, those of the answer's end."""
        try:
            return answer.finish() if chunk is None else [*answer.feed(chunk)]
        except UnreadableChunk as error:
            raise self._endpoint.error("unreadable", f"cannot be read: {error}") from None
        except ErrorChunk as error:
            raise self._endpoint.error("failed", f"failed: {error}") from None


def _responds(api: str, *, hears: bool) -> bool:
    if hears and api == "responses":
        raise ValueError('the option hears needs api = "chat": /responses takes no sound')
    return api == "responses"


async def _drain(received: AsyncGenerator[bytes, None]) -> None:
    # The answer is complete: an end that comes late or never costs no more than a connection.
    with suppress(TimeoutError, httpx2.RequestError):
        async with asyncio.timeout(_END_S):
            async for _ in received:
                continue
