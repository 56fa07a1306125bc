"""Every error the server can say about a client's event, in the words of the API.

`Refused` is the client's fault and never ends the session.  The functions below are the
catalogue: one for each thing that can be wrong.
"""

from msgspec import Struct

from repartee.protocol.audio import BUFFER_BYTES, Encoding

_FORMATS: dict[Encoding, str] = {
    "audio/pcm": "mono PCM16 at 24kHz",
    "audio/pcmu": "mono G.711 mu-law at 8kHz",
    "audio/pcma": "mono G.711 A-law at 8kHz",
}


class Refused(Struct, frozen=True):
    """A client event that cannot be obeyed, and why."""

    message: str
    code: str | None = None
    param: str | None = None
    event_id: str | None = None
    type: str = "invalid_request_error"


def missing(param: str) -> Refused:
    """A member that has to be said was not."""
    return Refused(f"Missing required parameter: '{param}'.", "missing_required_parameter", param)


def unknown(param: str) -> Refused:
    """A member that the dialect does not have."""
    return Refused(f"Unknown parameter: '{param}'.", "unknown_parameter", param)


def wrong_type(param: str, expected: str, got: str) -> Refused:
    """A member of another JSON type."""
    return Refused(
        f"Invalid type for '{param}': expected {expected}, but got {got} instead.",
        "invalid_type",
        param,
    )


def unsupported_value(param: str, value: object, supported: tuple[str, ...]) -> Refused:
    """None of the values that may stand there."""
    known = ", ".join(repr(one) for one in supported)
    must = f"Value must be {known}" if len(supported) == 1 else f"Supported values are: {known}"
    return Refused(f"Invalid value: {value!r}. {must}.", "invalid_value", param)


def bad_value(param: str | None, message: str) -> Refused:
    """Any other value that cannot be."""
    return Refused(message, "invalid_value", param)


def not_built(param: str) -> Refused:
    """Known to the API, not served here yet."""
    return Refused(f"'{param}' is not supported by this server yet.", "invalid_value", param)


def too_deep(param: str, levels: int) -> Refused:
    """An object of the client's own that is nested without end, or nearly."""
    return bad_value(param, f"Invalid '{param}': nested deeper than {levels} levels.")


def bad_audio(param: str, got: str, encoding: Encoding = "audio/pcm") -> Refused:
    """Sound that cannot be decoded."""
    return Refused(
        f"Invalid '{param}'. Expected base64-encoded audio bytes ({_FORMATS[encoding]}) "
        f"but got {got}.",
        "invalid_value",
        param,
    )


def no_type() -> Refused:
    """An event that does not say what it is."""
    return Refused("The 'type' field is missing.", "invalid_event")


def not_an_event(what: str) -> Refused:
    """A frame that holds no event at all."""
    return Refused(f"Expected a JSON object in a text frame, but got {what}.", "invalid_event")


def not_a_body(what: str) -> Refused:
    """A request over HTTP that says nothing that could be read."""
    return bad_value(None, f"Expected a JSON object as the request's body, but got {what}.")


def buffer_too_small(held_ms: float) -> Refused:
    """A commit of less than 100 ms."""
    return Refused(
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of "
        f"audio, but buffer only has {held_ms:.2f}ms of audio.",
        "input_audio_buffer_commit_empty",
    )


def buffer_full() -> Refused:
    """Sound that the input buffer has no room for."""
    return bad_value(
        "audio",
        f"The input audio buffer is full ({BUFFER_BYTES} bytes). Commit or clear it before "
        "appending more.",
    )


def too_much_audio(param: str, size: int, allowed: int = BUFFER_BYTES) -> Refused:
    """One piece of sound above the cap."""
    return bad_value(
        param, f"Invalid '{param}': {size} bytes of audio are more than the {allowed} allowed."
    )


def response_active(response_id: str) -> Refused:
    """One response at a time writes the conversation."""
    return Refused(
        f"Conversation already has an active response in progress: {response_id}. Wait until the "
        "response is finished before creating a new one.",
        "conversation_already_has_active_response",
    )


