"""Which client events a server must refuse, and with which error: the table of all kinds."""

from collections.abc import Callable, Iterator

from repartee.conformance.judges import requests
from repartee.conformance.judges.requests import Ask
from repartee.conformance.refusals.beta_refusals import beta_refusals
from repartee.conformance.refusals.item_refusals import (
    append_refusals,
    commit_refusals,
    create_refusals,
    known_item_refusals,
    truncate_refusals,
)
from repartee.conformance.refusals.refusal import Facts, Refusal, missing
from repartee.conformance.refusals.response_refusals import cancel_refusals, response_refusals
from repartee.conformance.refusals.session_refusals import update_refusals
from repartee.conformance.refusals.unknown_members import unknown_members

_LONGEST_EVENT_ID = 512


def _nothing(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    return iter(())


def _buffer_clear(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    if not facts.dialect.streams_sound:
        yield Refusal("buffer-clear", must=facts.rulings)


_JUDGES: dict[str, Callable[[Ask, Facts], Iterator[Refusal]]] = {
    requests.UPDATE: update_refusals,
    requests.APPEND: append_refusals,
    requests.COMMIT: commit_refusals,
    requests.CLEAR: _nothing,
    requests.CREATE_ITEM: create_refusals,
    requests.RETRIEVE: known_item_refusals,
    requests.DELETE: known_item_refusals,
    requests.TRUNCATE: truncate_refusals,
    requests.CREATE_RESPONSE: response_refusals,
    requests.CANCEL: cancel_refusals,
    requests.CLEAR_OUTPUT: _buffer_clear,
}

_REQUIRED: dict[str, dict[str, type]] = {
    requests.UPDATE: {"session": dict},
    requests.APPEND: {"audio": str},
    requests.CREATE_ITEM: {"item": dict},
    requests.RETRIEVE: {"item_id": str},
    requests.DELETE: {"item_id": str},
    requests.TRUNCATE: {"item_id": str, "content_index": int, "audio_end_ms": int},
}

# An error with one of these codes claims something of the session's state.
CLAIMS = {
    "conversation_already_has_active_response": "active-response",
    "response_cancel_not_active": "cancel-inactive",
    "input_audio_buffer_commit_empty": "commit-small",
    "cannot_update_voice": "voice-lock",
    "invalid_tool_call_id": "tool-call-id",
    "item_truncate_invalid_item_id": "item-unknown",
    "item_retrieve_invalid_item_id": "item-unknown",
    "item_delete_invalid_item_id": "item-unknown",
}


# Events about a conversation with a model: a transcription session has none.
_OF_REALTIME = frozenset(
    {requests.CREATE_ITEM, requests.TRUNCATE, requests.CREATE_RESPONSE, requests.CANCEL}
)


def refusals(ask: Ask, facts: Facts) -> list[Refusal]:
    """Every error that the event deserves as things stand; a server says one of them."""
    envelope = list(_envelope(ask))
    if envelope:
        return envelope
    if ask.kind in _OF_REALTIME and not facts.session.realtime:
        return [Refusal("transcription-events")]
    own = beta_refusals(ask) if facts.dialect.name == "beta" else ()
    return [
        *unknown_members(ask, facts),
        *own,
        *(one.called(facts.dialect.path) for one in _JUDGES[ask.kind](ask, facts)),
    ]


def _envelope(ask: Ask) -> Iterator[Refusal]:
    event = ask.event
    event_id = event.get("event_id")
    if not event:
        yield Refusal("client-event")
    elif event.get("type") is None:
        yield Refusal("client-event", "invalid_event")
    elif not isinstance(event["type"], str):
        yield Refusal("client-event")
    elif ask.kind not in _JUDGES:
        yield Refusal("client-event", "invalid_value", "type")
    elif event_id is not None and not _is_event_id(event_id):
        yield Refusal("client-event")
    else:
        yield from _members(ask)


def _is_event_id(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_EVENT_ID


def _members(ask: Ask) -> Iterator[Refusal]:
    for name, kind in _REQUIRED.get(ask.kind, {}).items():
        value = ask.event.get(name)
        if value is None:
            yield missing(name)
        elif name == "audio_end_ms" and isinstance(value, float):
            yield Refusal("required-member", "invalid_type", name)
        elif not isinstance(value, kind) or isinstance(value, bool):
            yield Refusal("required-member")


def has_answer(kind: str) -> bool:
    """Whether an event of that kind is answered by something else than an error."""
    return kind in _JUDGES and kind not in (requests.APPEND, requests.CLEAR_OUTPUT)
