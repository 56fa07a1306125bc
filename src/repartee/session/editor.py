"""What a client does to the conversation: it puts items in, shows, cuts and removes them.

Each of its events is obeyed, or answered with what is wrong and without effect.
"""

from msgspec import structs

from repartee.protocol import errors
from repartee.protocol.audio import Encoding
from repartee.protocol.client import ConversationItemCreate, ConversationItemTruncate
from repartee.protocol.errors import Refused
from repartee.protocol.items import FunctionCall, Item, ItemReference, Message
from repartee.protocol.server import (
    ConversationItemAdded,
    ConversationItemDeleted,
    ConversationItemDone,
    ConversationItemRetrieved,
    ConversationItemTruncated,
)
from repartee.session.admission import fault
from repartee.session.bounds import Bounds
from repartee.session.capacity import UNHEARD_MS, extent, has_sound, no_room
from repartee.session.conversation import Conversation, Entry, sound_of, without_sound
from repartee.session.hearing import Hearing
from repartee.session.outbox import Outbox


class Editor:
    """Edits the conversation; `encoding` is how the session's sound comes at that moment."""

    def __init__(
        self, conversation: Conversation, hearing: Hearing, outbox: Outbox, bounds: Bounds
    ) -> None:
        self._conversation = conversation
        self._hearing = hearing
        self._outbox = outbox
        self._bounds = bounds

    def create(self, event: ConversationItemCreate, encoding: Encoding) -> Refused | None:
        """Insert an item."""
        previous_id = event.previous_item_id
        if previous_id not in (None, "root") and previous_id not in self._conversation:
            return errors.unknown_previous(str(previous_id))
        item = event.item
        if item.id is not None and self._taken(item.id):
            return errors.duplicate_item(item.id)
        if refused := no_room(self._conversation, item, self._bounds.caps):
            return refused
        if self._hearing.unheard_ms > UNHEARD_MS and has_sound([item]):
            return errors.too_much_unheard("item")
        calls = self._conversation.calls()
        if refused := fault(item, "item", calls, sees=self._bounds.sees, encoding=encoding):
            return refused
        entry = self._admit(item, encoding)
        previous = self._conversation.add(entry, previous_id)
        self._outbox.say(ConversationItemAdded(previous_item_id=previous, item=entry.item))
        self._outbox.say(ConversationItemDone(previous_item_id=previous, item=entry.item))
        return None

    def _taken(self, item_id: str) -> bool:
        """An id that was announced for what the user is saying is taken, too."""
        return item_id in self._conversation or item_id == self._hearing.turn.item_id

    def _admit(self, item: Item, encoding: Encoding) -> Entry:
        """An entry for a client's item: with an id, final, its sound kept apart."""
        new_id = self._outbox.new_id
        said = extent(item)
        item_id = item.id or new_id("item")
        if isinstance(item, FunctionCall):
            call_id = item.call_id or new_id("call")
            item = structs.replace(item, call_id=call_id)
        final = structs.replace(item, id=item_id, object="realtime.item", status="completed")
        entry = Entry(without_sound(final))
        entry.extent = said
        if isinstance(item, Message) and (sound := sound_of(item.content)):
            self._hearing.recognize(entry, sound, encoding)
        return entry

    def retrieve(self, item_id: str, encoding: Encoding) -> Refused | None:
        """Show an item, its sound in the session's encoding."""
        entry = self._conversation.find(item_id)
        if entry is None:
            return errors.item_not_found("retrieve", item_id)
        told = ConversationItemRetrieved(item=entry.retrieved())
        if entry.audio is None or entry.spoken or entry.encoding == encoding:
            self._outbox.say(told)
        else:
            self._outbox.show(told, entry.encoding, encoding)
        return None

    def delete(self, item_id: str) -> Refused | None:
        """Remove an item."""
        if item_id not in self._conversation:
            return errors.item_not_found("delete", item_id)
        self._conversation.delete(item_id)
        self._outbox.say(ConversationItemDeleted(item_id=item_id))
        return None

    def truncate(self, event: ConversationItemTruncate) -> Refused | None:
        """Cut the assistant's sound to what was heard of it; past its end it is cut there."""
        entry = self._conversation.find(event.item_id)
        if entry is None:
            return errors.item_not_found("truncate", event.item_id)
        if not entry.spoken or event.audio_end_ms == entry.audio_ms == 0:
            return errors.not_model_audio()
        if event.content_index != 0:
            return errors.no_such_part(event.content_index)
        have = int(entry.remaining_ms)
        if event.audio_end_ms > have:
            self._outbox.refuse(errors.shorter_already(have, event.audio_end_ms), None)
        end = min(event.audio_end_ms, have)
        entry.truncate(end)
        self._outbox.say(
            ConversationItemTruncated(item_id=entry.id, content_index=0, audio_end_ms=end)
        )
        return None

    def context(
        self, given: tuple[Item | ItemReference, ...], encoding: Encoding
    ) -> tuple[Entry, ...] | Refused:
        """What a response is to be told instead of the conversation, which stays as it is."""
        calls = {one.call_id for one in given if isinstance(one, FunctionCall)}
        calls |= self._conversation.calls()
        for index, one in enumerate(given):
            path = f"response.input[{index}]"
            if isinstance(one, ItemReference):
                if one.id not in self._conversation:
                    return errors.unknown_reference(f"{path}.id", one.id)
            elif refused := fault(one, path, calls, sees=self._bounds.sees, encoding=encoding):
                return refused
        if self._hearing.unheard_ms > UNHEARD_MS and has_sound(given):
            return errors.too_much_unheard("response.input")
        return tuple(self._entry(one, encoding) for one in given)

    def _entry(self, one: Item | ItemReference, encoding: Encoding) -> Entry:
        """An entry for one response only, or the conversation's own."""
        if isinstance(one, ItemReference):
            entry = self._conversation.find(one.id)
            assert entry is not None
            return entry
        return self._admit(one, encoding)
