"""The scenes of the protocol, played by a faultless server."""

from collections.abc import Callable
from typing import Any

from conformance.refused_scenes import clamped, nonsense, refused_key, updates
from conformance.sessions import MANUAL, SESSION, TRANSCRIBED, TRANSCRIPTION, WRITTEN, varied
from conformance.traces import Script, pcm


def connected() -> Script:
    """The first frame and nothing more."""
    return Script().connect()


def spoken_turn() -> Script:
    """A spoken turn with server_vad, transcribed, and its spoken answer."""
    script = Script(TRANSCRIBED).connect()
    user = script.speech_begins()
    script.speech_ends(user)
    script.begin()
    item = script.message_begins("audio")
    script.speak(item, "Good ")
    transcription = "conversation.item.input_audio_transcription"
    script.server(f"{transcription}.delta", item_id=user, content_index=0, delta="Hi ")
    script.server(f"{transcription}.delta", item_id=user, content_index=0, delta="there")
    script.server(
        f"{transcription}.completed",
        item_id=user,
        content_index=0,
        transcript="Hi there",
        usage={"type": "duration", "seconds": 1.7},
    )
    script.speak(item, "day.")
    script.speech_closes(item, "Good day.")
    script.end()
    return script


def manual_commit() -> Script:
    """Push to talk: commits, too small and large enough, then a clear and a response."""
    script = Script(MANUAL).connect()
    script.client("input_audio_buffer.append", audio=pcm(50))
    script.client("input_audio_buffer.commit")
    script.refuse("input_audio_buffer_commit_empty", too_small("50.00"))
    script.client("input_audio_buffer.append", audio=pcm(50))
    script.client("input_audio_buffer.commit")
    user = script.new_id("item")
    script.committed(user)
    script.client("input_audio_buffer.commit")
    script.refuse("input_audio_buffer_commit_empty", too_small("0.00"))
    script.client("input_audio_buffer.append", audio=pcm(200))
    script.client("input_audio_buffer.clear")
    script.server("input_audio_buffer.cleared")
    script.client("conversation.item.retrieve", item_id=user)
    script.server(
        "conversation.item.retrieved",
        item={
            "id": user,
            "object": "realtime.item",
            "type": "message",
            "role": "user",
            "status": "completed",
            "content": [{"type": "input_audio", "transcript": None, "audio": pcm(100)}],
        },
    )
    script.respond()
    script.say("Yes.")
    script.end()
    return script


def too_small(ms: str) -> str:
    """The sentence about a commit with too little audio."""
    return (
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of "
        f"audio, but buffer only has {ms}ms of audio."
    )


def text_turn() -> Script:
    """A written question and a written answer."""
    script = Script(MANUAL).connect()
    script.user_text()
    script.respond(output_modalities=["text"], metadata={"topic": "greeting"})
    script.write("Good ", "day.")
    script.end()
    return script


def function_call() -> Script:
    """A message and a call in one response, the call's output, and the next response."""
    script = Script(WRITTEN).connect()
    script.user_text("What is the weather?")
    script.respond()
    script.write("One moment.")
    call_id = script.call("weather", '{"city":', '"Rome"}')
    script.end()
    script.item({"type": "function_call_output", "call_id": call_id, "output": "Rain"})
    script.client(
        "conversation.item.create",
        item={"type": "function_call_output", "call_id": "call_none", "output": "Sun"},
    )
    script.refuse("invalid_tool_call_id", "Tool call ID 'call_none' not found in conversation.")
    script.respond()
    script.write("It rains.")
    script.end()
    return script


def barge_in() -> Script:
    """Speech cancels the active response; the client truncates what was not heard."""
    script = Script().connect()
    script.speech_ends(script.speech_begins())
    script.begin()
    item = script.message_begins("audio")
    script.speak(item, "Once ", "upon ", "a time")
    user = script.speech_begins(start_ms=2600)
    script.speech_closes(item, "Once upon a time", "incomplete")
    script.end("cancelled", reason="turn_detected")
    script.client(
        "conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=150
    )
    script.server(
        "conversation.item.truncated", item_id=item["id"], content_index=0, audio_end_ms=150
    )
    script.client("conversation.item.retrieve", item_id=item["id"])
    script.server(
        "conversation.item.retrieved",
        item={**item, "status": "incomplete", "content": [{"type": "output_audio"}]},
    )
    script.client("response.cancel")
    script.refuse("response_cancel_not_active", "Cancellation failed: no active response found")
    script.speech_ends(user, end_ms=3900)
    script.begin()
    script.say("Yes?")
    script.end()
    return script


def cancel() -> Script:
    """The client cancels; a second response.create had been refused before."""
    script = Script(MANUAL).connect()
    script.user_text()
    script.respond()
    item = script.message_begins("audio")
    script.speak(item, "Once ")
    script.client("response.create")
    script.refuse(
        "conversation_already_has_active_response",
        "Conversation already has an active response in progress: resp_1. Wait until the "
        "response is finished before creating a new one.",
    )
    script.client("response.cancel")
    script.speech_closes(item, "Once ", "incomplete")
    script.end("cancelled", reason="client_cancelled")
    script.client("session.update", session=voice("cedar"))
    script.refuse(
        "cannot_update_voice",
        "Cannot update a conversation's voice if assistant audio is present.",
    )
    script.respond()
    script.say("Twice.")
    script.end()
    return script


def voice(name: str) -> dict[str, Any]:
    """What an update says to change the voice."""
    return {"type": "realtime", "audio": {"output": {"voice": name}}}


