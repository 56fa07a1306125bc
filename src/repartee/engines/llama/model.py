"""Language models from GGUF files, by llama.cpp, in a worker process."""

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from repartee.engines.catalogue import located
from repartee.engines.chat.answer import ChatAnswer, ErrorChunk, UnreadableChunk
from repartee.engines.chat.request import request_body
from repartee.engines.llama.wire import Chunk, Options, Question
from repartee.engines.protocols import EngineError, Stopped, Text, ToolCall, Usage
from repartee.engines.worker.pool import Workers
from repartee.protocol.prompt import Prompt

_Result = Text | ToolCall | Usage | Stopped

LOAD_S = 300.0  # to read several gigabytes from a disk

_TOO_LONG = '"exceed_context_size_error"'  # llama.cpp's own name of it


class Llama:
    """Answers with a model from a GGUF file, by llama.cpp, without any other server.

    `model` is a file, or a name from `repartee models`; nothing is downloaded.  `chat_template` is
    a file with a template in Jinja, in place of the model's own.

    Up to `at_once` answers are made at a time, a token of each in turn, and each may take `context`
    tokens with its question; others wait in line.  What was read of a conversation is kept for its
    next question, for some that have no place any more in `cache_mib` of memory.

    `threads` are as many as there are cores, if not given.  `gpu_layers` of the model are put on a
    GPU, where llama.cpp was built for one: by default as many as fit.  Questions are read `batch`
    tokens at a time; that long other answers, and an end to it, have to wait.

    A model that can think before it answers only does so if it `thinks`.  With a `seed` the same
    question has the same answer, as far as the arithmetic of the machine goes.
    """

    licence = "MIT (code; models have their own)"
    sees = False
    hears = False

    def __init__(
        self,
        model: str,
        at_once: Annotated[int, Meta(ge=1, le=64)] = 4,
        context: Annotated[int, Meta(ge=256, le=1_048_576)] = 8192,
        threads: Annotated[int, Meta(ge=1)] | None = None,
        gpu_layers: Annotated[int, Meta(ge=-1)] = -1,
        batch: Annotated[int, Meta(ge=64)] = 128,
        cache_mib: Annotated[int, Meta(ge=0)] = 1024,
        chat_template: Path | None = None,
        seed: Annotated[int, Meta(ge=0, lt=2**32 - 1)] | None = None,
        thinks: bool = False,
    ) -> None:
        self._thinks = thinks
        self._context = context
        options = Options(
            model=str(_find_model(model)),
            context=context,
            at_once=at_once,
            threads=threads or os.cpu_count() or 1,
            gpu_layers=gpu_layers,
            batch=batch,
            cache_mib=cache_mib,
            chat_template=_text(chat_template) if chat_template else "",
            seed=seed,
        )
        self._workers = Workers(
            "repartee.engines.llama.serving:Serving",
            options,
            Chunk,
            "llama.cpp",
            at_once=at_once,
            start_s=LOAD_S,
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of its worker processes."""
        return self._workers.pids

    async def open(self) -> None:
        """Load the model and compute a first token.  Raises EngineError."""
        if find_spec("xllamacpp") is None:
            raise EngineError("llama.cpp is not installed: pip install 'repartee[llama]'")
        await self._workers.open()

    async def close(self) -> None:
        await self._workers.close()

    async def reply(self, prompt: Prompt) -> AsyncGenerator[_Result, None]:
        """See `LanguageModel`."""
        answer = ChatAnswer()
        async with aclosing(self._workers.run(Question(self._body(prompt)), _nothing())) as chunks:
            async for chunk in chunks:
                for piece in self._read(answer, chunk):
                    yield piece
        if not answer.finished:
            raise EngineError("llama.cpp broke off in the middle of its answer.", "model_cut_off")
        try:
            rest = answer.finish()
        except UnreadableChunk as error:
            raise _unreadable(error) from None
        for result in rest:
            yield result

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body = request_body(prompt, "", "max_tokens")
        del body["model"]
        if prompt.tool_choice.startswith("="):  # llama.cpp knows nothing of one among several
            forced = body["tool_choice"]["function"]["name"]
            body["tools"] = [each for each in body["tools"] if each["function"]["name"] == forced]
            body["tool_choice"] = "required"
        body["chat_template_kwargs"] = {"enable_thinking": self._thinks}
        # A chunk for each batch that was read, so that there is an occasion to stop.
        body["return_progress"] = True
        return body

    def _read(self, answer: ChatAnswer, chunk: Chunk) -> list[Text | ToolCall]:
        try:
            return answer.feed(chunk.text)
        except UnreadableChunk as error:
            raise _unreadable(error) from None
        except ErrorChunk:
            raise self._refusal(chunk.text) from None

    def _refusal(self, told: str) -> EngineError:
        """llama.cpp's own words are left out, as they may be those of the conversation."""
        if _TOO_LONG in told:
            return EngineError(
                f"the conversation is longer than the {self._context} tokens that the model is "
                "given: set mind.context to more, or let sessions forget earlier.",
                "model_failed",
            )
        return EngineError("llama.cpp failed at this conversation.", "model_failed")


def _unreadable(error: UnreadableChunk) -> EngineError:
    return EngineError(f"llama.cpp cannot be understood: {error}.", "model_unreadable")


def _find_model(model: str) -> Path:
    path = Path(model).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        raise EngineError(f"{path} is a folder: name the .gguf file in it")
    if (found := located(model)) is None:
        raise EngineError(
            f"there is no language model {model}: neither a .gguf file of that name, nor a model "
            f"in the hub's cache. Fetch it with `repartee models pull {model}`, or take another "
            "name from `repartee models`"
        )
    return found


def _text(path: Path) -> str:
    try:
        return path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"{path} is no chat template: {error}") from error


async def _nothing() -> AsyncGenerator[bytes, None]:
    """A question is asked all at once."""
    return
    yield b""
