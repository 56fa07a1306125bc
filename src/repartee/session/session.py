"""The session: everything the server decides, and nothing it does.

Whatever happens is told to `Session.step` in one synchronous call: a client's event, a fact
from the driver, a moment of time.  It answers with a list, in order: events for the client and
commands for the driver.  It never waits and never raises for a client's fault.

The machines meet here and nowhere else:

    hearing       turns of the user: buffer, edges of speech, commits, transcripts
    conversation  items in order, and what the model is told of them
    replies       responses from created to done
"""

from collections.abc import Callable
from typing import assert_never

from msgspec import Struct, structs

from repartee.protocol import errors
from repartee.protocol.client import (
    ClientEvent,
    ConversationItemCreate,
    ConversationItemDelete,
    ConversationItemRetrieve,
    ConversationItemTruncate,
    InputAudioBufferAppend,
    InputAudioBufferClear,
    InputAudioBufferCommit,
    OutputAudioBufferClear,
    ResponseAudio,
    ResponseAudioOutput,
    ResponseCancel,
    ResponseConfig,
    ResponseCreate,
    SessionUpdate,
)
from repartee.protocol.config import Config, merge
from repartee.protocol.errors import Refused
from repartee.protocol.items import FunctionCall, Item, ItemReference, Message
from repartee.protocol.server import (
    ConversationItemAdded,
    ConversationItemDeleted,
    ConversationItemDone,
    ConversationItemRetrieved,
    ConversationItemTruncated,
    SessionCreated,
    SessionUpdated,
)
from repartee.session.admission import fault, sound_fault
from repartee.session.commands import Close, Listen
from repartee.session.conversation import Conversation, Entry, sound_of, without_sound
from repartee.session.hearing import Hearing
from repartee.session.inputs import (
    Called,
    Failed,
    Finished,
    Heard,
    Input,
    Said,
    Sounded,
    Tick,
    Transcribed,
)
from repartee.session.outbox import Outbox, Output
from repartee.session.replies import Manner, Replies
from repartee.session.turn import Edge


class Bounds(Struct, frozen=True):
    """What a session may use, and what its engines can do."""

    minutes: float = 60  # of its life
    window: int = 28_224  # tokens of input that the language model takes
    sees: bool = False  # whether the language model sees images