def out_of_band() -> Script:
    """A response outside of the conversation, while another one runs within it."""
    script = Script(WRITTEN).connect()
    script.user_text()
    script.respond()
    inside, outputs = script.response, script.outputs
    script.respond(
        conversation="none",
        metadata={"topic": "label"},
        input=[{"type": "item_reference", "id": "item_1"}],
    )
    script.write("greeting")
    script.end()
    script.response, script.outputs = inside, outputs
    script.write("Good day.")
    script.end()
    return script


def conversation() -> Script:
    """Items at the head, in between and at the end; one deleted; some refused."""
    script = Script(WRITTEN).connect()
    first = script.user_text("one")
    system = {"type": "message", "role": "system", "id": "head"}
    system["content"] = [{"type": "input_text", "text": "zero"}]  # type: ignore[assignment]
    script.item(system, previous_item_id="root")
    assistant = {"type": "message", "role": "assistant", "id": "middle", "status": "in_progress"}
    assistant["content"] = [{"type": "output_text", "text": "half"}]  # type: ignore[assignment]
    script.client("conversation.item.create", item=assistant, previous_item_id="head")
    script.place({**assistant, "status": "completed"}, "head")
    script.client("conversation.item.delete", item_id=first)
    script.server("conversation.item.deleted", item_id=first)
    script.order.remove(first)
    script.user_text("two")
    script.client("conversation.item.delete", item_id=first)
    script.refuse("item_delete_invalid_item_id", f"No item {first}.")
    script.client("conversation.item.create", item=assistant)
    script.refuse("invalid_value", "Item 'middle' exists.", "item.id")
    unplaced = {"type": "message", "role": "user", "content": []}
    script.client("conversation.item.create", item=unplaced, previous_item_id="nowhere")
    script.refuse("invalid_value", "No item 'nowhere'.", "previous_item_id")
    return script


def transcription() -> Script:
    """A session that only transcribes: two turns, one of which fails."""
    script = Script(TRANSCRIPTION).connect()
    first = script.speech_begins()
    script.speech_ends(first)
    second = script.speech_begins(start_ms=2500)
    script.speech_ends(second, end_ms=3800)
    kind = "conversation.item.input_audio_transcription"
    script.server(
        f"{kind}.failed",
        item_id=second,
        content_index=0,
        error={"type": "transcription_error", "code": "audio_unintelligible", "message": "What?"},
    )
    script.server(
        f"{kind}.segment",
        item_id=first,
        content_index=0,
        id="seg_1",
        text="Hi",
        speaker="A",
        start=0.0,
        end=1.5,
    )
    logprobs = [{"token": "Hi", "logprob": -0.1, "bytes": [72, 105]}]
    script.server(
        f"{kind}.completed",
        item_id=first,
        content_index=0,
        transcript="Hi",
        logprobs=logprobs,
        usage={"type": "tokens", "input_tokens": 9, "output_tokens": 2, "total_tokens": 11},
    )
    return script


def idle_timeout() -> Script:
    """Nobody speaks after a response, so the server asks again."""
    detection = {**SESSION["audio"]["input"]["turn_detection"], "idle_timeout_ms": 5000}
    script = Script(varied(turn_detection=detection)).connect()
    script.user_text()
    script.respond()
    script.say("Hello?")
    script.end()
    script.client("input_audio_buffer.append", audio=pcm(6000))
    user = script.new_id("item")
    script.server(
        "input_audio_buffer.timeout_triggered",
        audio_start_ms=0,
        audio_end_ms=5100,
        item_id=user,
    )
    script.committed(user)
    script.begin()
    script.say("Anybody?")
    script.end()
    return script


def unhappy() -> Script:
    """A response that fails and one that hits its limit."""
    script = Script(MANUAL).connect()
    script.user_text()
    script.respond()
    script.end("failed", error={"type": "server_error", "code": "down", "message": "No model."})
    script.respond(max_output_tokens=5)
    item = script.message_begins("audio")
    script.speak(item, "Once ")
    script.speech_closes(item, "Once ", "incomplete")
    script.end("incomplete", reason="max_output_tokens")
    return script


def tool_server() -> Script:
    """Tools of an MCP server: imported, called, and carried on by the server itself."""
    script = Script(WRITTEN).connect()
    tool = {"name": "look", "input_schema": {"type": "object"}}
    tools = {"id": "mcp_1", "type": "mcp_list_tools", "server_label": "shop", "tools": []}
    script.server("conversation.item.added", previous_item_id=None, item=tools)
    script.order.append("mcp_1")
    for state in ("in_progress", "failed", "in_progress", "completed"):
        script.server(f"mcp_list_tools.{state}", item_id="mcp_1")
    imported = {**tools, "tools": [tool]}
    script.server("conversation.item.done", previous_item_id=None, item=imported)
    script.user_text("What is on the shelf?")
    script.respond()
    item = {"id": "mcp_2", "type": "mcp_call", "server_label": "shop", "name": "look"}
    script.output("added", {**item, "arguments": ""})
    place = {"item_id": "mcp_2", "output_index": 0}
    named = {**place, "response_id": script.response["id"]}
    script.server("response.mcp_call_arguments.delta", **named, delta="{}")
    script.server("response.mcp_call_arguments.done", **named, arguments="{}")
    for state in ("in_progress", "failed", "completed"):
        script.server(f"response.mcp_call.{state}", **place)
    script.item_closes({**item, "arguments": "{}", "output": "A cat."})
    script.end()
    script.begin()
    script.write("There is a cat.")
    script.end()
    return script


SCENES: tuple[Callable[[], Script], ...] = (
    refused_key,
    connected,
    updates,
    spoken_turn,
    manual_commit,
    text_turn,
    function_call,
    barge_in,
    cancel,
    out_of_band,
    conversation,
    clamped,
    transcription,
    idle_timeout,
    unhappy,
    nonsense,
    tool_server,
)
