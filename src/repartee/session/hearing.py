"""Hearing the user: turns become items, and their sound becomes words.

Every user item with sound is recognised, since a language model reads words; whether the client
sees them is its own choice (`audio.input.transcription`).  Words may be known before the turn
is committed, or after: deltas are told only of committed items, and only words that the
recogniser will not take back.
"""

from msgspec import UNSET, structs

from repartee.protocol import errors
from repartee.protocol.audio import MINIMUM_COMMIT_MS, ms
from repartee.protocol.config import AudioInput, Transcription
from repartee.protocol.items import InputAudio, Message
from repartee.protocol.prompt import Hints
from repartee.protocol.server import (
    ConversationItemAdded,
    ConversationItemDone,
    DurationUsage,
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    SpeechStarted,
    SpeechStopped,
    TranscriptionCompleted,
    TranscriptionDelta,
    TranscriptionError,
    TranscriptionFailed,
)
from repartee.session.commands import Hear, Settle, Stop, Transcribe
from repartee.session.conversation import Conversation, Entry
from repartee.session.inputs import Failed, Heard, Transcribed
from repartee.session.outbox import Outbox
from repartee.session.turn import Edge, Turn


class Recognition:
    """The recogniser's work on one item; `entry` is None until the turn is committed."""

    def __init__(self) -> None:
        self.entry: Entry | None = None
        self.shown = False  # whether the client asked to see the words
        self.told = ""  # what deltas have told
        self.latest: Transcribed | Failed | None = None

    @property
    def open(self) -> bool:
        """Whether the recogniser still listens."""
        return self.latest is None or (
            isinstance(self.latest, Transcribed) and not self.latest.final
        )


