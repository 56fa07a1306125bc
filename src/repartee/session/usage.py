"""Token counts of a response, and what of the conversation fits a model's window.

Sound counts by its length: a token per 100 ms of the user's, one per 50 ms of the assistant's
(the API's published rates).  Text counts as the model's endpoint says, else a token per four
characters.
"""

from collections.abc import Iterable
from math import ceil

from repartee.protocol.items import FunctionCall, Message, OutputText
from repartee.protocol.prompt import Call, CallOutput, Line
from repartee.protocol.prompt import Message as Spoken
from repartee.protocol.server import (
    CachedTokens,
    InputTokens,
    OutputTokens,
    ResponseUsage,
)
from repartee.session.conversation import Entry
from repartee.session.inputs import Finished

USER_MS_PER_TOKEN = 100
ASSISTANT_MS_PER_TOKEN = 50
CHARACTERS_PER_TOKEN = 4


def text_tokens(text: str) -> int:
    """An estimate for when nobody counted."""
    return ceil(len(text) / CHARACTERS_PER_TOKEN)


def line_text(line: Line) -> str:
    """Everything of a line that costs tokens."""
    match line:
        case Spoken(text=text):
            return text
        case Call(name=name, arguments=arguments):
            return name + arguments
        case CallOutput(output=output):
            return output


def fit(lines: Iterable[Line], window: int) -> tuple[Line, ...]:
    """The newest lines that fit into `window` tokens; an output never stands without its call."""
    told = tuple(lines)
    kept: list[Line] = []
    for line in reversed(told):
        window -= text_tokens(line_text(line))
        if window < 0 and kept:
            break
        kept.append(line)
    last = kept[0] if kept else None
    kept.reverse()
    if isinstance(last, CallOutput):
        kept = _with_call(last, kept, told)
    called = {line.call_id for line in kept if isinstance(line, Call)}
    return tuple(
        line for line in kept if not isinstance(line, CallOutput) or line.call_id in called
    )


def _with_call(output: CallOutput, kept: list[Line], told: tuple[Line, ...]) -> list[Line]:
    """The last output is what is to be answered: it keeps its call, whatever it costs."""
    calls = [line for line in told if isinstance(line, Call) and line.call_id == output.call_id]
    return kept if not calls or calls[-1] in kept else [calls[-1], *kept]


def usage_of(
    instructions: str, context: Iterable[Entry], output: Iterable[Entry], finished: Finished | None
) -> ResponseUsage:
    """What a response cost."""
    heard = sum(_input_audio(entry) for entry in context)
    read = finished.input_tokens if finished else None
    if read is None:
        read = text_tokens(instructions) + sum(
            0 if _input_audio(entry) else text_tokens(line_text(entry.line())) for entry in context
        )
    output = tuple(output)
    sounded = sum(ceil(entry.audio_ms / ASSISTANT_MS_PER_TOKEN) for entry in output)
    wrote = finished.output_tokens if finished else None
    if wrote is None:
        wrote = sum(text_tokens(_written(entry)) for entry in output)
    cached = min(finished.cached_tokens, read) if finished else 0
    return ResponseUsage(
        total_tokens=heard + read + sounded + wrote,
        input_tokens=heard + read,
        output_tokens=sounded + wrote,
        input_token_details=InputTokens(
            text_tokens=read,
            audio_tokens=heard,
            cached_tokens=cached,
            cached_tokens_details=CachedTokens(text_tokens=cached),
        ),
        output_token_details=OutputTokens(text_tokens=wrote, audio_tokens=sounded),
    )


def _input_audio(entry: Entry) -> int:
    """Tokens of the user's sound in an item."""
    if isinstance(entry.item, Message) and entry.item.role == "user":
        return ceil(entry.audio_ms / USER_MS_PER_TOKEN)
    return 0


def _written(entry: Entry) -> str:
    """The text of an output item."""
    if isinstance(entry.item, FunctionCall):
        return entry.item.name + entry.item.arguments
    assert isinstance(entry.item, Message)
    texts = (part.text for part in entry.item.content if isinstance(part, OutputText))
    return "".join([*texts, *(words for _, words in entry.marks)])
