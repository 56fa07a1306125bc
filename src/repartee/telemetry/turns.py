"""The turns of a session, told from its steps alone: what happened when, of each.

A turn begins with the user's sound or, where there is none, with the response, and ends when it
has been answered and the answer has been heard; a response that calls functions is followed by
another of the same turn.  Responses out of band are turns of their own, as they answer nobody.
What the session decides is never decided here again: only its outputs, and the facts that it was
told, are read.
"""

from repartee.protocol.audio import BYTES_PER_MS
from repartee.protocol.call import OutputBufferCleared, OutputBufferStopped
from repartee.protocol.client import ConversationItemCreate, ResponseCreate
from repartee.protocol.config import AnyConfig, Config, SemanticVad
from repartee.protocol.items import FunctionCallOutput, Message
from repartee.protocol.server import (
    ArgumentsDone,
    ConversationItemAdded,
    ConversationItemTruncated,
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    OutputItemAdded,
    ResponseBody,
    ResponseCreated,
    ResponseDone,
    SessionCreated,
    SessionUpdated,
    SpeechStarted,
    SpeechStopped,
    TimeoutTriggered,
)
from repartee.runtime.watching import Step
from repartee.session import commands
from repartee.session.gate import Gate
from repartee.session.inputs import (
    Called,
    Failed,
    Finished,
    Heard,
    Judged,
    Said,
    Sounded,
    Transcribed,
)
from repartee.session.outbox import Output
from repartee.session.turn import detection
from repartee.telemetry.turn import (
    Answer,
    Detection,
    Recognition,
    Reply,
    Spoken,
    Tool,
    Trigger,
    Turn,
)


