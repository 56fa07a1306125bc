"""Token counts of a response, and what of the conversation fits a model's window.

Sound counts by its length: a token per 100 ms of the user's, one per 50 ms of the assistant's
(the API's published rates).  Text counts as the model's endpoint says, else as a tokenizer that
the operator names.
"""

from collections.abc import Callable, Iterable
from math import ceil

from msgspec import UnsetType

from repartee.protocol.items import FunctionCall, Message, OutputText
from repartee.protocol.prompt import Call, CallOutput, Line
from repartee.protocol.prompt import Message as Spoken
from repartee.protocol.server import (
    CachedTokens,
    DurationUsage,
    HeardTokens,
    InputTokens,
    OutputTokens,
    ResponseUsage,
    TokenUsage,
)
from repartee.session.conversation import Entry
from repartee.session.inputs import Finished

USER_MS_PER_TOKEN = 100
ASSISTANT_MS_PER_TOKEN = 50

Count = Callable[[str], int]
"""Tokens of a text."""

# Of the API's transcription models, those that count tokens; the others count seconds.
_TOKEN_MODELS = "gpt-"


def line_text(line: Line) -> str:
    """Everything of a line that costs tokens."""
    match line:
        case Spoken(text=text):
            return text
        case Call(name=name, arguments=arguments):
            return name + arguments
        case CallOutput(output=output):
            return output


def usage_of(
    instructions: str,
    context: Iterable[Entry],
    output: Iterable[Entry],
    finished: Finished | None,
    count: Count,
) -> ResponseUsage:
    """What a response cost."""
    heard = finished.heard_tokens if finished else None
    if heard is None:
        heard = sum(_input_audio(entry) for entry in context)
    read = finished.input_tokens if finished else None
    if read is None:
        read = count(instructions) + sum(
            0 if _input_audio(entry) else count(line_text(entry.line())) for entry in context
        )
    output = tuple(output)
    sounded = finished.spoken_tokens if finished else None
    if sounded is None:
        sounded = sum(ceil(entry.audio_ms / ASSISTANT_MS_PER_TOKEN) for entry in output)
    wrote = finished.output_tokens if finished else None
    if wrote is None:
        wrote = sum(count(_written(entry)) for entry in output)
    cached = min(finished.cached_tokens, read) if finished else 0
    cached_heard = min(finished.cached_heard_tokens, heard) if finished else 0
    return ResponseUsage(
        total_tokens=heard + read + sounded + wrote,
        input_tokens=heard + read,
        output_tokens=sounded + wrote,
        input_token_details=InputTokens(
            text_tokens=read,
            audio_tokens=heard,
            cached_tokens=cached + cached_heard,
            cached_tokens_details=CachedTokens(text_tokens=cached, audio_tokens=cached_heard),
        ),
        output_token_details=OutputTokens(text_tokens=wrote, audio_tokens=sounded),
    )


def tokens(entry: Entry, count: Count, *, hears: bool = False) -> int:
    """What a model is told of an item costs so many; to one that `hears`, its sound as well."""
    line = entry.line(hears=hears)
    has_sound = isinstance(line, Spoken) and line.sounds
    return count(line_text(line)) + (_input_audio(entry) if has_sound else 0)


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


def transcription_usage(
    model: str | UnsetType | None, heard_ms: float, transcript: str, count: Count
) -> DurationUsage | TokenUsage:
    """What a transcription cost, counted as the API counts for the model that was named."""
    if not model or not model.startswith(_TOKEN_MODELS):
        return DurationUsage(seconds=heard_ms / 1000)
    heard, wrote = ceil(heard_ms / USER_MS_PER_TOKEN), count(transcript)
    return TokenUsage(
        total_tokens=heard + wrote,
        input_tokens=heard,
        output_tokens=wrote,
        input_token_details=HeardTokens(audio_tokens=heard),
    )
