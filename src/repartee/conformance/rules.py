"""The rules of the event stream: one row each, so that documentation can be made of the table.

A rule has a short name, the numbered behaviours of the API that it judges, and one sentence.
Rules marked as rulings decide what the sources leave open; they can be switched off as one.
"""

from typing import NamedTuple


class Rule(NamedTuple):
    """One rule: its name, what it is about, the behaviours it judges, and what it says."""

    slug: str
    area: str
    behaviours: tuple[str, ...]
    says: str
    ruling: bool = False


_CONNECTION = (
    ("first-event", "B001", "session.created comes first and once; before it only a refusal."),
    ("event-id", "B002", "Every event has a non-empty event_id, unique in the session."),
    ("event-type", "B143", "Only event types of the Realtime API are sent."),
    ("event-place", "B083 B131 B150", "No event of another transport, dialect or kind of session."),
    ("shape", "B001 B025 B168 B177", "Required members are there, and members have their types."),
    ("null-member", "B113 B179", "A member that does not apply is left out, not null."),
    ("closed", "B005 B006 B210", "Nothing follows an error that ends the connection."),
    (
        "expired-session",
        "B007 B210",
        "A session that has outlived expires_at says nothing but that.",
    ),
    (
        "conversation-created",
        "B012",
        "conversation.created belongs to the beta dialect, right after session.created.",
        "ruling",
    ),
    ("beta-names", "B013 B018 B090", "The beta dialect shows no member and no part of GA."),
)

_SESSION = (
    ("session-identity", "B001 B032 B033", "id, object, type, model and expires_at stay."),
    ("session-merge", "B025 B026 B027", "session.updated shows what was said, nothing else moves."),
    ("refused-update", "B029", "A refused update changes nothing."),
    ("update-echo", "B025", "session.updated does not carry the client's event_id."),
    ("update-type", "B024 B033", "session.type is obligatory and cannot switch."),
    ("update-unknown", "B028 B040 B045", "An unknown field is refused with its path."),
    (
        "update-value",
        "B035 B036 B037 B038 B039 B040 B041 B042 B044 B048 B137",
        "A value outside its domain is refused.",
    ),
    ("turnless-model", "B082", "A model without turns refuses turn detection."),
    ("voice-lock", "B030 B031 B129", "The voice is locked by assistant audio, and only by it."),
    ("tracing-lock", "B034", "Tracing that is set cannot be modified."),
)

_ANSWERS = (
    ("unanswered", "B025 B061 B083 B098 B101 B108", "Every client event gets its answer."),
    ("unasked", "B025 B061 B096 B098 B101", "Answers come only to what was asked."),
    ("one-answer", "B206", "A failing client event gets one error, an accepted one none."),
    ("error-echo", "B206", "error.event_id is the client's, or null where it gave none."),
    ("client-event", "B050 B205 B208 B209", "What is no client event is refused as such."),
    ("required-member", "B104", "A missing or mistyped member of a client event is refused."),
    ("buffer-clear", "B152", "output_audio_buffer.clear is refused on a WebSocket.", "ruling"),
    ("append-audio", "B052", "Audio that is no base64, or empty, is refused."),
    ("append-odd", "", "PCM of an odd number of bytes is refused.", "ruling"),
    ("commit-small", "B053 B054 B058", "A commit is refused under 100 ms, and only then."),
    ("create-place", "B087", "An item behind an unknown previous_item_id is refused."),
    ("create-twice", "B088", "An item with an id already in use is refused."),
    ("create-content", "B089 B090 B091 B092 B093", "Content that its role cannot have is refused."),
    ("tool-call-id", "B094", "The output of an unknown call is refused, and only that."),
    ("item-unknown", "B097", "An unknown item id is refused by name, a known one is not."),
    ("truncate-refused", "B105 B106 B107", "Only audio the model has spoken can be truncated."),
    ("truncate-echo", "B101", "conversation.item.truncated repeats what was asked."),
    (
        "truncate-within",
        "B101",
        "Truncation within what was sent is never an error.",
        "ruling",
    ),
    (
        "truncate-past",
        "B103",
        "Truncation past the end: an error without event_id, then the clamped truncation.",
        "ruling",
    ),
    ("active-response", "B121 B122", "A second response is refused by the name of the first."),
    ("cancel-inactive", "B140 B141", "Cancelling nothing is refused, cancelling something is not."),
    (
        "response-request",
        "B038 B040 B124 B126",
        "Unknown references and fields, and values out of bounds, are refused.",
    ),
    (
        "transcription-events",
        "B138",
        "A transcription session refuses items, truncation and responses of the client.",
    ),
)

_CONVERSATION = (
    ("item-unasked", "B060 B083", "Items come from the client, from commits and from responses."),
    ("item-duplicate", "B085 B088", "An item id is used once."),
    ("item-order", "B055 B086 B096", "previous_item_id is the true predecessor."),
    ("item-kept", "B085 B095", "A client's item is kept as it was sent."),
    ("item-known", "B096 B097", "Item events name items of the conversation."),
    (
        "item-done",
        "B056 B057 B083 B084 B116",
        "Each item is done once, as it was added.",
    ),
    ("item-parts", "B111", "Items hold the part types of their role, with their members."),
    ("item-audio", "B100 B118", "Only conversation.item.retrieved carries audio bytes."),
    ("user-audio", "B056", "A committed item is one input_audio part with transcript null."),
    ("retrieved", "B064 B098 B099", "A retrieved item is the one asked for, user audio included."),
    ("truncated-transcript", "B102", "A truncated item has no transcript any more."),
)

