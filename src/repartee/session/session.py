"""The session: everything the server decides, and nothing it does.

Whatever happens is told to `Session.step` in one synchronous call: a client's event, a fact
from the driver, a moment of time.  It answers with a list, in order: events for the client and
commands for the driver.  It never waits and never raises for a client's fault.

The machines meet here and nowhere else:

    configuration what the session is told about itself
    hearing       turns of the user: buffer, edges of speech, commits, transcripts
    conversation  items in order, and what the model is told of them
    editor        what the client does to them
    answering     what is answered, and in which manner
    replies       responses from created to done
    playback      what of them has been heard
    quiet         the silence after an answer
"""

from collections.abc import Callable
from math import inf
from typing import assert_never

from msgspec import Struct, structs

from repartee.protocol import errors
from repartee.protocol.audio import Encoding
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
    ResponseCancel,
    ResponseCreate,
    SessionUpdate,
)
from repartee.protocol.config import AnyConfig, encoding
from repartee.protocol.errors import Refused
from repartee.protocol.server import (
    ConversationBody,
    ConversationCreated,
    SessionCreated,
    SessionUpdated,
)
from repartee.session.admission import sound_fault
from repartee.session.answering import Answering
from repartee.session.bounds import Bounds
from repartee.session.capacity import no_turn
from repartee.session.commands import Close
from repartee.session.configuration import Configuration
from repartee.session.conversation import Conversation
from repartee.session.editor import Editor
from repartee.session.hearing import Hearing
from repartee.session.inputs import (
    Called,
    Failed,
    Finished,
    Heard,
    Input,
    Judged,
    Said,
    Sounded,
    Tick,
    Transcribed,
)
from repartee.session.outbox import Outbox, Output
from repartee.session.pace import Pace
from repartee.session.playback import Playback
from repartee.session.quiet import Quiet
from repartee.session.replies import Replies
from repartee.session.turn import Edge

# What only a session that answers can be asked.
_ABOUT_ANSWERS = (
    ConversationItemCreate,
    ConversationItemTruncate,
    ResponseCreate,
    ResponseCancel,
    OutputAudioBufferClear,
)


