"""What is known of a turn: when each part of the work for it began and ended, and what it came to.

All moments are seconds of the event loop's clock, as `Step` has them; lengths of sound are ms.
"""

from typing import Literal

from msgspec import Struct, field

from repartee.protocol.prompt import Prompt
from repartee.protocol.server import ResponseBody, ResponseUsage
from repartee.session.inputs import Called, Failed, Finished, Said, Sounded, Transcribed

Trigger = Literal["speech", "commit", "text", "idle", "out_of_band"]
EndReason = Literal["completed", "cancelled", "interrupted", "failed", "incomplete"]


class Spoken(Struct):
    """What the user said: when, and where it stands in the sound of the session."""

    began: float
    ended: float | None = None
    start_ms: int | None = None
    end_ms: int | None = None


class Detection(Struct):
    """How the end of the turn was found: the silence since speech was last heard.

    `began` is when speech was last heard, `wait_ms` how long that was ago by the sound itself,
    `finished` the probability that the speaker was done, where somebody was asked.
    """

    kind: str
    began: float
    ended: float
    wait_ms: float
    threshold: float | None = None
    silence_ms: int | None = None
    eagerness: str | None = None
    finished: float | None = None


class Recognition(Struct):
    """One item of the user's sound on its way to words.

    `settled` is when its sound was complete, `model` what the client asked for by name.
    """

    ref: str
    asked: float
    first: float | None = None
    settled: float | None = None
    ended: float | None = None
    audio_s: float | None = None
    model: str | None = None
    language: str | None = None
    error: str | None = None
    text: str = ""

    def learn(self, fact: Transcribed | Failed, now: float) -> None:
        """Take what the recogniser tells, until it is over."""
        if self.ended is not None:
            return
        if isinstance(fact, Failed):
            self.error, self.ended = fact.code, now
            return
        self.text = fact.text
        if fact.text and self.first is None:
            self.first = now
        if fact.final:
            self.ended = now


class Voice(Struct):
    """What the voice made of an answer; `given` is when it had the first words."""

    name: str
    given: float
    first: float | None = None
    last: float | None = None
    characters: int = 0
    audio_ms: float = 0.0


class Reply(Struct):
    """What the language model was asked, and gave.

    An `early` one was begun before the turn was over, and may be heard from when it is `wanted`;
    `speaks_as` is the voice that is to say it, None where none is.
    """

    ref: str
    asked: float
    prompt: Prompt
    early: bool = False
    wanted: float | None = None
    speaks_as: str | None = None
    first: float | None = None
    last: float | None = None
    ended: float | None = None
    stopped: str | None = None
    error: str | None = None
    text: str = ""
    voice: Voice | None = None

    @property
    def heard(self) -> float | None:
        """When the client heard the first of it: sound or, without a voice, words."""
        first = self.first if self.voice is None else self.voice.first
        return None if first is None or self.wanted is None else max(first, self.wanted)

    def learn(self, fact: Said | Sounded | Called | Finished | Failed, now: float) -> None:
        """Take what the engines tell, until it is over."""
        if self.ended is not None:
            return
        match fact:
            case Said(text=text):
                self.text += text
                self._write(now)
                if self.speaks_as is not None and self.voice is None:
                    self.voice = Voice(self.speaks_as, given=now)
                if self.voice is not None:
                    self.voice.characters += len(text)
            case Sounded(audio=audio, ms=ms) if audio and (voice := self.voice):
                voice.first = now if voice.first is None else voice.first
                voice.last = now
                voice.audio_ms += ms
            case Called():
                self._write(now)
            case Finished(stopped=stopped):
                self.ended, self.stopped = now, stopped
            case Failed(code=code):
                self.ended, self.error = now, code

    def _write(self, now: float) -> None:
        self.first = now if self.first is None else self.first
        self.last = now


class Tool(Struct):
    """A function that the model had the client call, until its output came."""

    call_id: str
    name: str
    called: float
    answered: float | None = None
    arguments: str = ""
    output: str = ""


class Answer(Struct):
    """A response; `reply` is None where the language model was never asked.

    `items` holds how many ms of sound each message has, `cut` how many of them were never heard.
    """

    id: str
    created: float
    conversation: str | None
    is_audible: bool = True
    reply: Reply | None = None
    done: float | None = None
    status: str = "in_progress"
    reason: str | None = None
    error: str | None = None
    usage: ResponseUsage | None = None
    by_endpoint: bool = False
    calls: bool = False
    items: dict[str, float] = field(default_factory=dict)
    cut: dict[str, float] = field(default_factory=dict)
    played: float | None = None  # when all of its sound was played, or no more of it is

    def sound(self, ms: float) -> None:
        """So much more sound of it is there."""
        item_id = next(reversed(self.items), "")
        self.items[item_id] = self.items.get(item_id, 0.0) + ms
        if item_id in self.cut:
            self.cut[item_id] += ms

    def open(self, item_id: str) -> None:
        """Sound from now on, and any that came before its first item, belongs to this one."""
        self.items[item_id] = self.items.pop("", 0.0)

    def truncate(self, item_id: str, heard_ms: float) -> None:
        """Of an item no more was heard."""
        self.cut[item_id] = max(0.0, self.items[item_id] - heard_ms)

    def finish(self, body: ResponseBody, now: float) -> None:
        """It is over."""
        self.done, self.status, self.usage = now, body.status, body.usage
        if details := body.status_details:
            self.reason = details.reason or None
            self.error = details.error.code if details.error else None

    @property
    def audio_ms(self) -> float:
        """Of its sound, as it was given."""
        return sum(self.items.values())

    @property
    def cut_ms(self) -> float:
        """Of its sound that was not heard."""
        return sum(self.cut.values())


class Turn(Struct):
    """From the user's words to the end of the answer, with all calls of functions between them.

    `ref` is that of the user's item, if it has one; `until` is when all sound sent of it will have
    been played.  `awaits` says that an answer, or one more of them, is expected.
    """

    number: int
    trigger: Trigger
    began: float
    ref: str | None = None
    spoken: Spoken | None = None
    detection: Detection | None = None
    recognitions: list[Recognition] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    awaits: bool = True
    until: float = 0.0
    interrupted: float | None = None

    @property
    def last(self) -> Answer | None:
        """The answer that came last."""
        return self.answers[-1] if self.answers else None

    @property
    def end_reason(self) -> EndReason:
        """How it ended."""
        if self.interrupted is not None:
            return "interrupted"
        if self.last is None:
            failed = any(each.error for each in self.recognitions)
            return "failed" if failed else "completed"
        match self.last.status:
            case "completed" | "failed" | "incomplete" as status:
                return status
        return "cancelled"

    @property
    def ended(self) -> float:
        """When the last of what is known of it happened; playing is not waited for."""
        moments = [self.began, self.interrupted]
        if self.spoken is not None:
            moments.append(self.spoken.ended)
        for recognition in self.recognitions:
            moments += [recognition.asked, recognition.ended]
        moments += [each.done for each in self.answers]
        moments += [each.answered for each in self.tools]
        return max(moment for moment in moments if moment is not None)
