"""Scenes in which a client is refused something."""

from conformance.sessions import MANUAL, SESSION, varied
from conformance.traces import Script


def refused_key() -> Script:
    """A wrong key: one error, and the connection is closed."""
    script = Script()
    script.server(
        "error",
        error={
            "type": "invalid_request_error",
            "code": "invalid_api_key",
            "message": "Incorrect API key provided.",
            "param": None,
            "event_id": None,
        },
    )
    return script


def updates() -> Script:
    """Updates: accepted, merged, refused, and accepted again."""
    script = Script().connect()
    script.update({"instructions": "Be brief."}, {**SESSION, "instructions": "Be brief."})
    script.client("session.update", session={"instructions": "Be rude."})
    script.refuse(
        "missing_required_parameter",
        "Missing required parameter: 'session.type'.",
        "session.type",
    )
    script.client("session.update", session={"type": "realtime", "temperature": 0.8})
    script.refuse(
        "unknown_parameter", "Unknown parameter: 'session.temperature'.", "session.temperature"
    )
    noise = {"type": "near_field"}
    shown = varied(script.session, noise_reduction=noise)
    script.update({"audio": {"input": {"noise_reduction": noise}}}, shown)
    script.update({"tracing": "auto", "model": "gpt-other"}, {**shown, "tracing": "auto"})
    script.client("session.update", session={"type": "realtime", "tracing": {"group_id": "g"}})
    script.refuse("invalid_value", "Tracing cannot be modified.", "session.tracing")
    script.client("session.update", session={"type": "realtime", "max_output_tokens": 0})
    script.refuse("invalid_value", "Out of range.", "session.max_output_tokens")
    return script


def clamped() -> Script:
    """Truncations: past the end, where they are clamped, and of what cannot be truncated."""
    script = Script(MANUAL).connect()
    user = script.user_text()
    script.respond()
    item_id = script.say("Good ", "day.")
    script.end()
    place = {"item_id": item_id, "content_index": 0}
    script.client("conversation.item.truncate", **place, audio_end_ms=900)
    script.refuse("invalid_value", "Audio content of 200ms is already shorter than 900ms")
    script.steps[-1][1]["error"]["event_id"] = None
    script.server("conversation.item.truncated", **place, audio_end_ms=200)
    script.client("conversation.item.truncate", item_id=user, content_index=0, audio_end_ms=10)
    script.refuse(None, "Only model output audio messages can be truncated")
    script.client("conversation.item.truncate", **place, audio_end_ms=10.5)
    script.refuse(
        "invalid_type",
        "Invalid type for 'audio_end_ms': expected an integer, but got a decimal number instead.",
        "audio_end_ms",
    )
    return script


def nonsense() -> Script:
    """Frames that are no events, and audio that is none."""
    script = Script(MANUAL).connect()
    script.client("response.stop")
    script.refuse("invalid_value", "Invalid value: 'response.stop'.", "type")
    script.client("input_audio_buffer.append", audio="%%%")
    script.refuse("invalid_value", "Invalid 'audio'.", "audio")
    script.client("input_audio_buffer.append", audio="AAAA")
    script.refuse("invalid_value", "Invalid 'audio'.", "audio")
    script.client("conversation.item.retrieve")
    script.refuse("missing_required_parameter", "Missing required parameter: 'item_id'.", "item_id")
    script.client("output_audio_buffer.clear")
    script.refuse(None, "There is no output audio buffer on a WebSocket.")
    script.client("response.create", response={"input": [{"type": "item_reference", "id": "x"}]})
    script.refuse("invalid_value", "No item 'x'.", "response.input[0].id")
    return script