class Session:
    """One conversation with one client."""

    def __init__(
        self,
        config: AnyConfig,
        *,
        new_id: Callable[[str], str],
        now: float,
        bounds: Bounds | None = None,
        said: Struct | None = None,
        paced: bool = False,
    ) -> None:
        """`said` is what the key of the client has bound, and `config` must allow.

        `paced` says that sound is played as time goes by, and not sent in events.
        """
        self.closed = False
        self._bounds = bounds or Bounds()
        self._expires = now + self._bounds.minutes * 60
        self._config = Configuration(config, self._bounds)
        if said is not None:
            self._config.bind(said)
        self._outbox = Outbox(new_id)
        self._conversation = Conversation(new_id("conv"))
        self._hearing = Hearing(
            self.config,
            self._conversation,
            self._outbox,
            self._bounds.count,
            guesses=self._bounds.guesses,
            tolerance=self._bounds.tolerance,
            hears=self._bounds.hears,
        )
        self._playback = Playback(self._conversation, self._outbox, paced=paced)
        self._replies = Replies(self._conversation, self._outbox, self._playback)
        self._editor = Editor(self._conversation, self._hearing, self._outbox, self._bounds)
        self._answering = Answering(
            self._config, self._conversation, self._editor, self._replies, self._bounds
        )
        self._quiet = Quiet()
        self._updates = Pace(self._bounds.caps.updates_per_s, now)
        idle_minutes = self._bounds.idle_minutes
        self._idle_s = inf if idle_minutes is None else idle_minutes * 60
        self._now = self._stirred = now

    @property
    def config(self) -> AnyConfig:
        """The configuration in force."""
        return self._config.current

    @property
    def room(self) -> float:
        """Bytes of sound that the client may still append; where turns are found, any number."""
        turn = self._hearing.turn
        return inf if turn.vad is not None else turn.buffer.room

    @property
    def indifference(self) -> float:
        """Sound that is less like speech than this may be told late, as long as it is in order."""
        return self._hearing.turn.indifference

    @property
    def deadline(self) -> float:
        """`step(Tick(), …)` at the latest then."""
        deadline = min(self._expires, self._abandoned, self._playback.deadline)
        return min(deadline, self._silence_ends) if self._quiet.counts else deadline

    @property
    def _silence_ends(self) -> float:
        """When nobody will have spoken for too long."""
        return self._quiet.end(self._idle_ms, self._playback.until)

    @property
    def _abandoned(self) -> float:
        """When nothing will have happened for too long."""
        return self._stirred + self._idle_s

    def open(self) -> list[Output]:
        """The first words, before anything happened."""
        self._outbox.say(SessionCreated(session=self._config.current))
        if self._config.answering is not None:
            body = ConversationBody(id=self._conversation.id)
            self._outbox.say(ConversationCreated(conversation=body))
        self._outbox.ask(self._config.listen())
        return self._outbox.drain()

    def step(self, event: ClientEvent | Input, now: float) -> list[Output]:
        """Take one thing that happened; everything that follows from it, in order."""
        if self.closed:
            return []
        self._now = self._outbox.now = now
        if now >= self._expires:
            self._expire(errors.session_expired(self._bounds.minutes))
        elif now >= self._abandoned:
            self._expire(errors.session_idle(self._bounds.idle_minutes or 0))
        else:
            if not isinstance(event, Tick):
                self._stirred = now
            self._live(event)
        return self._outbox.drain()

    def leave(self, now: float) -> list[Output]:
        """The client is gone: what is under way ends, and its cost is still to be kept."""
        if self.closed:
            return []
        self._outbox.now = now
        self._hearing.abandon()
        self._replies.abandon()
        self.closed = True
        return self._outbox.drain()

    def _live(self, event: ClientEvent | Input) -> None:
        """Take what happened, and see whether an answer or the silence after it has ended."""
        replies, paced = self._replies, self._playback.paced
        begun, answering = replies.begun, replies.active
        if paced:
            self._playback.tick()
        self._take(event)
        if not self._hearing.turn.paused:
            replies.foresight.drop()
        if paced:
            self._playback.tick()
            self._playback.duck(self._hearing.held)
        if replies.begun != begun or replies.active is not answering:
            if replies.active is None and not self._hearing.turn.announced:
                self._quiet.begins(self._now)
            else:
                self._quiet.broken()
        if self._quiet.counts and self._now >= self._silence_ends:
            self._nudge()

    def _take(self, event: ClientEvent | Input) -> None:
        match event:
            case Heard():
                self._hear(event)
            case Judged():
                if self._hearing.judge(event) is Edge.STOPPED:
                    self._turn()
            case Transcribed():
                self._learn(event)
            case Failed() if self._hearing.awaits(event.ref):
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
        if self._config.answering is None and isinstance(event, _ABOUT_ANSWERS):
            refused = errors.not_in_transcription(str(event.__struct_config__.tag))
            self._outbox.refuse(refused, event.event_id)
            return
        match event:
            case SessionUpdate():
                refused = self._update(event)
            case InputAudioBufferAppend(audio=audio):
                refused = self._append(audio, event.event_id)
            case InputAudioBufferCommit():
                refused = no_turn(self._conversation, self._bounds.caps)
                if refused is None:
                    self._hearing.commit_if_enough(event.event_id)
            case InputAudioBufferClear():
                self._hearing.clear()
                # The detector must not go on with speech that is forgotten.
                self._outbox.ask(structs.replace(self._config.listen(), anew=True))
            case ConversationItemCreate():
                refused = self._editor.create(event, self._encoding)
            case ConversationItemRetrieve(item_id=item_id):
                refused = self._editor.retrieve(item_id, self._encoding)
            case ConversationItemTruncate():
                refused = self._editor.truncate(event)
                if refused is None and not self._playback.paced:
                    self._playback.hush()
            case ConversationItemDelete(item_id=item_id):
                refused = self._editor.delete(item_id)
            case ResponseCreate():
                refused = self._answering.respond(event, self._encoding)
            case ResponseCancel(response_id=response_id):
                refused = self._answering.cancel(response_id)
            case OutputAudioBufferClear():
                refused = self._clear_output()
            case _:
                assert_never(event)
        if refused is not None:
            self._outbox.refuse(refused, event.event_id)

    def _clear_output(self) -> Refused | None:
        """Play nothing more; on a WebSocket the client does the playing."""
        if not self._playback.paced:
            return errors.not_on_websocket("output_audio_buffer.clear")
        self._playback.hush()
        return None

    def _expire(self, refused: Refused) -> None:
        """The session is as old as it may be, or forgotten by its client."""
        self._hearing.abandon()
        self._replies.fail_all("session_expired", refused.message)
        self._outbox.refuse(refused, None)
        self._outbox.ask(Close(1001, refused.message))
        self.closed = True

    # The user's sound

    def _append(self, audio: bytes, event_id: str | None) -> Refused | None:
        """Sound usually comes by way of the listener; here it comes unjudged, or wrong."""
        refused = sound_fault(audio, "audio", self._encoding)
        if refused is None:
            self._hear(Heard(audio, event_id=event_id))
        return refused

    def _hear(self, heard: Heard) -> None:
        """Take sound; a full buffer may end a turn with the sound that begins it."""
        turn = self._hearing.turn
        was_speaking = turn.announced
        edge = self._hearing.hear(heard, over_answer=self._may_interrupt)
        if turn.announced and not was_speaking:
            self._attend()
        if edge is Edge.STOPPED:
            self._turn()

    def _attend(self) -> None:
        """Whoever begins to speak interrupts, if that is how it should be."""
        self._quiet.broken()
        vad = self._config.detection
        if vad is not None and vad.interrupt_response:
            self._interrupt()

    @property
    def _may_interrupt(self) -> bool:
        """Whether an answer is given, or heard, that speech would end."""
        if self._replies.active is None and self._now >= self._playback.until:
            return False
        vad = self._config.detection
        return vad is not None and vad.interrupt_response

    def _turn(self) -> None:
        """The user's turn is over: answer it."""
        vad = self._config.detection
        self._hearing.stop()
        self._hearing.commit()
        if vad is not None and vad.create_response:
            self._answering.answer()

    def _interrupt(self) -> None:
        """The user speaks: the answer ends, and nobody plays what there is of one any more."""
        if self._replies.active is not None:
            self._replies.cancel(self._replies.active.ref, "turn_detected")
        self._playback.hush()

    @property
    def _encoding(self) -> Encoding:
        """How the client's sound comes."""
        return encoding(self._config.input.format)

    @property
    def _idle_ms(self) -> int | None:
        """How long nobody may speak after an answer, if the client set a time."""
        return self._hearing.turn.idle_ms

    def _nudge(self) -> None:
        """Nobody has spoken for too long: the model gets a turn of silence to answer."""
        assert self._idle_ms is not None
        self._quiet.broken()
        self._hearing.time_out(self._idle_ms)
        self._answering.answer()

    def _learn(self, fact: Transcribed | Failed) -> None:
        was_speaking = self._hearing.turn.announced
        entry = self._hearing.learn(fact)
        if self._hearing.turn.announced and not was_speaking:
            self._attend()
        if entry is not None:
            self._replies.resolve(entry, fact if isinstance(fact, Failed) else None)
        elif isinstance(fact, Transcribed) and fact.complete and (said := self._hearing.guess):
            self._answering.foresee(said)

    # The configuration

    def _update(self, event: SessionUpdate) -> Refused | None:
        if not self._updates.admits(self._now):
            return errors.too_often("session.update", self._updates.a_second)
        before = self._config.listen()
        has_spoken = self._conversation.has_assistant_audio
        refused = self._config.update(event.session, has_spoken=has_spoken)
        if refused is not None:
            return refused
        self._hearing.configure(self._config.current)
        self._outbox.say(SessionUpdated(session=self._config.current))
        if (listen := self._config.listen()) != before:
            self._outbox.ask(listen)
        return None