class Session:
    """One conversation with one client."""

    def __init__(
        self,
        config: Config,
        *,
        new_id: Callable[[str], str],
        now: float,
        bounds: Bounds | None = None,
    ) -> None:
        self.config = config
        self.closed = False
        self._defaults = config
        self._bounds = bounds or Bounds()
        self._expires = now + self._bounds.minutes * 60
        self._outbox = Outbox(new_id)
        self._conversation = Conversation(new_id("conv"))
        self._hearing = Hearing(config.audio.input, self._conversation, self._outbox)
        self._replies = Replies(self._conversation, self._outbox)

    @property
    def deadline(self) -> float:
        """`step(Tick(), …)` at the latest then."""
        return self._expires

    def open(self) -> list[Output]:
        """The first words, before anything happened."""
        self._outbox.say(SessionCreated(session=self.config))
        self._outbox.ask(Listen(judge=self.config.audio.input.turn_detection is not None))
        return self._outbox.drain()

    def step(self, event: ClientEvent | Input, now: float) -> list[Output]:
        """Take one thing that happened; everything that follows from it, in order."""
        if self.closed:
            return []
        if now >= self._expires:
            self._expire()
        else:
            self._take(event)
        return self._outbox.drain()

    def _take(self, event: ClientEvent | Input) -> None:
        match event:
            case Heard():
                self._hear(event)
            case Transcribed():
                self._learn(event)
            case Failed() if event.ref not in self._replies:
                self._learn(event)
            case Said() | Sounded() | Called() | Finished() | Failed():
                self._replies.follow(event)
            case Refused():
                self._outbox.refuse(event, event.event_id)
            case Tick():
                pass
            case _:
                self._obey(event)

    def _obey(self, event: ClientEvent) -> None:  # noqa: C901 - one case for each client event
        """Do what the client asks, or tell it what is wrong."""
        refused: Refused | None = None
        match event:
            case SessionUpdate():
                refused = self._update(event)
            case InputAudioBufferAppend(audio=audio):
                refused = self._append(audio, event.event_id)
            case InputAudioBufferCommit():
                self._hearing.commit_if_enough(event.event_id)
            case InputAudioBufferClear():
                self._hearing.clear()
            case ConversationItemCreate():
                refused = self._create_item(event)
            case ConversationItemRetrieve(item_id=item_id):
                refused = self._retrieve(item_id)
            case ConversationItemTruncate():
                refused = self._truncate(event)
            case ConversationItemDelete(item_id=item_id):
                refused = self._delete(item_id)
            case ResponseCreate():
                refused = self._respond(event)
            case ResponseCancel(response_id=response_id):
                refused = self._cancel(response_id)
            case OutputAudioBufferClear():
                refused = errors.not_on_websocket("output_audio_buffer.clear")
            case _:
                assert_never(event)
        if refused is not None:
            self._outbox.refuse(refused, event.event_id)

    def _expire(self) -> None:
        """The session is as old as it may be."""
        refused = errors.session_expired(self._bounds.minutes)
        self._replies.fail_all("session_expired", refused.message)
        self._outbox.refuse(refused, None)
        self._outbox.ask(Close(1001, refused.message))
        self.closed = True

    # The user's sound

    def _append(self, audio: bytes, event_id: str | None) -> Refused | None:
        """Sound usually comes by way of the listener; here it comes unjudged, or wrong."""
        refused = sound_fault(audio, "audio")
        if refused is None:
            self._hear(Heard(audio, event_id=event_id))
        return refused

    def _hear(self, heard: Heard) -> None:
        vad = self.config.audio.input.turn_detection
        match self._hearing.hear(heard):
            case Edge.STARTED:
                if vad is not None and vad.interrupt_response and self._replies.active is not None:
                    self._replies.cancel(self._replies.active.ref, "turn_detected")
            case Edge.STOPPED:
                self._hearing.stop()
                self._hearing.commit()
                if vad is not None and vad.create_response and self._replies.active is None:
                    self._reply(self._response_config(), self._conversation.entries())
            case None:
                pass

    def _learn(self, fact: Transcribed | Failed) -> None:
        entry = self._hearing.learn(fact)
        if entry is not None:
            self._replies.resolve(entry, fact if isinstance(fact, Failed) else None)

    # The configuration

    def _update(self, event: SessionUpdate) -> Refused | None:
        config = merge(self.config, event.session, self._defaults)
        config = structs.replace(config, model=self.config.model)
        voice = config.audio.output.voice
        if self._voice_locked(voice != self.config.audio.output.voice):
            return errors.voice_locked()
        judged = self.config.audio.input.turn_detection is not None
        self.config = config
        self._hearing.configure(config.audio.input)
        self._outbox.say(SessionUpdated(session=config))
        if judged != (config.audio.input.turn_detection is not None):
            self._outbox.ask(Listen(judge=not judged))
        return None

    def _voice_locked(self, differs: bool) -> bool:
        """ "Once the model has responded with audio, the voice cannot be changed." """
        return differs and self._conversation.has_assistant_audio

    # The conversation

    def _create_item(self, event: ConversationItemCreate) -> Refused | None:
        previous_id = event.previous_item_id
        if previous_id not in (None, "root") and previous_id not in self._conversation:
            return errors.unknown_previous(str(previous_id))
        item = event.item
        if item.id is not None and self._taken(item.id):
            return errors.duplicate_item(item.id)
        calls = self._conversation.calls()
        if refused := fault(item, "item", calls, sees=self._bounds.sees):
            return refused
        entry = self._admit(item)
        previous = self._conversation.add(entry, previous_id)
        self._outbox.say(ConversationItemAdded(previous_item_id=previous, item=entry.item))
        self._outbox.say(ConversationItemDone(previous_item_id=previous, item=entry.item))
        return None

    def _taken(self, item_id: str) -> bool:
        """An id that was announced for what the user is saying is taken, too."""
        return item_id in self._conversation or item_id == self._hearing.turn.item_id

    def _admit(self, item: Item) -> Entry:
        """An entry for a client's item: with an id, final, its sound kept apart."""
        new_id = self._outbox.new_id
        item_id = item.id or new_id("item")
        if isinstance(item, FunctionCall):
            call_id = item.call_id or new_id("call")
            item = structs.replace(item, call_id=call_id)
        final = structs.replace(item, id=item_id, object="realtime.item", status="completed")
        entry = Entry(without_sound(final))
        if isinstance(item, Message) and (sound := sound_of(item.content)):
            self._hearing.recognize(entry, sound)
        return entry

    def _retrieve(self, item_id: str) -> Refused | None:
        entry = self._conversation.find(item_id)
        if entry is None:
            return errors.item_not_found("retrieve", item_id)
        self._outbox.say(ConversationItemRetrieved(item=entry.retrieved()))
        return None

    def _delete(self, item_id: str) -> Refused | None:
        if item_id not in self._conversation:
            return errors.item_not_found("delete", item_id)
        self._conversation.delete(item_id)
        self._outbox.say(ConversationItemDeleted(item_id=item_id))
        return None

    def _truncate(self, event: ConversationItemTruncate) -> Refused | None:
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

    # Responses

    def _respond(self, event: ResponseCreate) -> Refused | None:
        base = self._response_config()
        config = base if event.response is None else merge(base, event.response)
        if config.conversation == "auto" and self._replies.active is not None:
            return errors.response_active(self._replies.active.ref)
        if self._voice_locked(config.audio.output.voice != base.audio.output.voice):
            return errors.voice_locked()
        if config.input is None:
            self._reply(config, self._conversation.entries())
            return None
        refused = self._input_fault(config.input)
        if refused is None:
            self._reply(config, tuple(self._input(one) for one in config.input))
        return refused

    def _response_config(self) -> ResponseConfig:
        """What a response is like if it says nothing of itself."""
        config = self.config
        output = config.audio.output
        return ResponseConfig(
            output_modalities=config.output_modalities,
            instructions=config.instructions,
            audio=ResponseAudio(ResponseAudioOutput(output.format, output.voice)),
            tools=config.tools,
            tool_choice=config.tool_choice,
            parallel_tool_calls=config.parallel_tool_calls,
            reasoning=config.reasoning,
            max_output_tokens=config.max_output_tokens,
        )

    def _input_fault(self, given: tuple[Item | ItemReference, ...]) -> Refused | None:
        calls = {one.call_id for one in given if isinstance(one, FunctionCall)}
        calls |= self._conversation.calls()
        for index, one in enumerate(given):
            path = f"response.input[{index}]"
            if isinstance(one, ItemReference):
                if one.id not in self._conversation:
                    return errors.unknown_reference(f"{path}.id", one.id)
            elif refused := fault(one, path, calls, sees=self._bounds.sees):
                return refused
        return None

    def _input(self, one: Item | ItemReference) -> Entry:
        """An entry for one response only, or the conversation's own."""
        if isinstance(one, ItemReference):
            entry = self._conversation.find(one.id)
            assert entry is not None
            return entry
        return self._admit(one)

    def _reply(self, config: ResponseConfig, context: tuple[Entry, ...]) -> None:
        manner = Manner(self.config.model, self.config.audio.output.speed, self._bounds.window)
        self._replies.create(config, context, manner)

    def _cancel(self, response_id: str | None) -> Refused | None:
        active = self._replies.active
        ref = response_id or (active.ref if active is not None else None)
        if ref is None or ref not in self._replies:
            return errors.nothing_to_cancel()
        self._replies.cancel(ref, "client_cancelled")
        return None
