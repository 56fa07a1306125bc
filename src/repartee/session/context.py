"""What a model is told: instructions, tools, and as much of the conversation as it can read."""

from collections.abc import Iterable

from msgspec import UNSET, Struct

from repartee.protocol import errors
from repartee.protocol.client import ResponseConfig
from repartee.protocol.config import FunctionTool, RetentionRatio, ToolChoiceFunction, Truncation
from repartee.protocol.errors import Refused
from repartee.protocol.items import FunctionCall, FunctionCallOutput
from repartee.protocol.prompt import Prompt, Tool, VoiceChoice
from repartee.session.bounds import estimate_tokens
from repartee.session.conversation import Entry
from repartee.session.usage import Count, tokens


class Manner(Struct, frozen=True):
    """How the session answers, apart from what one response may say for itself."""

    model: str
    speed: float
    window: int  # tokens of input that the model takes
    truncation: Truncation = "auto"  # what happens to a conversation that has more
    longest: int | None = None  # tokens of an answer
    count: Count = estimate_tokens
    hears: bool = False  # whether the model is told what the user said as sound
    speaks: bool = False  # whether it speaks itself
    session: str = ""


def prompt(
    config: ResponseConfig, kept: Iterable[Entry], manner: Manner, voice: VoiceChoice | None = None
) -> Prompt:
    """What the model is asked: the conversation as it is believed now."""
    reasoning, temperature = config.reasoning, config.temperature
    return Prompt(
        lines=tuple(entry.line(hears=manner.hears) for entry in kept),
        instructions=config.instructions,
        tools=tuple(_tool(tool) for tool in config.tools),
        tool_choice=(
            f"={config.tool_choice.name}"
            if isinstance(config.tool_choice, ToolChoiceFunction)
            else config.tool_choice
        ),
        parallel_tool_calls=(
            None if config.parallel_tool_calls is UNSET else config.parallel_tool_calls
        ),
        max_output_tokens=_most(config, manner),
        reasoning_effort=None if reasoning is UNSET else reasoning.effort or None,
        temperature=None if temperature is UNSET else temperature,
        model=manner.model,
        session=manner.session,
        aside=config.conversation == "none",
        voice=voice if manner.speaks else None,
    )


def _most(config: ResponseConfig, manner: Manner) -> int | None:
    """Tokens that the answer may have: the client's bound, within the operator's."""
    if config.max_output_tokens == "inf":
        return manner.longest
    return min(config.max_output_tokens, manner.longest or config.max_output_tokens)


def _tool(tool: FunctionTool) -> Tool:
    return Tool(tool.name, tool.description or "", tool.parameters or {})


def limit(config: ResponseConfig, manner: Manner) -> int:
    """Tokens of conversation that the model can read after its instructions and tools."""
    before = manner.count(config.instructions) + manner.count(repr(config.tools))
    room = max(manner.window - before, 0)
    truncation = manner.truncation
    if isinstance(truncation, RetentionRatio) and truncation.token_limits:
        own = truncation.token_limits.post_instructions
        return room if own is UNSET or own is None else min(room, own)
    return room


def fault(config: ResponseConfig, context: tuple[Entry, ...], manner: Manner) -> Refused | None:
    """Why the model cannot be asked: too much is to be told, and nothing may be left out."""
    room = limit(config, manner)
    if manner.truncation == "disabled" and _tokens(context, manner) > room:
        return errors.context_too_long(room)
    return None


def cut(
    config: ResponseConfig, context: tuple[Entry, ...], manner: Manner
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """What of the context the model is told, and what is left out for good.

    Once a conversation is too long, a retention ratio leaves out more than it must, so that the
    turns that follow begin with the same words and a cache of them holds.  A call is not left out
    for good before its output is: that may still come.
    """
    room, truncation = limit(config, manner), manner.truncation
    if not isinstance(truncation, RetentionRatio) or _tokens(context, manner) <= room:
        return fit(context, room, manner.count, hears=manner.hears), ()
    kept = fit(context, truncation.retention_ratio * room, manner.count, hears=manner.hears)
    stay = {*kept, *_unanswered(context)}
    return kept, tuple(entry for entry in context if entry not in stay)


def _unanswered(context: tuple[Entry, ...]) -> list[Entry]:
    """Calls without an output."""
    items = [entry.item for entry in context]
    answered = {item.call_id for item in items if isinstance(item, FunctionCallOutput)}
    return [
        entry
        for entry in context
        if isinstance(entry.item, FunctionCall) and entry.item.call_id not in answered
    ]


def _tokens(context: Iterable[Entry], manner: Manner) -> int:
    return sum(tokens(entry, manner.count, hears=manner.hears) for entry in context)


def fit(
    context: tuple[Entry, ...], room: float, count: Count, *, hears: bool = False
) -> tuple[Entry, ...]:
    """The newest entries within so many tokens, one at least.

    An output never stands without its call, and the last output, which is to be answered, keeps
    its call whatever that costs.
    """
    kept: list[Entry] = []
    for entry in reversed(context):
        room -= tokens(entry, count, hears=hears)
        if room < 0 and kept:
            break
        kept.append(entry)
    if kept and (call := _call_of(kept[0], context)) and call not in kept:
        kept.append(call)
    calls = {entry.item.call_id for entry in kept if isinstance(entry.item, FunctionCall)}
    return tuple(
        entry
        for entry in reversed(kept)
        if not isinstance(entry.item, FunctionCallOutput) or entry.item.call_id in calls
    )


def _call_of(entry: Entry, context: tuple[Entry, ...]) -> Entry | None:
    """The call that an output answers."""
    if not isinstance(entry.item, FunctionCallOutput):
        return None
    for other in reversed(context):
        if isinstance(other.item, FunctionCall) and other.item.call_id == entry.item.call_id:
            return other
    return None