def nothing_to_cancel() -> Refused:
    """No such response runs."""
    return Refused("Cancellation failed: no active response found", "response_cancel_not_active")


def voice_locked() -> Refused:
    """Once the assistant has spoken, its voice stays."""
    return Refused(
        "Cannot update a conversation's voice if assistant audio is present.",
        "cannot_update_voice",
    )


def unknown_call(call_id: str) -> Refused:
    """An output for a call that nobody made."""
    return Refused(f"Tool call ID '{call_id}' not found in conversation.", "invalid_tool_call_id")


def item_not_found(verb: str, item_id: str) -> Refused:
    """`verb` is "truncate", "retrieve" or "delete": each has a code of its own."""
    return Refused(
        f"Error {verb.removesuffix('e')}ing item: the item with id '{item_id}' was not found "
        "in the conversation.",
        f"item_{verb}_invalid_item_id",
    )


def unknown_previous(item_id: str) -> Refused:
    """A place behind an item that is not there."""
    return bad_value(
        "previous_item_id", f"Previous item with id '{item_id}' not found in the conversation."
    )


def duplicate_item(item_id: str) -> Refused:
    """An id that is taken."""
    return bad_value("item.id", f"Item with id '{item_id}' already exists in the conversation.")


def not_model_audio() -> Refused:
    """Only what the model has spoken can be cut."""
    return Refused("Only model output audio messages can be truncated")


def shorter_already(have_ms: int, asked_ms: int) -> Refused:
    """A cut past the end; it is made all the same, at the end."""
    return bad_value(None, f"Audio content of {have_ms}ms is already shorter than {asked_ms}ms")


def session_kind(said: str) -> Refused:
    """An update for the other kind of session, `said`: "realtime" or "transcription"."""
    own = "transcription" if said == "realtime" else "realtime"
    return Refused(f"Passing a {said} session update event to a {own} session is not allowed.")


def not_in_transcription(event_type: str) -> Refused:
    """An event about answers, where nothing is answered."""
    return bad_value("type", f"'{event_type}' is not allowed in a transcription session.")


def no_turn_detection() -> Refused:
    """A model whose turns the client ends."""
    return Refused("Turn detection is not supported for this transcription model.")


def no_idle_timeout() -> Refused:
    """Silence is answered only where anything is."""
    return bad_value(
        "session.audio.input.turn_detection.idle_timeout_ms",
        "An idle timeout is not supported in a transcription session, which answers nothing.",
    )


def no_logprobs() -> Refused:
    """The client wants to know what the engine cannot tell."""
    return bad_value("session.include", "The speech recogniser in use gives no log probabilities.")


def locked(param: str) -> Refused:
    """A field that the operator decides for the holders of a key."""
    return bad_value(param, f"'{param}' is decided by the key of this session: it stays as it is.")


def tracing_locked() -> Refused:
    """Tracing begins once."""
    return bad_value("session.tracing", "Tracing cannot be changed once it is set.")


def unknown_prompt(param: str, name: str) -> Refused:
    """A prompt, or a version of one, that the operator does not keep."""
    return bad_value(param, f"There is no prompt {name!r} on this server.")


def context_too_long(limit: int) -> Refused:
    """More than the model can read, and nothing of it may be left out."""
    return Refused(
        f"The conversation is longer than the {limit} tokens the model can read, and truncation "
        "is disabled.",
        "context_length_exceeded",
    )


def session_expired(minutes: float) -> Refused:
    """The session is as old as it may become."""
    return Refused(
        f"Your session hit the maximum duration of {minutes:g} minutes.", "session_expired"
    )


def no_such_part(index: int) -> Refused:
    """Items have one part that can be cut."""
    return bad_value("content_index", f"Content index {index} does not exist in the item.")


def unknown_reference(param: str, item_id: str) -> Refused:
    """A reference to an item that is not there."""
    return bad_value(param, f"Item with id '{item_id}' not found in the conversation.")


def not_on_websocket(event_type: str) -> Refused:
    """An event of transports that play."""
    return bad_value(
        "type",
        f"'{event_type}' is for WebRTC and SIP: over a WebSocket the client plays the sound.",
    )