class Turns:
    """Those that are not over yet.

    `paced` says that sound is played in real time, as over a call, `speaks` that the language model
    needs no voice.
    """

    def __init__(self, *, paced: bool = False, speaks: bool = False) -> None:
        self._paced, self._speaks = paced, speaks
        self._begun = 0
        self._open: list[Turn] = []
        self._recognitions: dict[str, Recognition] = {}
        self._answers: dict[str, tuple[Turn, Answer]] = {}
        self._replies: dict[str, Reply] = {}
        self._answered: dict[str, str] = {}  # the response that a reply, by its ref, is for
        self._config: AnyConfig = Config()
        self._listen(self._config)
        self._gate = Gate()
        self._heard_ms = self._voiced_ms = self._voiced = 0.0  # sound, and speech in it, so far
        self._finished: float | None = None
        self._until = 0.0

    def follow(self, step: Step) -> list[Turn]:
        """Take a step; the turns that are over with it."""
        event, outputs, now = step.event, step.outputs, step.now
        if isinstance(event, Heard):
            self._hear(event, now)
        elif event is not None:
            self._learn(event, now)
        for output in outputs:
            self._take(output, step)
        if isinstance(event, Sounded):
            self._sound(event.ref, event.ms, now)
        return [self._close(turn) for turn in tuple(self._open) if self._is_over(turn, now)]

    def leave(self, step: Step) -> list[Turn]:
        """The session is over, and so are its turns; what was not said to its end was none."""
        over = self.follow(step) + [self._close(turn) for turn in tuple(self._open)]
        return [turn for turn in over if not _is_speaking(turn)]

    def of(self, ref: str) -> Turn | None:
        """The open turn for which the engines do the work `ref`."""
        answered = self._answers.get(self._answered.get(ref, ref))
        if answered is not None:
            return answered[0]
        for turn in self._open:
            if any(each.ref == ref for each in turn.recognitions):
                return turn
        return self._newest if ref in self._replies else None

    @property
    def _newest(self) -> Turn | None:
        """The last turn of the conversation."""
        turns = (turn for turn in reversed(self._open) if turn.trigger != "out_of_band")
        return next(turns, None)

    # What the session was told

    def _hear(self, heard: Heard, now: float) -> None:
        self._heard_ms += len(heard.pcm) / BYTES_PER_MS
        if heard.speech is not None and self._gate.judge(heard.speech, self._threshold):
            self._voiced_ms, self._voiced = self._heard_ms, now

    def _learn(self, event: object, now: float) -> None:
        match event:
            case Transcribed(ref=ref) | Failed(ref=ref) if ref in self._recognitions:
                self._recognitions[ref].learn(event, now)
            case Said() | Sounded() | Called() | Finished() | Failed():
                if reply := self._replies.get(event.ref):
                    reply.learn(event, now)
                if isinstance(event, Failed):
                    self._forget_early(event.ref)
            case Judged(finished=finished):
                self._finished = finished

    def _forget_early(self, ref: str) -> None:
        """A reply that nobody has heard of came to nothing."""
        if ref not in self._answered:
            self._replies.pop(ref, None)

    def _sound(self, ref: str, ms: float, now: float) -> None:
        """So much more sound of an answer is on its way to the client."""
        if ref not in self._answered:
            return  # nobody may hear of it yet
        turn, answer = self._answers[self._answered[ref]]
        answer.sound(ms)
        if answer.conversation is not None:
            turn.until = self._until = max(self._until, now) + ms / 1000

    # What the session answered

    def _take(self, output: Output, step: Step) -> None:  # noqa: C901 - a case for each kind
        match output:
            case SessionCreated(session=config) | SessionUpdated(session=config):
                self._listen(config)
            case commands.Transcribe() | commands.Settle() | commands.Stop() | commands.Record():
                self._follow_work(output, step)
            case commands.Reply() | commands.Proceed():
                self._ask(output, step.now)
            case SpeechStarted() | SpeechStopped() | TimeoutTriggered():
                self._turn(output, step.now)
            case InputAudioBufferCommitted() | InputAudioBufferCleared():
                self._end_input(output, step.now)
            case ResponseCreated(response=body):
                self._create(body, step.now)
            case ResponseDone(response=body):
                self._finish(body, step.now)
            case ConversationItemTruncated() | OutputBufferStopped() | OutputBufferCleared():
                self._play(output, step.now)
            case OutputItemAdded(response_id=ref, item=Message(id=str(item_id))):
                self._answers[ref][1].open(item_id)
            case ArgumentsDone() | ConversationItemAdded(item=FunctionCallOutput()):
                self._call(output, step.now)

    def _listen(self, config: AnyConfig) -> None:
        self._config = config
        self._vad = detection(config.audio.input.turn_detection)
        self._threshold = self._vad.threshold if self._vad else 1.0

    # The user's words

    def _follow_work(
        self,
        command: commands.Transcribe | commands.Settle | commands.Stop | commands.Record,
        step: Step,
    ) -> None:
        now = step.now
        match command:
            case commands.Transcribe():
                self._transcribe(command, step)
            case commands.Settle(ref=ref) if recognition := self._recognitions.get(ref):
                recognition.settled = now
            case commands.Stop(ref=ref) if ref in self._recognitions:
                self._stop_recognition(ref, step)
            case commands.Stop(ref=ref) if reply := self._replies.get(ref):
                reply.ended = now if reply.ended is None else reply.ended
                self._forget_early(ref)
            case commands.Record(kind="transcription"):
                about = getattr(step.event, "ref", "")
                if found := self._recognitions.get(command.id) or self._recognitions.get(about):
                    found.audio_s, found.model = command.audio_s, command.model
            case commands.Record(id=ref) if ref in self._answers:
                self._answers[ref][1].by_endpoint = command.by_endpoint

    def _transcribe(self, command: commands.Transcribe, step: Step) -> None:
        """An item's recognition begins, and with it the turn, unless it has begun."""
        ref, now = command.ref, step.now
        if isinstance(step.event, ConversationItemCreate | ResponseCreate):  # it came with sound
            turn = self._awaiting() or self._begin("text", now)
        else:
            turn = self._spoken(ref, now)
        recognition = Recognition(ref, now, language=command.hints.language)
        turn.recognitions.append(recognition)
        self._recognitions[ref] = recognition

    def _stop_recognition(self, ref: str, step: Step) -> None:
        """Its words are known, or nobody wants them: then it was no turn."""
        recognition = self._recognitions[ref]
        recognition.ended = step.now if recognition.ended is None else recognition.ended
        turn = self._find(ref)
        committed = (each for each in step.outputs if isinstance(each, InputAudioBufferCommitted))
        if turn is not None and _is_speaking(turn) and all(it.item_id != ref for it in committed):
            self._close(turn)

    def _turn(self, edge: SpeechStarted | SpeechStopped | TimeoutTriggered, now: float) -> None:
        turn = self._spoken(edge.item_id, now)
        spoken = turn.spoken
        assert spoken is not None
        match edge:
            case SpeechStarted(audio_start_ms=start_ms):
                spoken.start_ms = start_ms
            case SpeechStopped(audio_end_ms=end_ms):
                spoken.end_ms, spoken.ended = end_ms, now
                turn.detection = self._detection(now)
            case TimeoutTriggered(audio_start_ms=start_ms, audio_end_ms=end_ms):
                turn.trigger = "idle"
                spoken.start_ms, spoken.end_ms = start_ms, end_ms

    def _detection(self, now: float) -> Detection | None:
        vad = self._vad
        if vad is None:
            return None
        is_semantic = isinstance(self._config.audio.input.turn_detection, SemanticVad)
        return Detection(
            "semantic_vad" if is_semantic else "server_vad",
            began=self._voiced,
            ended=now,
            wait_ms=self._heard_ms - self._voiced_ms,
            threshold=vad.threshold,
            silence_ms=None if is_semantic else vad.silence_ms,
            eagerness=vad.eagerness,
            finished=self._finished,
        )

    def _end_input(
        self, ended: InputAudioBufferCommitted | InputAudioBufferCleared, now: float
    ) -> None:
        if isinstance(ended, InputAudioBufferCleared):
            for turn in filter(_is_speaking, tuple(self._open)):
                self._close(turn)
            return
        turn = self._spoken(ended.item_id, now)
        assert turn.spoken is not None
        if turn.spoken.ended is None:
            turn.spoken.ended = now
        self._expect_only(turn)

    # The answer

    def _create(self, body: ResponseBody, now: float) -> None:
        """A response begins; it is for the last turn that waits for one, or begins another."""
        is_audible = body.output_modalities == ("audio",)
        answer = Answer(body.id, now, body.conversation_id, is_audible)
        if answer.conversation is None:
            turn = self._begin("out_of_band", now)
        else:
            turn = self._awaiting() or self._begin("text", now)
            self._expect_only(turn)
        turn.awaits = False
        turn.answers.append(answer)
        self._answers[answer.id] = turn, answer

    def _ask(self, command: commands.Reply | commands.Proceed, now: float) -> None:
        ref = command.ref
        if isinstance(command, commands.Proceed):
            waiting = (each for _, each in self._answers.values() if each.reply is None)
            answer = next(each for each in waiting if each.conversation and each.done is None)
            self._replies[ref].wanted = now
            self._take_on(answer, self._replies[ref], now)
            return
        speaks_as = None if command.voice is None or self._speaks else command.voice.name
        wanted = None if command.early else now
        reply = Reply(ref, now, command.prompt, command.early, wanted, speaks_as)
        self._replies[ref] = reply
        if ref in self._answers:
            self._take_on(self._answers[ref][1], reply, now)

    def _take_on(self, answer: Answer, reply: Reply, now: float) -> None:
        answer.reply = reply
        self._answered[reply.ref] = answer.id
        if reply.voice is not None and reply.voice.audio_ms:  # of an early one
            self._sound(reply.ref, reply.voice.audio_ms, now)

    def _finish(self, body: ResponseBody, now: float) -> None:
        turn, answer = self._answers[body.id]
        answer.finish(body, now)
        if answer.reason == "turn_detected":
            turn.interrupted = now
        turn.awaits = answer.calls and answer.conversation is not None

    def _play(
        self,
        told: ConversationItemTruncated | OutputBufferStopped | OutputBufferCleared,
        now: float,
    ) -> None:
        if isinstance(told, ConversationItemTruncated):
            for turn, answer in self._answers.values():
                if told.item_id in answer.items:
                    answer.truncate(told.item_id, told.audio_end_ms)
                    turn.interrupted, self._until = now, min(self._until, now)
        elif told.response_id in self._answers:
            turn, answer = self._answers[told.response_id]
            answer.played = now
            if isinstance(told, OutputBufferCleared):
                turn.interrupted = now

    def _call(self, told: ArgumentsDone | ConversationItemAdded, now: float) -> None:
        """A function is called, or its output has come."""
        if isinstance(told, ArgumentsDone):
            turn, answer = self._answers[told.response_id]
            answer.calls = True
            turn.tools.append(Tool(told.call_id, told.name, now, arguments=told.arguments))
            return
        assert isinstance(told.item, FunctionCallOutput)
        for tool in (tool for turn in self._open for tool in turn.tools):
            if tool.call_id == told.item.call_id:
                tool.answered, tool.output = now, told.item.output

    # Beginnings and ends

    def _begin(self, trigger: Trigger, now: float, ref: str | None = None) -> Turn:
        self._begun += 1
        turn = Turn(self._begun, trigger, now, ref=ref)
        turn.awaits = isinstance(self._config, Config)
        self._open.append(turn)
        return turn

    def _spoken(self, ref: str, now: float) -> Turn:
        """The turn that becomes the item `ref`."""
        if (turn := self._find(ref)) is not None:
            return turn
        turn = self._begin("commit" if self._vad is None else "speech", now, ref)
        turn.spoken = Spoken(now)
        self._finished = None
        return turn

    def _find(self, ref: str) -> Turn | None:
        return next((turn for turn in self._open if turn.ref == ref), None)

    def _awaiting(self) -> Turn | None:
        turns = (turn for turn in reversed(self._open) if not _is_speaking(turn))
        return next((turn for turn in turns if turn.awaits), None)

    def _expect_only(self, expecting: Turn) -> None:
        """No other turn will be answered any more."""
        for turn in self._open:
            if turn is not expecting and not _is_speaking(turn):
                turn.awaits = False

    def _is_over(self, turn: Turn, now: float) -> bool:
        recognized = all(each.ended is not None for each in turn.recognitions)
        answered = all(each.done is not None for each in turn.answers)
        if turn.awaits or _is_speaking(turn) or not recognized or not answered:
            return False
        if self._paced:
            return all(each.played is not None or not each.audio_ms for each in turn.answers)
        return now >= turn.until or any(each.cut for each in turn.answers)

    def _close(self, turn: Turn) -> Turn:
        """Forget a turn."""
        self._open.remove(turn)
        for recognition in turn.recognitions:
            del self._recognitions[recognition.ref]
        for answer in turn.answers:
            del self._answers[answer.id]
            if answer.reply is not None:
                del self._replies[answer.reply.ref]
                del self._answered[answer.reply.ref]
        return turn


def _is_speaking(turn: Turn) -> bool:
    return turn.spoken is not None and turn.spoken.ended is None