_BUFFER = (
    ("speech-vad", "B027 B081", "Without turn detection there are no speech events."),
    ("speech-turns", "B061 B069", "speech_started and speech_stopped alternate."),
    ("speech-offsets", "B062 B063 B067 B068", "Offsets count the session's audio and only grow."),
    ("speech-item", "B066", "The promised item_id is kept from speech_started to the item."),
    ("turn-order", "B056 B070", "speech_stopped, committed, added, done, then the response."),
    ("commit-unasked", "B059 B060", "Audio is committed by the client or at the end of a turn."),
    ("semantic-wait", "B076", "semantic_vad ends a turn within 8, 4 or 2 s of silence."),
    ("idle-timeout", "B078 B080", "The idle timeout needs its setting, a response and silence."),
    ("auto-response", "B070 B071", "With create_response a turn is answered."),
)

_RESPONSE = (
    ("response-unasked", "B060 B071 B169", "A response is asked for, or answers a turn."),
    ("response-id", "B117", "Response events name a response that runs."),
    ("created-blank", "B108", "response.created is in progress, without output and usage."),
    ("one-active", "B121", "The default conversation has one active response at most."),
    ("response-home", "B108 B123", "conversation_id is null out of band, and only there."),
    ("out-of-band", "B123", "An out-of-band response says no conversation.item.* event."),
    ("metadata", "B124", "Metadata comes back unchanged in response.created and response.done."),
    ("overrides", "B128", "A response shows what was asked of it, else the session's settings."),
    ("rate-limits", "B135", "rate_limits.updated at most once per response."),
    (
        "rate-limits-place",
        "B135",
        "rate_limits.updated once, right after response.created.",
        "ruling",
    ),
    ("indexes", "B172", "Output and content indexes count from 0 without gaps."),
    ("output-added", "B109 B110 B167", "An output item begins in progress and empty."),
    ("item-before-content", "B109 B110", "conversation.item.added precedes the item's content."),
    ("part-begins", "B111 B112", 'A part begins as audio or text with "".'),
    ("part-kind", "B130", "A text response has no audio."),
    ("delta-place", "B109 B115", "Deltas and done events belong to an open part of their kind."),
    ("closing", "B115", "Parts close before their item, items before the response, each once."),
    ("sums", "B114", "Deltas add up to the done text, the part, the item and the output."),
    ("audio-bytes", "B039", "Audio deltas are base64 of whole PCM samples."),
    ("call", "B167 B168", "A function call keeps its name and its own call_id."),
    (
        "item-done-next",
        "B116",
        "conversation.item.done comes right after output_item.done.",
        "ruling",
    ),
    ("response-status", "B132 B133 B134 B139", "The final status agrees with status_details."),
    ("item-status", "B118 B132 B142", "Final items are completed or, if cut short, incomplete."),
    ("response-output", "B118", "response.done lists every item as it was done."),
    ("usage", "B119", "Token counts add up."),
    ("response-open", "B117", "Every response.created is followed by its response.done."),
    ("cancel-reason", "B072 B139", "A response is cancelled by the client or by speech."),
    ("interrupt", "B072", "Speech cancels the active response before all else of it."),
)

_TRANSCRIPTION = (
    ("transcription-once", "B173", "A committed item is transcribed, or fails to be, once."),
    ("transcription-item", "B173", "Only audio committed for transcription is transcribed."),
    ("transcription-sum", "B175", "Transcription deltas add up to the transcript."),
    ("transcription-logprobs", "B178", "logprobs come only when they were asked for."),
    (
        "transcription-logprobs-due",
        "B178",
        "logprobs that were asked for, and accepted, come with the transcript.",
        "ruling",
    ),
    ("transcription-silent", "B138 B183", "A transcription session has no responses."),
)

_PLAYOUT = (
    ("playout-response", "B150 B151", "Sound is played of responses that have an audio part."),
    ("playout-started", "B150", "output_audio_buffer.started begins a response's sound, once."),
    (
        "playout-stopped",
        "B150",
        "output_audio_buffer.stopped ends sound that has begun, once, after response.done.",
    ),
    (
        "playout-cleared",
        "B151 B152",
        "output_audio_buffer.cleared ends sound for speech or at the client's word.",
    ),
    ("playout-truncated", "B151 B152", "What is cleared is truncated by the server, and only it."),
)

_AREAS: dict[str, tuple[tuple[str, ...], ...]] = {
    "connection": _CONNECTION,
    "session": _SESSION,
    "answers": _ANSWERS,
    "conversation": _CONVERSATION,
    "input audio": _BUFFER,
    "response": _RESPONSE,
    "transcription": _TRANSCRIPTION,
    "playout": _PLAYOUT,
}

RULES: dict[str, Rule] = {
    row[0]: Rule(row[0], area, tuple(row[1].split()), row[2], ruling=len(row) > 3)
    for area, rows in _AREAS.items()
    for row in rows
}
