"""The built-in mind: it says that no language model is configured, and repeats what it heard.

It lets a fresh installation speak, and every part of a session be tried, function calls included,
before a model is chosen.  It is deterministic and never claims to understand.
"""

import asyncio
import re
import sys
from collections.abc import AsyncGenerator, Iterator
from itertools import takewhile

from repartee.engines.echo.arguments import arguments_for
from repartee.engines.protocols import Stopped, Text, ToolCall
from repartee.protocol.prompt import CallOutput, Message, Prompt, Tool

_CHARACTERS_PER_TOKEN = 4  # English text, on average
_PIECE = 24  # characters of arguments in one piece

_FIRST = "No language model is configured; set mind to openai to use one. "
_LATER = "Still no language model. "


class EchoModel:
    """Repeats what it heard, and says that no language model is configured.

    It calls a function when `tool_choice` demands one, or when the user names one by the words of
    its name ("get the weather" for `get_weather`); its arguments are valid by the function's
    schema.  What a called function gives back is told word for word.
    """

    licence = "Apache-2.0"
    notice = "No language model is configured: answers repeat what was heard. Set mind to openai."

    def __init__(self, pace_ms: int = 0) -> None:
        """`pace_ms` is the wait before each word."""
        self._pace_s = pace_ms / 1000

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Text | ToolCall | Stopped, None]:
        """See `LanguageModel`.  Tokens are not counted; a limit on them counts characters."""
        tool = chosen_tool(prompt)
        pieces = _spoken(prompt) if tool is None else _called(tool, heard(prompt))
        left = (prompt.max_output_tokens or sys.maxsize) * _CHARACTERS_PER_TOKEN
        for piece in pieces:
            await asyncio.sleep(self._pace_s)
            fitting = piece if _size(piece) <= left else _cut(piece, left)
            if _size(fitting):
                yield fitting
            if fitting is not piece:
                yield Stopped("max_output_tokens")
                return
            left -= _size(piece)


def heard(prompt: Prompt) -> str:
    """The user's last words; empty where nothing was said or recognised."""
    said = (line for line in reversed(prompt.lines) if isinstance(line, Message))
    return next((line.text.strip() for line in said if line.role == "user"), "")


def chosen_tool(prompt: Prompt) -> Tool | None:
    """The function that is demanded, or that the user has named and that has not answered yet."""
    named = _named_tool(prompt)
    match prompt.tool_choice:
        case "none":
            return None
        case "auto":
            return None if prompt.lines and isinstance(prompt.lines[-1], CallOutput) else named
        case "required":
            return named or next(iter(prompt.tools), None)
        case forced:
            return next((tool for tool in prompt.tools if f"={tool.name}" == forced), None)


def in_words(text: str) -> list[str]:
    """`text` as a model streams it: each word with the white space before it."""
    return re.findall(r"\s*\S+(?:\s+$)?", text)


def _named_tool(prompt: Prompt) -> Tool | None:
    said = _words(heard(prompt))
    named = [tool for tool in prompt.tools if _contains_in_order(said, _words(tool.name))]
    return max(named, key=lambda tool: len(_words(tool.name)), default=None)


def _words(text: str) -> list[str]:
    """The words of a sentence, of a snake_case name or of a camelCase name, in lower case."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+", text)
    return [part.lower() for part in parts]


def _contains_in_order(said: list[str], name: list[str]) -> bool:
    rest = iter(said)
    return bool(name) and all(word in rest for word in name)


def _spoken(prompt: Prompt) -> Iterator[Text | ToolCall]:
    answered = any(isinstance(line, Message) and line.role == "assistant" for line in prompt.lines)
    text = (_LATER if answered else _FIRST) + _answer(prompt)
    yield from map(Text, in_words(text))


def _answer(prompt: Prompt) -> str:
    newest = takewhile(lambda line: isinstance(line, CallOutput), reversed(prompt.lines))
    outputs = [line.output.strip() for line in newest if isinstance(line, CallOutput)]
    if outputs:
        return f"The function answered: {' and '.join(reversed(outputs)) or 'nothing'}"
    said = heard(prompt)
    return f"You said: {said}" if said else "I heard nothing."


def _called(tool: Tool, said: str) -> Iterator[Text | ToolCall]:
    arguments = arguments_for(tool, said)
    for start in range(0, len(arguments), _PIECE):
        piece = arguments[start : start + _PIECE]
        yield ToolCall("0", "" if start else tool.name, piece)


def _size(piece: Text | ToolCall) -> int:
    return len(piece.text if isinstance(piece, Text) else piece.arguments)


def _cut(piece: Text | ToolCall, size: int) -> Text | ToolCall:
    if isinstance(piece, Text):
        return Text(piece.text[:size])
    return ToolCall(piece.key, piece.name, piece.arguments[:size])
