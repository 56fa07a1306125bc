"""Hearing the user: turns become items, and their sound becomes words.

Every user item with sound is recognised, since a language model reads words; whether the client
sees them is its own choice (`audio.input.transcription`).  Where the model hears, and nobody else
needs the words, nothing is recognised.  Words may be known before the turn
is committed, or after: deltas are told only of committed items, and only words that the
recogniser will not take back.
"""

from typing import Literal

from msgspec import UNSET, structs

from repartee.protocol import errors
from repartee.protocol.audio import MINIMUM_COMMIT_MS, Encoding, ms
from repartee.protocol.config import AnyConfig, Transcription
from repartee.protocol.items import InputAudio, Message
from repartee.protocol.server import (
    ConversationItemAdded,
    ConversationItemDone,
    DurationUsage,
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    SpeechStarted,
    SpeechStopped,
    TimeoutTriggered,
    TokenUsage,
    TranscriptionCompleted,
    TranscriptionDelta,
    TranscriptionError,
    TranscriptionFailed,
)
from repartee.session.commands import Guess, Hear, Judge, Record, Settle, Stop, Transcribe
from repartee.session.conversation import Conversation, Entry
from repartee.session.inputs import Failed, Heard, Judged, Transcribed
from repartee.session.outbox import Outbox
from repartee.session.recognition import Recognition, hints
from repartee.session.tolerance import Tolerance
from repartee.session.turn import Edge, Turn
from repartee.session.usage import Count, transcription_usage

# "Languages detected …, empty if unsure": the recognisers here never say.
_TELLS_LANGUAGES = "gpt-transcribe"


