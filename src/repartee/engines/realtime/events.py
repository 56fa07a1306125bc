"""What a Realtime server is told: items of a conversation, and how to answer it (pure).

The shape is GA's: https://platform.openai.com/docs/api-reference/realtime-client-events.
"""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from repartee.engines.remote.wire import Event
from repartee.protocol.prompt import Call, CallOutput, Line, Message, Prompt, Tool

RATE = 24_000  # Hz of the API's PCM

_PCM = {"type": "audio/pcm", "rate": RATE}


def configuration(voice: str | None) -> Event:
    """Turns are found here, and words too: the server only answers."""
    output = {"format": _PCM} | ({"voice": voice} if voice else {})
    sound = {"format": _PCM, "turn_detection": None, "transcription": None}
    session = {"type": "realtime", "audio": {"input": sound, "output": output}}
    return {"type": "session.update", "session": session}


def readable(lines: Iterable[Line]) -> list[Line]:
    """The lines that a server takes: no empty message, and no output without its call."""
    taken: list[Line] = []
    calls: set[str] = set()
    for line in lines:
        match line:
            case Message(text="", images=(), sounds=()):
                continue
            case Call(call_id=call_id):
                calls.add(call_id)
            case CallOutput(call_id=call_id) if call_id not in calls:
                continue
        taken.append(line)
    return taken


def item(line: Line, call_id: str | None = None) -> dict[str, Any]:
    """A line as an item; `call_id` is what the server calls a call, if not as we do."""
    match line:
        case Call(name=name, arguments=arguments):
            call = {"call_id": call_id or line.call_id, "name": name, "arguments": arguments}
            return {"type": "function_call", **call}
        case CallOutput(output=output):
            answered = {"call_id": call_id or line.call_id, "output": output}
            return {"type": "function_call_output", **answered}
        case Message(role=role):
            return {"type": "message", "role": role, "content": _content(line)}


def _content(message: Message) -> list[dict[str, Any]]:
    kind = "output_text" if message.role == "assistant" else "input_text"
    content: list[dict[str, Any]] = []
    if message.text:
        content.append({"type": kind, "text": message.text})
    for sound in message.sounds:
        content.append({"type": "input_audio", "audio": b64encode(sound.audio).decode()})
    for image in message.images:
        content.append({"type": "input_image", "image_url": image})
    return content


def answer(prompt: Prompt, voice: str | None, ask: str) -> Event:
    """Answer the conversation, or, where the prompt stands aside, what the prompt says alone.

    Everything is said of each response, so that nothing said of one stays.  The server gives
    `ask` back, by which its response is known.
    """
    response: dict[str, Any] = {
        "metadata": {"ask": ask},
        "output_modalities": ["text"] if voice is None else ["audio"],
        "instructions": prompt.instructions,
        "tools": [_tool(tool) for tool in prompt.tools],
        "tool_choice": _choice(prompt.tool_choice),
        "max_output_tokens": prompt.max_output_tokens or "inf",
    }
    if voice is not None:
        response["audio"] = {"output": {"format": _PCM, "voice": voice}}
    if prompt.parallel_tool_calls is not None:
        response["parallel_tool_calls"] = prompt.parallel_tool_calls
    if prompt.reasoning_effort is not None:
        response["reasoning"] = {"effort": prompt.reasoning_effort}
    if prompt.aside:
        given = [item(line) for line in readable(prompt.lines)]
        response |= {"conversation": "none", "input": given}
    return {"type": "response.create", "response": response}


def _tool(tool: Tool) -> dict[str, Any]:
    parameters = tool.parameters or {"type": "object", "properties": {}}
    described = {"description": tool.description} if tool.description else {}
    return {"type": "function", "name": tool.name, **described, "parameters": parameters}


def _choice(choice: str) -> str | dict[str, str]:
    if choice.startswith("="):
        return {"type": "function", "name": choice.removeprefix("=")}
    return choice
