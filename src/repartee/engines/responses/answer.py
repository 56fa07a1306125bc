"""The events of a streamed response as results of a language model (pure).

A call is told apart by its place in the output (`output_index`); what a model thinks is an item of
its own there, and is not said.
"""

from typing import Any

import msgspec
from msgspec import Struct

from repartee.engines.chat.answer import ErrorChunk, UnreadableChunk
from repartee.engines.protocols import Stopped, Text, ToolCall, Usage
from repartee.engines.remote.faults import error_message

_STOPS = {"max_output_tokens": "max_output_tokens", "content_filter": "content_filter"}
_TEXTS = ("response.output_text.delta", "response.refusal.delta")
_ENDS = ("response.completed", "response.incomplete", "response.failed")


class _Part(Struct):
    text: str | None = None
    refusal: str | None = None


class _Item(Struct):
    type: str | None = None
    name: str | None = None
    arguments: str | None = None
    content: list[_Part] | None = None


class _InputDetails(Struct):
    cached_tokens: int | None = None


class _Counts(Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _InputDetails | None = None


class _Incomplete(Struct):
    reason: str | None = None


class _Response(Struct):
    status: str | None = None
    output: list[_Item] | None = None
    usage: _Counts | None = None
    incomplete_details: _Incomplete | None = None
    error: Any = None


class _Event(_Response):
    """An event, or, where an endpoint does not stream, the response itself."""

    type: str | None = None
    object: str | None = None
    delta: Any = None
    output_index: int = 0
    arguments: str | None = None
    item: _Item | None = None
    response: _Response | None = None


_decoder = msgspec.json.Decoder(_Event, strict=False)


class ResponseAnswer:
    """Reads one answer, event by event; `finished` once the endpoint has said how it ended."""

    def __init__(self) -> None:
        self.finished = False
        self._told: dict[int, bool] = {}  # of each call, whether its arguments have begun
        self._end: _Response | None = None

    def feed(self, data: str | bytes) -> list[Text | ToolCall]:
        """What the event `data` gives.  Raises UnreadableChunk and ErrorChunk."""
        try:
            event = _decoder.decode(data)
        except msgspec.MsgspecError:
            raise UnreadableChunk("an event of its answer is none of a response") from None
        if event.type in _ENDS or event.object == "response":
            return self._finish(event.response or event, data, whole=event.object == "response")
        if event.type == "error" or (event.type is None and event.error):
            raise ErrorChunk(error_message(data))
        if event.type in _TEXTS:
            return [Text(event.delta)] if isinstance(event.delta, str) and event.delta else []
        return self._call(event)

    def finish(self) -> list[Text | ToolCall | Stopped | Usage]:
        """What is left to say when no event follows."""
        end, results = self._end or _Response(), list[Text | ToolCall | Stopped | Usage]()
        results += (ToolCall(str(at), "", "{}") for at, begun in self._told.items() if not begun)
        reason = end.incomplete_details and end.incomplete_details.reason
        if reason in _STOPS:
            results.append(Stopped(_STOPS[reason]))
        counts = end.usage
        if counts and counts.input_tokens is not None and counts.output_tokens is not None:
            cached = counts.input_tokens_details and counts.input_tokens_details.cached_tokens
            results.append(Usage(counts.input_tokens, counts.output_tokens, cached or 0))
        return results

    def _call(self, event: _Event) -> list[Text | ToolCall]:
        item, at = event.item or _Item(), event.output_index
        if event.type == "response.output_item.added" and item.type == "function_call":
            return self._begin(at, item)
        if event.type == "response.function_call_arguments.delta" and event.delta:
            return self._go_on(at, event.delta)
        if event.type == "response.function_call_arguments.done" and event.arguments:
            # Some endpoints give the arguments whole, at the end.
            return [] if self._told.get(at) else self._go_on(at, event.arguments)
        return []

    def _begin(self, at: int, item: _Item) -> list[Text | ToolCall]:
        if not item.name:
            raise UnreadableChunk("it called a function without saying which")
        self._told[at] = bool(item.arguments)
        return [ToolCall(str(at), item.name, item.arguments or "")]

    def _go_on(self, at: int, arguments: str) -> list[Text | ToolCall]:
        if at not in self._told:
            raise UnreadableChunk("it gave arguments to no function")
        self._told[at] = True
        return [ToolCall(str(at), "", arguments)]

    def _finish(
        self, response: _Response, data: str | bytes, *, whole: bool
    ) -> list[Text | ToolCall]:
        if response.status == "failed":
            raise ErrorChunk(error_message(_reason(response) or data))
        self.finished, self._end = True, response
        results: list[Text | ToolCall] = []
        for at, item in enumerate((response.output or []) if whole else ()):
            if item.type == "function_call":
                results += self._begin(at, item)
            results += (
                Text(words)
                for part in item.content or []
                if item.type == "message" and (words := part.text or part.refusal)
            )
        return results


def _reason(response: _Response) -> bytes | None:
    """The error's body; what stands around it are settings and ids."""
    return msgspec.json.encode({"error": response.error}) if response.error else None
