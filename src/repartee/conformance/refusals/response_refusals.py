"""What the contract refuses in response.create and response.cancel."""

import re
from collections.abc import Iterator
from typing import Any

from repartee.conformance.judges.requests import Ask
from repartee.conformance.refusals.domains import said_at, value_refusals
from repartee.conformance.refusals.refusal import Facts, Refusal
from repartee.conformance.refusals.session_refusals import voice_refusals

_ACTIVE = (
    r"Conversation already has an active response in progress: {id}\. "
    r"Wait until the response is finished before creating a new one\."
)
_NOT_ACTIVE = r"Cancellation failed: no active response found"

_MOST_PAIRS, _LONGEST_KEY, _LONGEST_VALUE = 16, 64, 512


def response_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """A response needs a free conversation, known references, and values within bounds."""
    said = asked_response(ask)
    if not asks_out_of_band(ask):
        yield from _active_refusals(facts)
    given = said.get("input")
    for one in given if isinstance(given, list) else []:
        yield from _input_refusals(one, facts)
    if _is_oversized(said.get("metadata")):
        yield Refusal("response-request")
    yield from value_refusals(said, "response")
    yield from voice_refusals(said_at(said, "response.audio.output.voice"), facts)


def _input_refusals(item: object, facts: Facts) -> Iterator[Refusal]:
    if not isinstance(item, dict):
        return
    kind = item.get("type")
    if kind == "item_reference" and item.get("id") not in facts.conversation.order:
        yield Refusal("response-request")
    elif kind == "function_call_output":
        # Among which calls its call_id is looked for is not established.
        yield Refusal("tool-call-id", "invalid_tool_call_id", must=False)


def _active_refusals(facts: Facts) -> Iterator[Refusal]:
    active = facts.responses.active
    code = "conversation_already_has_active_response"
    if active is not None:
        yield Refusal("active-response", code, None, _ACTIVE.format(id=re.escape(active.id)))
    elif facts.buffer.response_due != "no" or facts.buffer.promised or facts.buffer.committed_id:
        # The response that answers the turn is there already, though not yet on the wire.
        yield Refusal("active-response", code, None, _ACTIVE.format(id=r"\S+"), must=False)


def _is_oversized(metadata: object) -> bool:
    if not isinstance(metadata, dict):
        return False
    return len(metadata) > _MOST_PAIRS or any(
        len(key) > _LONGEST_KEY or len(str(value)) > _LONGEST_VALUE
        for key, value in metadata.items()
    )


def cancel_refusals(ask: Ask, facts: Facts) -> Iterator[Refusal]:
    """There must be something to cancel."""
    wanted, running = ask.event.get("response_id"), facts.responses.running
    active = facts.responses.active
    if wanted in running or (wanted is None and active is not None):
        return
    # Whether a cancel without an id may hit an out-of-band response is not established.
    must = bool(wanted) or not running
    yield Refusal("cancel-inactive", "response_cancel_not_active", None, _NOT_ACTIVE, must)


def asked_response(ask: Ask) -> dict[str, Any]:
    """What a response.create says of the response; null is as good as nothing."""
    said = ask.event.get("response")
    return said if isinstance(said, dict) else {}


def asks_out_of_band(ask: Ask) -> bool:
    """Whether the response is to stand outside of the conversation."""
    return asked_response(ask).get("conversation") == "none"
