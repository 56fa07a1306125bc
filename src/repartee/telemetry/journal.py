"""The journal: from a session's steps to what there is to tell of it.

It watches at the driver's one door, keeps for each turn when what began, and tells listeners when
something is over.  Of a frame of sound only its length is added up.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET, Struct, field

from repartee.protocol.audio import BYTES_PER_MS, bytes_per_ms
from repartee.protocol.call import OutputBufferStarted
from repartee.protocol.client import ConversationItemCreate
from repartee.protocol.config import ServerVad, encoding
from repartee.protocol.items import FunctionCallOutput
from repartee.protocol.server import (
    ArgumentsDone,
    ConversationItemTruncated,
    Error,
    OutputAudioDelta,
    ResponseCreated,
    ResponseDone,
    SessionCreated,
    SessionUpdated,
    SpeechStarted,
    SpeechStopped,
)
from repartee.runtime.watching import Opening, Step
from repartee.session.commands import (
    Close,
    Judge,
    Play,
    Proceed,
    Record,
    Reply,
    Stop,
    Transcribe,
)
from repartee.session.inputs import Called, Failed, Heard, Said, Sounded
from repartee.telemetry.facts import (
    Answered,
    Began,
    Ended,
    Engine,
    Fact,
    Failure,
    FirstSounded,
    Interrupted,
    Listener,
    Recognized,
    Stage,
    Staged,
    Stopped,
    Told,
    ToolAnswered,
    Who,
)

_MOST_CALLS = 128  # of tools, whose outputs may never come
_BYTES_PER_S = 1000 * BYTES_PER_MS
# How the codes of failures begin, by whose they are; others are of whoever did the work.
_AT_FAULT: dict[str, Engine] = {"transcription": "ears", "model": "mind", "voice": "voice"}


class Counts:
    """What is counted at every step of every session: plain numbers, and nothing else."""

    def __init__(self) -> None:
        self.heard_bytes = 0  # of 24 kHz mono s16
        self.said_s = 0.0
        self.events: defaultdict[type, int] = defaultdict(int)
        self.inflight: defaultdict[Engine, int] = defaultdict(int)


class _Turn(Struct):
    """A spoken turn that is over."""

    item: str
    stopped: float
    stages: dict[Stage, float]


class _Work(Struct):
    """An engine at work; of a mind, when it gave what first."""

    engine: Engine
    asked: float
    stopped: float | None = None
    text: float | None = None
    sound: float | None = None
    stages: dict[Stage, float] = field(default_factory=dict)


class _Answer(Struct):
    """A response on its way."""

    begun: float
    bytes_per_s: float
    turn: _Turn | None
    work: _Work | None = None
    first_sound_s: float | None = None
    has_sounded: bool = False


class Journal:
    """Of one session: a `Watcher`."""

    def __init__(
        self, who: Who, opening: Opening, listeners: Sequence[Listener], counts: Counts
    ) -> None:
        self._who, self._listeners, self._counts = who, listeners, counts
        self._hears, self._speaks = opening.bounds.hears, opening.bounds.speaks
        self._threshold = ServerVad().threshold
        self._begun: float | None = None
        self._expired = False
        self._heard_bytes, self._said_s, self._responses = 0, 0.0, 0
        self._spoke_at: float | None = None  # when a frame was last taken for speech
        self._turn: _Turn | None = None  # the last one
        self._unanswered: _Turn | None = None  # the same, until a response is begun
        self._until = 0.0  # when all that was said will have been played
        self._answers: dict[str, _Answer] = {}
        self._latest: _Answer | None = None  # of those in the conversation
        self._works: dict[str, _Work] = {}
        self._foreseen: _Work | None = None  # the last reply that was begun early
        self._cut_short: set[str] = set()  # items
        self._calls: dict[str, float] = {}  # of tools

    # What the driver tells

    def stepped(self, step: Step) -> None:
        event, now = step.event, step.now
        if type(event) is Heard:
            self._counts.heard_bytes += len(event.pcm)
            self._heard_bytes += len(event.pcm)
            if event.speech is not None and event.speech >= self._threshold:
                self._spoke_at = now
        elif event is not None:
            self._counts.events[type(event)] += 1
            if take := _TAKEN.get(type(event)):
                take(self, event, now)
        elif self._begun is None:
            self._begun = now
            self._tell(Began())
        for output in step.outputs:
            self._counts.events[type(output)] += 1
            if take := _TAKEN.get(type(output)):
                take(self, output, now)

    def left(self, step: Step) -> None:
        if self._begun is None:
            return
        for output in step.outputs:  # which nobody is told any more
            if take := _TAKEN.get(type(output)):
                take(self, output, step.now)
        self._tell(
            Ended(
                ending=step.ending,
                expired=self._expired,
                seconds=step.now - self._begun,
                responses=self._responses,
                heard_s=self._heard_bytes / _BYTES_PER_S,
                said_s=self._said_s,
            )
        )

    def rested(self, ref: str, now: float) -> None:
        """A piece of work is over."""
        if work := self._works.pop(ref, None):
            self._counts.inflight[work.engine] -= 1
            if work.stopped is not None:
                self._tell(Stopped(now - work.stopped))

    def _tell(self, fact: Fact) -> None:
        for listener in self._listeners:
            listener.told(self._who, fact)

    # The user's turn

    def _configured(self, told: SessionCreated | SessionUpdated, now: float) -> None:
        detection = told.session.audio.input.turn_detection
        usual = detection if isinstance(detection, ServerVad) else ServerVad()
        self._threshold = usual.threshold

    def _started(self, _: SpeechStarted, now: float) -> None:
        self._turn = self._unanswered = None
        self._cut_short.clear()

    def _stopped(self, told: SpeechStopped, now: float) -> None:
        self._turn = self._unanswered = _Turn(told.item_id, now, {})
        if self._spoke_at is not None:
            self._stage("vad", now - self._spoke_at, self._turn.stages)

    def _recorded(self, record: Record, now: float) -> None:
        """Of responses `response.done` tells more."""
        if record.kind == "response" or self._hears:
            return
        self._tell(Recognized(record.id, record.status, record.duration_s))
        if record.status == "completed":
            turn = self._turn if self._turn and self._turn.item == record.id else None
            self._stage("asr", record.duration_s, turn.stages if turn else {})

    def _stage(self, stage: Stage, seconds: float, stages: dict[Stage, float]) -> None:
        stages[stage] = seconds
        self._tell(Staged(stage, seconds))

    # Answers

    def _created(self, told: ResponseCreated, now: float) -> None:
        body = told.response
        rate = 1000.0 * bytes_per_ms(encoding(body.audio.output.format)) if body.audio else 1.0
        answer = _Answer(now, rate, None)
        if body.conversation_id is not None:
            answer.turn, self._unanswered = self._unanswered, None
            self._latest = answer
        self._answers[body.id] = answer

    def _sounded(self, told: OutputAudioDelta, now: float) -> None:
        answer = self._answers.get(told.response_id)
        if answer is not None:
            self._say(len(told.delta) / answer.bytes_per_s, now)
            if not answer.has_sounded:
                self._first_sound(answer, now)

    def _played(self, play: Play, now: float) -> None:
        self._say(len(play.pcm) / _BYTES_PER_S, now)

    def _flows(self, told: OutputBufferStarted, now: float) -> None:
        """The first sound of an answer, in a call."""
        if answer := self._answers.get(told.response_id):
            self._first_sound(answer, now)

    def _first_sound(self, answer: _Answer, now: float) -> None:
        answer.has_sounded = True
        if answer.turn is not None:
            answer.first_sound_s = now - answer.turn.stopped
            self._tell(FirstSounded(answer.first_sound_s))

    def _say(self, seconds: float, now: float) -> None:
        self._counts.said_s += seconds
        self._said_s += seconds
        self._until = max(self._until, now) + seconds

    def _done(self, told: ResponseDone, now: float) -> None:
        body = told.response
        answer = self._answers.pop(body.id)
        self._responses += 1
        details = body.status_details
        error = details.error if details and details.error is not UNSET else None
        reason = details.reason if details and details.reason is not UNSET else None
        turn, work = answer.turn, answer.work
        self._tell(
            Answered(
                response=body.id,
                outcome=body.status,
                code=error.code if error else reason,
                seconds=now - answer.begun,
                usage=body.usage,
                item=turn.item if turn else None,
                first_sound_s=answer.first_sound_s,
                lead_s=max(self._until - now, 0.0) if answer.has_sounded else None,
                stages={**(turn.stages if turn else {}), **(work.stages if work else {})},
            )
        )
        if reason == "turn_detected":
            self._cut_short.update(item.id or "" for item in body.output)
            self._tell(Interrupted())

    def _truncated(self, told: ConversationItemTruncated, now: float) -> None:
        """Mostly after the answer was said: its listener does not wait until it is played."""
        if told.item_id not in self._cut_short:
            self._cut_short.add(told.item_id)
            self._tell(Interrupted())

    # Engines

    def _begin(self, ref: str, engine: Engine, now: float) -> _Work:
        self._counts.inflight[engine] += 1
        work = self._works[ref] = _Work(engine, now)
        return work

    def _transcribe(self, asked: Transcribe, now: float) -> None:
        self._begin(asked.ref, "ears", now)

    def _judge(self, asked: Judge, now: float) -> None:
        self._begin(asked.ref, "turn", now)

    def _reply(self, asked: Reply, now: float) -> None:
        work = self._begin(asked.ref, "mind", now)
        if asked.early:
            self._foreseen = work
        elif answer := self._answers.get(asked.ref):
            answer.work = work

    def _proceed(self, _: Proceed, now: float) -> None:
        """What was begun early, and may be over, has become an answer."""
        if self._latest is not None:
            self._latest.work = self._foreseen

    def _stop(self, asked: Stop, now: float) -> None:
        if work := self._works.get(asked.ref):
            work.stopped = now

    def _texted(self, fact: Said | Called, now: float) -> None:
        if (work := self._works.get(fact.ref)) and work.text is None:
            work.text = now
            self._stage("llm_ttft", now - work.asked, work.stages)

    def _voiced(self, fact: Sounded, now: float) -> None:
        work = self._works.get(fact.ref)
        if work is None or work.sound is not None or not fact.audio:
            return
        work.sound = now
        if work.text is None:
            work.text = now
            self._stage("llm_ttft", now - work.asked, work.stages)
        elif not self._speaks:
            self._stage("tts_ttfb", now - work.text, work.stages)

    def _failed(self, fact: Failed, now: float) -> None:
        if work := self._works.get(fact.ref):
            engine = _AT_FAULT.get(fact.code.partition("_")[0], work.engine)
            self._tell(Failure(engine, fact.code, fact.ref))

    # The rest

    def _called(self, told: ArgumentsDone, now: float) -> None:
        if len(self._calls) >= _MOST_CALLS:
            del self._calls[next(iter(self._calls))]
        self._calls[told.call_id] = now

    def _given(self, event: ConversationItemCreate, now: float) -> None:
        if isinstance(event.item, FunctionCallOutput):
            called = self._calls.pop(event.item.call_id, None)
            if called is not None:
                self._tell(ToolAnswered("function", now - called))

    def _refused(self, told: Error, now: float) -> None:
        self._tell(Told(told.error.code or told.error.type))

    def _closed(self, _: Close, now: float) -> None:
        """Only its age, or its client's silence, makes a session end itself."""
        self._expired = True


_TAKEN: dict[type, Callable[[Journal, Any, float], None]] = {
    SessionCreated: Journal._configured,
    SessionUpdated: Journal._configured,
    SpeechStarted: Journal._started,
    SpeechStopped: Journal._stopped,
    Record: Journal._recorded,
    ResponseCreated: Journal._created,
    OutputAudioDelta: Journal._sounded,
    Play: Journal._played,
    OutputBufferStarted: Journal._flows,
    ResponseDone: Journal._done,
    ConversationItemTruncated: Journal._truncated,
    Transcribe: Journal._transcribe,
    Judge: Journal._judge,
    Reply: Journal._reply,
    Proceed: Journal._proceed,
    Stop: Journal._stop,
    Said: Journal._texted,
    Called: Journal._texted,
    Sounded: Journal._voiced,
    Failed: Journal._failed,
    ArgumentsDone: Journal._called,
    ConversationItemCreate: Journal._given,
    Error: Journal._refused,
    Close: Journal._closed,
}
