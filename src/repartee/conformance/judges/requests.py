"""The client's events that wait for their answer, in the order in which they were sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from repartee.conformance.judges.items import Event

APPEND = "input_audio_buffer.append"
COMMIT = "input_audio_buffer.commit"
CLEAR = "input_audio_buffer.clear"
UPDATE = "session.update"
CREATE_ITEM = "conversation.item.create"
RETRIEVE = "conversation.item.retrieve"
TRUNCATE = "conversation.item.truncate"
DELETE = "conversation.item.delete"
CREATE_RESPONSE = "response.create"
CANCEL = "response.cancel"
CLEAR_OUTPUT = "output_audio_buffer.clear"

# A server works through its client's events in order: nothing behind one of these is read
# before it is answered, and what it changes decides what the audio behind it means.
_BLOCKING = frozenset({UPDATE, COMMIT, CLEAR})

# Which client events an error may be about, by its code and by the first word of its param.
_KINDS_BY_CODE = {
    "conversation_already_has_active_response": {CREATE_RESPONSE},
    "response_cancel_not_active": {CANCEL},
    "input_audio_buffer_commit_empty": {COMMIT},
    "cannot_update_voice": {UPDATE, CREATE_RESPONSE},
    "invalid_tool_call_id": {CREATE_ITEM, CREATE_RESPONSE},
    "item_truncate_invalid_item_id": {TRUNCATE},
    "item_retrieve_invalid_item_id": {RETRIEVE},
    "item_delete_invalid_item_id": {DELETE},
}
_KINDS_BY_PARAM = {
    "session": {UPDATE},
    "item": {CREATE_ITEM},
    "previous_item_id": {CREATE_ITEM},
    "audio": {APPEND},
    "audio_end_ms": {TRUNCATE},
    "content_index": {TRUNCATE},
    "item_id": {RETRIEVE, DELETE, TRUNCATE},
    "response": {CREATE_RESPONSE},
}


@dataclass(eq=False)
class Ask:
    """One client event on its way to an answer.

    `event` is in the words of GA, `raw` as the client said it; {} where it was no JSON object.
    """

    event: Event
    raw: Event
    kind: str
    id: str | None
    read: bool = False
    settled: bool = False
    held_ms: tuple[float, float] = (0.0, 0.0)  # what a commit finds: at least, at most
    audio_ms: float = 0.0  # how much audio an append brought
    clamping: bool = False  # refused for reaching past the end; the truncation is still to come


_LONGEST_ID = 512  # of a longer one, so much is echoed


class Requests:
    """The queue of unanswered client events.

    `arrive` is called with each of them when the server can have read it, in order; it settles
    those that need no answer.
    """

    def __init__(self, arrive: Callable[[Ask], None]) -> None:
        self._arrive = arrive
        self.waiting: list[Ask] = []
        self._answered: dict[str, Ask] = {}
        self._last_append: Ask | None = None

    def send(self, event: object, raw: object = None) -> Ask:
        """The client sent this; anything but an object is no event at all.

        `raw` is how the client put it, where that differs from the words of GA.
        """
        fields: dict[str, Any] = event if isinstance(event, dict) else {}
        kind, event_id = fields.get("type"), fields.get("event_id")
        ask = Ask(
            fields,
            raw if isinstance(raw, dict) else fields,
            kind if isinstance(kind, str) else "",
            event_id[:_LONGEST_ID] if isinstance(event_id, str) and event_id else None,
        )
        self.waiting.append(ask)
        return ask

    def read_on(self, until: Ask | None = None) -> None:
        """Lets the server read as far as it can have, and at least to `until`."""
        reached = until is None
        settled = False
        for ask in self.waiting:
            if not ask.read:
                ask.read = True
                self._arrive(ask)
                settled = settled or ask.settled
            reached = reached or ask is until
            if reached and ask.kind in _BLOCKING:
                break
        if settled:
            for ask in self.waiting:
                if ask.settled:
                    self._remember(ask)
            self.waiting = [ask for ask in self.waiting if not ask.settled]

    def oldest(self, kind: str, fits: Callable[[Ask], bool] = lambda _: True) -> Ask | None:
        """The first unanswered event of a kind, with all before it read."""
        for ask in self.waiting:
            if ask.kind == kind and fits(ask):
                self.read_on(ask)
                return ask
        return None

    def answer(self, ask: Ask) -> None:
        """The event has its answer."""
        if ask in self.waiting:  # an append has left when it was read, and may be refused yet
            self.waiting.remove(ask)
        ask.settled = True
        self._remember(ask)

    def _remember(self, ask: Ask) -> None:
        if ask.id is not None:
            self._answered[ask.id] = ask
        if ask.kind == APPEND:
            self._last_append = ask

    def named(self, event_id: str) -> Ask | None:
        """The event with that id: an unanswered one, else one that was answered already."""
        waiting = [ask for ask in self.waiting if ask.id == event_id]
        return waiting[0] if waiting else self._answered.get(event_id)

    def anonymous(self, error: dict[str, Any], explains: Callable[[Ask], bool]) -> Ask | None:
        """The event that an error without event_id is most likely about.

        `explains` tells whether the error is just what the event deserves.
        """
        kinds = _kinds(error)
        likely = [
            ask for ask in self.waiting if not ask.clamping and (kinds is None or ask.kind in kinds)
        ]
        if likely:
            return min(likely, key=lambda ask: (not explains(ask), ask.id is not None))
        return self._last_append if kinds == {APPEND} else None


def _kinds(error: dict[str, Any]) -> set[str] | None:
    by_code = _KINDS_BY_CODE.get(error.get("code") or "")
    if by_code is not None:
        return by_code
    root = (error.get("param") or "").partition(".")[0].partition("[")[0]
    return _KINDS_BY_PARAM.get(root)