class Hearing:
    """Turns, commits, transcripts."""

    def __init__(
        self,
        config: AnyConfig,
        conversation: Conversation,
        outbox: Outbox,
        count: Count,
        *,
        guesses: bool = False,
        tolerance: Tolerance | None = None,
        hears: bool = False,
    ) -> None:
        """`guesses` says whether transcripts are asked for before turns are over.

        `hears` says that the language model needs none.
        """
        self.turn = Turn(config.audio.input.turn_detection)
        self._config = config
        self._conversation = conversation
        self._outbox = outbox
        self._count = count
        self._guesses = guesses
        self._tolerance = tolerance
        self._hears = hears
        self._over_answer = False  # whether an answer is heard meanwhile
        self._recognitions: dict[str, Recognition] = {}
        self._question: str | None = None  # whether the last pause is the end of the turn

    def configure(self, config: AnyConfig) -> None:
        """Follow a session update; a turn that runs goes on."""
        detection = config.audio.input.turn_detection
        if detection != self._config.audio.input.turn_detection:
            self.turn.detect(detection)
        self._config = config

    def hear(self, heard: Heard, *, over_answer: bool = False) -> Edge | None:
        """Take sound; tell the client where speech begins and the recogniser what was heard.

        `over_answer` says that an answer is heard meanwhile, which speech would end.
        """
        turn = self.turn
        self._over_answer = over_answer
        if turn.vad is None and not turn.has_room(heard.pcm):
            self._outbox.refuse(errors.buffer_full(), heard.event_id)
            return None
        edge = turn.hear(heard.pcm, heard.speech)
        if edge is Edge.STARTED:
            if turn.item_id is None:
                self._open()
            self._weigh()
        elif turn.item_id is None:
            if turn.vad is not None:  # nobody speaks
                return None
            self._open()
        self._feed()
        if edge is Edge.PAUSED:
            self._look_ahead()
        if turn.detected:
            if not turn.announced:
                self._weigh()
            if not turn.has_room(heard.pcm):
                edge = Edge.STOPPED
        return self._unless_overlooked(edge)

    @property
    def held(self) -> bool:
        """Whether somebody speaks over an answer, and may not want to interrupt it."""
        return self.turn.detected and not self.turn.announced

    def _weigh(self) -> None:
        """Tell the client that somebody speaks, unless that may be put up with."""
        item_id, tolerance = self.turn.item_id, self._tolerance
        assert item_id is not None
        if tolerance is not None and self._over_answer:
            text = self._recognitions[item_id].text
            if not tolerance.ends(self.turn.spoken_ms, text):
                return
        self.turn.announced = True
        self._outbox.say(SpeechStarted(audio_start_ms=self.turn.start_ms, item_id=item_id))

    def _unless_overlooked(self, edge: Edge | None) -> Edge | None:
        """What was said over an answer, and is over without interrupting it, was no turn."""
        if edge is not Edge.STOPPED or not self.held:
            return edge
        if not self._words_may_come:
            self._drop_recognition()
            self.turn.overlook()
        return None

    @property
    def _words_may_come(self) -> bool:
        """Whether a sure verdict is ahead of the words, which may be those of an interruption."""
        turn, recognition = self.turn, self._recognitions[self.turn.item_id or ""]
        awaited = self._guesses and recognition.open and not recognition.guess(turn.last_speech)
        early = turn.vad is not None and turn.silent_ms < turn.vad.silence_ms
        return turn.paused and awaited and early

    def judge(self, judged: Judged) -> Edge | None:
        """Take a verdict on the pause; whether it ends the turn."""
        if self._question != judged.ref:
            return None
        return self._unless_overlooked(self.turn.judged(judged.finished))

    @property
    def guess(self) -> Entry | None:
        """The item that the turn will become if nothing but silence follows, if that is known."""
        recognition = self._recognitions.get(self.turn.item_id or "")
        guess = recognition and recognition.guess(self.turn.last_speech)
        if not guess or not self.turn.paused:
            return None
        entry = Entry(Message(id=guess.ref, role="user", content=[InputAudio()]))
        entry.transcript = guess.text
        return entry

    def stop(self) -> None:
        """Speech ended: tell the client."""
        assert self.turn.item_id is not None
        self._outbox.say(SpeechStopped(audio_end_ms=self.turn.end_ms, item_id=self.turn.item_id))

    def time_out(self, idle_ms: int) -> None:
        """Nobody spoke for so long: the silence becomes a turn without words."""
        item_id = self.turn.item_id
        if item_id is None:
            item_id = self._outbox.new_id("item")
            self.turn.quieten(item_id, idle_ms)
            self._leave_unheard(item_id)
        self._outbox.say(
            TimeoutTriggered(
                audio_start_ms=self.turn.start_ms,
                audio_end_ms=self.turn.end_ms,
                item_id=item_id,
            )
        )
        self.commit()

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
        entry.audio, entry.audio_ms = sound, ms(len(sound))
        wanted = self._config.audio.input.transcription
        if wanted is not None and self._recognitions[item_id].skipped:
            self._recognize(item_id, sound)
        self._settle(item_id, entry, wanted)
        previous = self._conversation.add(entry)
        self._outbox.say(InputAudioBufferCommitted(previous_item_id=previous, item_id=item_id))
        self._outbox.say(ConversationItemAdded(previous_item_id=previous, item=entry.item))
        self._outbox.say(ConversationItemDone(previous_item_id=previous, item=entry.item))
        self._tell(item_id)
        return entry

    def clear(self) -> None:
        """Forget the buffer, and stop recognising it."""
        self._drop_recognition()
        self.turn.close()
        self._outbox.say(InputAudioBufferCleared())

    def _drop_recognition(self) -> None:
        """Nobody wants the words of what is being said."""
        item_id = self.turn.item_id
        if item_id is not None and self._recognitions.pop(item_id).open:
            self._outbox.ask(Stop(item_id))

    def recognize(self, entry: Entry, sound: bytes, encoding: Encoding) -> None:
        """Learn the words of an item that came with its sound."""
        entry.audio, entry.audio_ms = sound, ms(len(sound), encoding)
        entry.encoding = encoding
        ref = self._outbox.new_id("asr")  # the item's id is the client's, and may come again
        if self._hears:
            self._leave_unheard(ref)
        else:
            self._recognize(ref, sound, encoding)
        self._settle(ref, entry, None)
        self._tell(ref)

    @property
    def unheard_ms(self) -> float:
        """How much sound of items waits for its words."""
        entries = (recognition.entry for recognition in self._recognitions.values())
        return sum(entry.audio_ms for entry in entries if entry is not None)

    def awaits(self, ref: str) -> bool:
        """Whether this is a recognition."""
        return ref in self._recognitions

    def learn(self, fact: Transcribed | Failed) -> Entry | None:
        """Take what the recogniser tells; the item whose words are now settled, if any."""
        recognition = self._recognitions.get(fact.ref)
        if recognition is None or not recognition.open:
            return None
        recognition.learn(fact)
        if isinstance(fact, Transcribed) and not fact.final and not recognition.open:
            self._outbox.ask(Stop(fact.ref))  # the guess has become final
        if self.held and fact.ref == self.turn.item_id:
            self._weigh()
        return self._tell(fact.ref)

    def abandon(self) -> None:
        """Nobody waits for the words of what was said any more."""
        for recognition in self._recognitions.values():
            if recognition.entry is not None:
                self._record(recognition.entry, recognition, "cancelled")
        self._recognitions.clear()

    def _open(self) -> str:
        """Name the item that the turn will become, and open its recognition."""
        item_id = self._outbox.new_id("item")
        self.turn.open(item_id)
        if self._needs_words:
            self._recognize(item_id)
        else:
            self._leave_unheard(item_id)
            self._recognitions[item_id].skipped = True
        return item_id

    def _recognize(self, ref: str, sound: bytes = b"", encoding: Encoding = "audio/pcm") -> None:
        """Open a recognition, with the sound that there is already."""
        self._recognitions[ref] = Recognition()
        self._outbox.ask(Transcribe(ref, hints(self._config.audio.input.transcription)))
        if sound:
            self._outbox.ask(Hear(ref, sound, encoding))

    @property
    def _needs_words(self) -> bool:
        """Whether anybody reads what is being said: the model, the client, or whoever judges."""
        vad, wanted = self.turn.vad, self._config.audio.input.transcription
        judged = self._tolerance is not None or (vad is not None and vad.eagerness is not None)
        return not self._hears or wanted is not None or judged

    def _leave_unheard(self, ref: str) -> None:
        """An item in which nobody looks for words."""
        self._recognitions[ref] = Recognition()
        self._recognitions[ref].latest = Transcribed(ref, "", final=True)

    def _feed(self) -> None:
        """Pass the turn's new sound on, as long as somebody listens."""
        item_id = self.turn.item_id
        if item_id is None:
            return
        sound = self.turn.unrecognized()
        if sound and self._recognitions[item_id].open:
            self._outbox.ask(Hear(item_id, sound))

    def _look_ahead(self) -> None:
        """The speaker has paused: see whether the turn is over, and what it will have said."""
        item_id, turn = self.turn.item_id, self.turn
        assert item_id is not None
        recognition = self._recognitions[item_id]
        if self._guesses and recognition.open:
            recognition.ask_guess(turn.last_speech)
            self._outbox.ask(Guess(item_id))
        if turn.vad is not None and turn.vad.eagerness is not None:
            self._question = self._outbox.new_id("pause")
            self._outbox.ask(Judge(self._question, turn.lately(), recognition.text))

    def _settle(self, ref: str, entry: Entry, wanted: Transcription | None) -> None:
        """The sound is complete; `wanted` says whether the client will see its words."""
        recognition = self._recognitions[ref]
        was_open = recognition.open
        recognition.wanted = wanted
        recognition.settle(entry, self.turn.last_speech, self._outbox.now)
        entry.awaited = True
        if was_open:
            self._outbox.ask(Settle(ref) if recognition.open else Stop(ref))

    def _tell(self, ref: str) -> Entry | None:
        """Tell the client what may be told; the entry once its words are settled."""
        recognition = self._recognitions[ref]
        entry, latest = recognition.entry, recognition.latest
        if entry is None or latest is None:
            return None
        if isinstance(latest, Failed):
            self._fail(entry, recognition, latest)
        else:
            if latest.final or recognition.in_pieces:
                self._delta(entry, recognition)
            if not latest.final:
                return None
            self._complete(entry, recognition)
        entry.awaited = False
        del self._recognitions[ref]
        return entry

    def _delta(self, entry: Entry, recognition: Recognition) -> None:
        """Words that will stay: the deltas of an item add up to its transcript."""
        delta, logprobs = recognition.delta()
        if delta and recognition.wanted is not None:
            told = TranscriptionDelta(item_id=entry.id, content_index=0, delta=delta)
            if self._config.include:
                told.logprobs = logprobs
            self._outbox.say(told)

    def _complete(self, entry: Entry, recognition: Recognition) -> None:
        entry.transcript = recognition.told
        if recognition.wanted is None:
            self._record(entry, recognition, "completed")
            return
        assert isinstance(entry.item, Message)
        entry.item = structs.replace(
            entry.item, content=[InputAudio(transcript=recognition.told, audio=UNSET)]
        )
        usage = transcription_usage(
            recognition.wanted.model, entry.audio_ms, recognition.told, self._count
        )
        self._record(entry, recognition, "completed", usage)
        told = TranscriptionCompleted(
            item_id=entry.id, content_index=0, transcript=recognition.told, usage=usage
        )
        if recognition.wanted.model == _TELLS_LANGUAGES:
            told.languages = []
        if self._config.include:
            told.logprobs = recognition.logprobs()
        self._outbox.say(told)

    def _fail(self, entry: Entry, recognition: Recognition, failed: Failed) -> None:
        entry.transcript, entry.failed = recognition.told, failed
        self._record(entry, recognition, "failed")
        if recognition.wanted is not None:
            error = TranscriptionError(code=failed.code, message=failed.message)
            self._outbox.say(TranscriptionFailed(item_id=entry.id, content_index=0, error=error))

    def _record(
        self,
        entry: Entry,
        recognition: Recognition,
        status: Literal["completed", "cancelled", "failed"],
        usage: DurationUsage | TokenUsage | None = None,
    ) -> None:
        """Have the sound of an item accounted for, whether or not the client sees its words."""
        model = recognition.wanted.model if recognition.wanted else None
        self._outbox.ask(
            Record(
                kind="transcription",
                id=entry.id,
                status=status,
                usage=usage,
                model=model or None,
                audio_s=entry.audio_ms / 1000,
                duration_s=self._outbox.now - recognition.settled,
            )
        )
