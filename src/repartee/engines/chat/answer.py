"""The chunks of a streamed chat completion as results of a language model (pure).

Endpoints that call themselves OpenAI-compatible differ most in how they stream function calls.
What they are known to do is read here: calls in one chunk or in many; an index that is missing or
always 0; an id that is missing, repeated or made up anew; arguments that are empty or an object.
"""

from typing import Any

import msgspec
from msgspec import Struct

from repartee.engines.protocols import Stopped, Text, ToolCall, Usage
from repartee.engines.remote.faults import error_message

_THINK, _END_THINK = "<think>", "</think>"
_STOPS = {"length": "max_output_tokens", "content_filter": "content_filter"}


class _Function(Struct):
    name: str | None = None
    arguments: Any = None


class _CallDelta(Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(Struct):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_CallDelta] | None = None
    function_call: _Function | None = None  # the older form, of one call


class _Choice(Struct):
    delta: _Delta | None = None
    message: _Delta | None = None  # where an endpoint does not stream
    finish_reason: str | None = None


class _InputDetails(Struct):
    cached_tokens: int | None = None
    audio_tokens: int | None = None


class _Counts(Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _InputDetails | None = None


class _Chunk(Struct):
    choices: list[_Choice] | None = None
    usage: _Counts | None = None
    error: Any = None
    object: str | None = None


_decoder = msgspec.json.Decoder(_Chunk, strict=False)


class UnreadableChunk(ValueError):
    """A chunk is not what it should be."""


class ErrorChunk(Exception):
    """The endpoint reported an error in the midst of its answer; the message is its own."""


class ChatAnswer:
    """Reads one answer, chunk by chunk; `finished` once the endpoint has said why it ended."""

    def __init__(self, *, hears: bool = False) -> None:
        """`hears` says that the model was given sound, which the endpoint counted, too."""
        self.finished = False
        self._hears = hears
        self._aloud = _Aloud()
        self._calls = _Calls()
        self._counts: _Counts | None = None
        self._stop = ""

    def feed(self, data: str | bytes) -> list[Text | ToolCall]:
        """What the chunk `data` gives.  Raises UnreadableChunk and ErrorChunk."""
        try:
            chunk = _decoder.decode(data)
        except msgspec.MsgspecError:
            raise UnreadableChunk("a chunk of its answer is no chat completion") from None
        if chunk.error or chunk.object == "error":
            raise ErrorChunk(error_message(data))
        self._counts = chunk.usage or self._counts
        results: list[Text | ToolCall] = []
        for choice in (chunk.choices or [])[:1]:
            results = self._read(choice.delta or choice.message or _Delta())
            if choice.finish_reason:
                self.finished = True
                self._stop = _STOPS.get(choice.finish_reason, "")
        return results

    def finish(self) -> list[Text | ToolCall | Stopped | Usage]:
        """What is left to say when no chunk follows.  Raises UnreadableChunk."""
        results: list[Text | ToolCall | Stopped | Usage] = []
        if rest := self._aloud.finish():
            results.append(Text(rest))
        results += self._calls.finish()
        if self._stop:
            results.append(Stopped(self._stop))
        counts = self._counts
        if counts and counts.prompt_tokens is not None and counts.completion_tokens is not None:
            details = counts.prompt_tokens_details or _InputDetails()
            heard = (details.audio_tokens or 0) if self._hears else None
            read = counts.prompt_tokens - (heard or 0)
            cached = details.cached_tokens or 0
            results.append(Usage(read, counts.completion_tokens, cached, heard_tokens=heard))
        return results

    def _read(self, delta: _Delta) -> list[Text | ToolCall]:
        # Text comes before calls; what little follows them is white space or an afterthought.
        said = "" if self._calls else self._aloud.feed(delta.content or delta.refusal or "")
        results: list[Text | ToolCall] = [Text(said)] if said else []
        deltas = delta.tool_calls or []
        if delta.function_call:
            deltas = [_CallDelta(index=0, function=delta.function_call)]
        results += (piece for each in deltas if (piece := self._calls.feed(each)))
        return results


class _Aloud:
    """Leaves out what a model thinks before it speaks: a leading <think>…</think>."""

    def __init__(self) -> None:
        self._held = ""
        self._thought = False
        self._speaking = False

    def feed(self, text: str) -> str:
        if self._speaking:
            return text
        self._held += text
        start = self._held.lstrip()
        if start.startswith(_THINK):
            _, closed, rest = start.partition(_END_THINK)
            if not closed:  # of a thought only what may become its end is kept
                self._held = _THINK + start.removeprefix(_THINK)[-len(_END_THINK) :]
                return ""
            self._held, self._thought, start = rest, True, rest.lstrip()
        if not start or (not self._thought and _THINK.startswith(start)):
            return ""
        self._speaking = True
        return start if self._thought else self._held

    def finish(self) -> str:
        undecided = not self._speaking and not self._thought
        return self._held if undecided and not self._held.startswith(_THINK) else ""


class _Call(Struct):
    key: str
    id: str
    index: int | None
    name: str = ""
    held: str = ""  # arguments that came before the name
    empty: bool = True


class _Calls:
    """Tells which call each piece belongs to; a call's key is its place in the answer."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def __bool__(self) -> bool:
        return bool(self._calls)

    def feed(self, delta: _CallDelta) -> ToolCall | None:
        function = delta.function or _Function()
        name, arguments = function.name or "", _text(function.arguments)
        call = self._continued(delta, name)
        if call is None:
            call = _Call(str(len(self._calls)), delta.id or "", delta.index)
            self._calls.append(call)
        call.empty = call.empty and not arguments
        if call.name:
            return ToolCall(call.key, "", arguments) if arguments else None
        call.name, call.held = name, call.held + arguments
        return ToolCall(call.key, name, call.held) if name else None

    def finish(self) -> list[ToolCall]:
        if not all(call.name for call in self._calls):
            raise UnreadableChunk("it called a function without saying which")
        return [ToolCall(call.key, "", "{}") for call in self._calls if call.empty]

    def _continued(self, delta: _CallDelta, name: str) -> _Call | None:
        """The call that a piece goes on with; None where it begins another."""
        if delta.id:
            for call in self._calls:
                if call.id == delta.id and name in ("", call.name):
                    return call
        placed = [call for call in reversed(self._calls) if call.index == delta.index]
        if not name:
            return next(iter((placed if delta.index is not None else []) or self._calls[-1:]), None)
        # A name begins a call, unless it is merely repeated with each piece of the same one.
        repeats = (each for each in placed if delta.index is not None and each.name in ("", name))
        return next(repeats, None) if not delta.id else None


def _text(arguments: Any) -> str:
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return msgspec.json.encode(arguments).decode()
