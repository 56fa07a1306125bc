"""A prompt as the body of a request to `/responses` (pure).

The conversation is sent whole with each request, and nothing is kept at the endpoint (`store`):
what the model believes is ours to say, since users interrupt.
"""

from typing import Any

from repartee.engines.chat.request import INAUDIBLE, NO_OUTPUT, object_text
from repartee.protocol.prompt import Call, CallOutput, Message, Prompt, Tool


def request_body(prompt: Prompt, model: str) -> dict[str, Any]:
    """The request for a streamed answer; fields are sent only where they say something."""
    body: dict[str, Any] = {
        "model": model,
        "input": items(prompt),
        "stream": True,
        "store": False,
    }
    if prompt.instructions:
        body["instructions"] = prompt.instructions
    if prompt.max_output_tokens is not None:
        body["max_output_tokens"] = prompt.max_output_tokens
    if prompt.reasoning_effort is not None:
        body["reasoning"] = {"effort": prompt.reasoning_effort}
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    if prompt.tools and prompt.tool_choice != "none":
        body |= _tools(prompt)
    return body


def items(prompt: Prompt) -> list[dict[str, Any]]:
    """The conversation: each output right after its call, and no call without an output."""
    outputs = {line.call_id: line.output for line in prompt.lines if isinstance(line, CallOutput)}
    said: list[dict[str, Any]] = []
    for line in prompt.lines:
        if isinstance(line, Message):
            said += _message(line)
        elif isinstance(line, Call):
            said.append(
                {
                    "type": "function_call",
                    "call_id": line.call_id,
                    "name": line.name,
                    "arguments": object_text(line.arguments),
                }
            )
            output = outputs.get(line.call_id, NO_OUTPUT)
            said.append({"type": "function_call_output", "call_id": line.call_id, "output": output})
    return said


def _message(line: Message) -> list[dict[str, Any]]:
    kind = "output_text" if line.role == "assistant" else "input_text"
    text = line.text or (INAUDIBLE if line.role == "user" and not line.images else "")
    content: list[dict[str, Any]] = [{"type": kind, "text": text}] if text else []
    content += ({"type": "input_image", "image_url": image} for image in line.images)
    # Of an answer of which nothing was heard nothing is left.
    return [{"type": "message", "role": line.role, "content": content}] if content else []


def _tools(prompt: Prompt) -> dict[str, Any]:
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in prompt.tools]}
    if prompt.tool_choice.startswith("="):
        name = prompt.tool_choice.removeprefix("=")
        fields["tool_choice"] = {"type": "function", "name": name}
    elif prompt.tool_choice != "auto":
        fields["tool_choice"] = prompt.tool_choice
    if prompt.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = prompt.parallel_tool_calls
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    # Not `strict`: it asks more of a schema than the Realtime API does.
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters or {"type": "object", "properties": {}},
        "strict": False,
    }
