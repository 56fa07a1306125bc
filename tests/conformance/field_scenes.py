"""Scenes about single fields of a session: detection by meaning, formats, models without turns."""

import base64
from typing import Any

from conformance.sessions import MANUAL, SESSION, TRANSCRIPTION, varied
from conformance.traces import Script

SEMANTIC = {
    "type": "semantic_vad",
    "eagerness": "high",
    "create_response": True,
    "interrupt_response": True,
}


def sound(ms: int, bytes_per_ms: int = 48) -> str:
    """Something that is no digital silence, as base64."""
    return base64.b64encode(b"\x01\x02" * (bytes_per_ms * ms // 2)).decode()


def silence(ms: int, code: bytes = b"\xff") -> str:
    """Digital silence in G.711, as base64."""
    return base64.b64encode(code * (8 * ms)).decode()


def by_meaning() -> Script:
    """semantic_vad: the user thinks for two seconds, then the turn ends."""
    script = Script(varied(turn_detection=SEMANTIC)).connect()
    item_id = script.new_id("item")
    script.client("input_audio_buffer.append", audio=sound(1000))
    script.server("input_audio_buffer.speech_started", audio_start_ms=200, item_id=item_id)
    script.client("input_audio_buffer.append", audio=sound(500))
    script.client("input_audio_buffer.append", audio=base64.b64encode(bytes(48 * 4000)).decode())
    script.server("input_audio_buffer.speech_stopped", audio_end_ms=3500, item_id=item_id)
    script.committed(item_id)
    script.begin()
    script.say("Yes.")
    script.end()
    return script


def telephone(format_: str = "audio/pcmu") -> Script:
    """G.711 both ways: 800 bytes are 100 ms."""
    session = varied(MANUAL, format={"type": format_})
    session["audio"]["output"]["format"] = {"type": format_}
    script = Script(session).connect()
    script.client("input_audio_buffer.append", audio=sound(50, 8))
    script.client("input_audio_buffer.commit")
    script.refuse(
        "input_audio_buffer_commit_empty",
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of "
        "audio, but buffer only has 50.00ms of audio.",
    )
    script.client("input_audio_buffer.append", audio=sound(150, 8))
    script.client("input_audio_buffer.commit")
    user = script.new_id("item")
    script.committed(user)
    script.client("conversation.item.retrieve", item_id=user)
    content = [{"type": "input_audio", "transcript": None, "audio": sound(200, 8)}]
    item = {"id": user, "type": "message", "role": "user", "status": "completed"}
    script.server("conversation.item.retrieved", item={**item, "content": content})
    script.respond()
    item = script.message_begins("audio")
    script.part("output_audio_transcript.delta", item["id"], delta="Hi.")
    script.part("output_audio.delta", item["id"], delta=sound(100, 8))
    script.speech_closes(item, "Hi.")
    script.end()
    script.client(
        "conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=100
    )
    script.server(
        "conversation.item.truncated", item_id=item["id"], content_index=0, audio_end_ms=100
    )
    return script


def filtered() -> Script:
    """Noise reduction: its strength stays when only its type is said."""
    script = Script().connect()
    for said, shown in (
        ({"type": "near_field"}, {"type": "near_field", "strength": 1.0}),
        ({"type": "near_field", "strength": 0.5}, {"type": "near_field", "strength": 0.5}),
        ({"type": "far_field"}, {"type": "far_field", "strength": 0.5}),
    ):
        session = varied(SESSION, noise_reduction=shown)
        script.update({"audio": {"input": {"noise_reduction": said}}}, session)
    return script


def with_truncation() -> Script:
    """Truncation is echoed or not; a prompt and the tools of a server are."""
    script = Script().connect()
    ratio = {"type": "retention_ratio", "retention_ratio": 0.8}
    limited = {**ratio, "token_limits": {"post_instructions": 8000}}
    script.update({"truncation": ratio}, SESSION)
    script.update({"truncation": limited}, {**SESSION, "truncation": limited})
    prompt = {"id": "pmpt_1", "version": "2", "variables": {"city": "Rome"}}
    choice = {"type": "mcp", "server_label": "shop", "name": "look"}
    shown = {**script.session, "prompt": prompt, "tool_choice": choice, "instructions": "Mine."}
    script.update({"prompt": prompt, "tool_choice": choice, "instructions": "Mine."}, shown)
    return script


def turnless() -> Script:
    """A transcription model without turns: detection goes, and does not come back."""
    script = Script(TRANSCRIPTION).connect()
    model = {"model": "gpt-realtime-whisper", "delay": "low"}
    shown = varied(TRANSCRIPTION, turn_detection=None, transcription=model)
    script.update({"audio": {"input": {"transcription": model}}}, shown)
    detection: dict[str, Any] = {"type": "server_vad", "create_response": False}
    said = {"type": "transcription", "audio": {"input": {"turn_detection": detection}}}
    script.client("session.update", session=said)
    script.refuse(None, "Turn detection is not supported for this transcription model.")
    for kind, fields in (
        ("response.create", {}),
        ("response.cancel", {}),
        ("conversation.item.create", {"item": {"type": "message", "role": "user"}}),
        ("session.update", {"session": {"type": "transcription", "instructions": "x"}}),
        ("session.update", {"session": {"type": "realtime"}}),
    ):
        script.client(kind, **fields)
        script.refuse("unknown_parameter", "Not here.", "session.instructions")
    script.steps[-1][1]["error"].update(
        param=None,
        message="Passing a realtime session update event to a transcription session is not "
        "allowed.",
    )
    return script


FIELD_SCENES = (by_meaning, telephone, filtered, with_truncation, turnless)