class Hearing:
    """Turns, commits, transcripts."""

    def __init__(self, config: AudioInput, conversation: Conversation, outbox: Outbox) -> None:
        self.turn = Turn(config.turn_detection)
        self._config = config
        self._conversation = conversation
        self._outbox = outbox
        self._recognitions: dict[str, Recognition] = {}

    def configure(self, config: AudioInput) -> None:
        """Follow a session update; a turn that runs goes on."""
        if config.turn_detection != self._config.turn_detection:
            self.turn.detect(config.turn_detection)
        self._config = config

    def hear(self, heard: Heard) -> Edge | None:
        """Take sound; tell the client where speech begins and the recogniser what was heard."""
        if self.turn.vad is None and not self.turn.has_room(heard.pcm):
            self._outbox.refuse(errors.buffer_full(), heard.event_id)
            return None
        edge = self.turn.hear(heard.pcm, heard.speech)
        if edge is Edge.STARTED:
            item_id = self.turn.item_id or self._open()
            self._outbox.say(SpeechStarted(audio_start_ms=self.turn.start_ms, item_id=item_id))
        elif self.turn.vad is None and self.turn.item_id is None:
            self._open()
        self._feed()
        full = not self.turn.has_room(heard.pcm)
        return Edge.STOPPED if full and self.turn.detected else edge

    def stop(self) -> None:
        """Speech ended: tell the client."""
        assert self.turn.item_id is not None
        self._outbox.say(SpeechStopped(audio_end_ms=self.turn.end_ms, item_id=self.turn.item_id))

    def commit_if_enough(self, event_id: str | None) -> Entry | None:
        """The client commits: with less than 100 ms it is told so."""
        held = ms(len(self.turn.buffer))
        if held < MINIMUM_COMMIT_MS:
            self._outbox.refuse(errors.buffer_too_small(held), event_id)
            return None
        return self.commit()

    def commit(self) -> Entry:
        """Make an item of the buffer, and tell what is known of its words already."""
        item_id = self.turn.item_id or self._open()
        self._feed()
        sound = self.turn.close()
        entry = Entry(Message(id=item_id, role="user", content=[InputAudio()]))
        entry.audio, entry.audio_ms = bytearray(sound), ms(len(sound))
        self._settle(item_id, entry, shown=self._config.transcription is not None)
        previous = self._conversation.add(entry)
        self._outbox.say(InputAudioBufferCommitted(previous_item_id=previous, item_id=item_id))
        self._outbox.say(ConversationItemAdded(previous_item_id=previous, item=entry.item))
        self._outbox.say(ConversationItemDone(previous_item_id=previous, item=entry.item))
        self._tell(item_id)
        return entry

    def clear(self) -> None:
        """Forget the buffer, and stop recognising it."""
        item_id = self.turn.item_id
        if item_id is not None and self._recognitions.pop(item_id).open:
            self._outbox.ask(Stop(item_id))
        self.turn.close()
        self._outbox.say(InputAudioBufferCleared())

    def recognize(self, entry: Entry, sound: bytes) -> None:
        """Learn the words of an item that came with its sound."""
        entry.audio, entry.audio_ms = bytearray(sound), ms(len(sound))
        ref = self._outbox.new_id("asr")  # the item's id is the client's, and may come again
        self._recognitions[ref] = Recognition()
        self._outbox.ask(Transcribe(ref, self._hints()))
        self._outbox.ask(Hear(ref, sound))
        self._settle(ref, entry, shown=False)

    def learn(self, fact: Transcribed | Failed) -> Entry | None:
        """Take what the recogniser tells; the item whose words are now settled, if any."""
        recognition = self._recognitions.get(fact.ref)
        if recognition is None:
            return None
        recognition.latest = fact
        return self._tell(fact.ref)

    def _open(self) -> str:
        """Name the item that the turn will become, and open its recognition."""
        item_id = self._outbox.new_id("item")
        self.turn.open(item_id)
        self._recognitions[item_id] = Recognition()
        self._outbox.ask(Transcribe(item_id, self._hints()))
        return item_id

    def _feed(self) -> None:
        """Pass the turn's new sound on, as long as somebody listens."""
        item_id = self.turn.item_id
        if item_id is None:
            return
        sound = self.turn.unrecognized()
        if sound and self._recognitions[item_id].open:
            self._outbox.ask(Hear(item_id, sound))

    def _settle(self, ref: str, entry: Entry, *, shown: bool) -> None:
        recognition = self._recognitions[ref]
        recognition.entry, recognition.shown = entry, shown
        entry.awaited = True
        if recognition.open:
            self._outbox.ask(Settle(ref))

    def _hints(self) -> Hints:
        wanted = self._config.transcription or Transcription()
        languages = wanted.languages or ()
        return Hints(
            language=wanted.language or (languages[0] if languages else None),
            prompt=wanted.prompt or None,
            keywords=tuple(wanted.keywords or ()),
        )

    def _tell(self, ref: str) -> Entry | None:
        """Tell the client what may be told; the entry once its words are settled."""
        recognition = self._recognitions[ref]
        entry, latest = recognition.entry, recognition.latest
        if entry is None or latest is None:
            return None
        if isinstance(latest, Failed):
            self._fail(entry, recognition, latest)
        else:
            self._delta(entry, recognition, latest)
            if not latest.final:
                return None
            self._complete(entry, recognition)
        entry.awaited = False
        del self._recognitions[ref]
        return entry

    def _delta(self, entry: Entry, recognition: Recognition, latest: Transcribed) -> None:
        """Words that will stay: the deltas of an item add up to its transcript."""
        stable = latest.text if latest.final else latest.text[: latest.stable]
        delta = stable[len(recognition.told) :]
        recognition.told += delta
        if delta and recognition.shown:
            self._outbox.say(TranscriptionDelta(item_id=entry.id, content_index=0, delta=delta))

    def _complete(self, entry: Entry, recognition: Recognition) -> None:
        entry.transcript = recognition.told
        if not recognition.shown:
            return
        assert isinstance(entry.item, Message)
        entry.item = structs.replace(
            entry.item, content=[InputAudio(transcript=recognition.told, audio=UNSET)]
        )
        self._outbox.say(
            TranscriptionCompleted(
                item_id=entry.id,
                content_index=0,
                transcript=recognition.told,
                usage=DurationUsage(seconds=entry.audio_ms / 1000),
            )
        )

    def _fail(self, entry: Entry, recognition: Recognition, failed: Failed) -> None:
        entry.transcript, entry.failed = recognition.told, failed
        if recognition.shown:
            error = TranscriptionError(code=failed.code, message=failed.message)
            self._outbox.say(TranscriptionFailed(item_id=entry.id, content_index=0, error=error))
