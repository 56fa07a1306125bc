"""A prompt as the body of a request to `/chat/completions` (pure).

Conversations of voice sessions are untidier than chat endpoints like: users speak while a function
is running, answers are cut off, items are deleted.  What is sent is always well-formed.
"""

import io
import wave
from base64 import b64encode
from typing import Any

import msgspec

from repartee.protocol.audio import RATE
from repartee.protocol.prompt import Call, CallOutput, Message, Prompt, Sound

INAUDIBLE = "(inaudible)"  # a turn in which nothing was recognised is still a turn
NO_OUTPUT = "(no output yet)"


def request_body(prompt: Prompt, model: str, max_tokens_field: str) -> dict[str, Any]:
    """The request for a streamed answer; fields are sent only where they say something."""
    body: dict[str, Any] = {
        "model": model,
        "messages": messages(prompt),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if prompt.max_output_tokens is not None:
        body[max_tokens_field] = prompt.max_output_tokens
    if prompt.reasoning_effort is not None:
        body["reasoning_effort"] = prompt.reasoning_effort
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    # "none" is said by offering nothing: not every endpoint obeys the word.
    if prompt.tools and prompt.tool_choice != "none":
        body |= _tools(prompt)
    return body


def messages(prompt: Prompt) -> list[dict[str, Any]]:
    """The conversation: each call beside what was said with it, each output after its call."""
    outputs = {line.call_id: line.output for line in prompt.lines if isinstance(line, CallOutput)}
    said: list[dict[str, Any]] = []
    if prompt.instructions:
        said.append({"role": "system", "content": prompt.instructions})
    calls: list[Call] = []
    for line in prompt.lines:
        if isinstance(line, Call):
            calls.append(line)
            continue
        _add_calls(said, calls, outputs)
        calls = []
        if isinstance(line, Message):
            _add_message(said, line)
    _add_calls(said, calls, outputs)
    return said


def _add_message(said: list[dict[str, Any]], line: Message) -> None:
    content = _content(line)
    if not content:
        return  # an answer of which nothing was heard
    opening = [message["role"] for message in said] == ["system"]
    if line.role == "system" and opening:  # many chat templates allow one, at the start
        said[0]["content"] += f"\n\n{content}"
    else:
        said.append({"role": line.role, "content": content})


def _content(line: Message) -> str | list[dict[str, Any]]:
    if not line.images and not line.sounds:
        return line.text or (INAUDIBLE if line.role == "user" else "")
    text = [{"type": "text", "text": line.text}] if line.text else []
    sounds = [{"type": "input_audio", "input_audio": _wav(sound)} for sound in line.sounds]
    images = [{"type": "image_url", "image_url": {"url": image}} for image in line.images]
    return [*text, *sounds, *images]


def _wav(sound: Sound) -> dict[str, str]:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, RATE, 0, "NONE", ""))
        writer.writeframes(sound.audio)
    return {"data": b64encode(file.getvalue()).decode(), "format": "wav"}


def _add_calls(said: list[dict[str, Any]], calls: list[Call], outputs: dict[str, str]) -> None:
    """Calls made together belong to one message, and its outputs must follow at once."""
    if not calls:
        return
    if not said or said[-1]["role"] != "assistant":
        said.append({"role": "assistant", "content": None})
    said[-1]["tool_calls"] = [
        {
            "id": call.call_id,
            "type": "function",
            "function": {"name": call.name, "arguments": object_text(call.arguments)},
        }
        for call in calls
    ]
    for call in calls:
        output = outputs.get(call.call_id, NO_OUTPUT)
        said.append({"role": "tool", "tool_call_id": call.call_id, "content": output})


def object_text(arguments: str) -> str:
    """`arguments`, unless the call was cut off: endpoints parse it, and refuse half an object."""
    try:
        msgspec.json.decode(arguments, type=dict[str, Any])
    except msgspec.MsgspecError:
        return "{}"
    return arguments


def _tools(prompt: Prompt) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters or {"type": "object", "properties": {}},
                },
            }
            for tool in prompt.tools
        ]
    }
    if prompt.tool_choice.startswith("="):
        forced = {"name": prompt.tool_choice.removeprefix("=")}
        fields["tool_choice"] = {"type": "function", "function": forced}
    elif prompt.tool_choice != "auto":
        fields["tool_choice"] = prompt.tool_choice
    if prompt.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = prompt.parallel_tool_calls
    return fields
