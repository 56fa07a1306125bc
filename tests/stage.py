"""A stage for sessions: virtual time, counted ids, engines that a script plays, and the referee.

Every event that goes out passes through JSON and is judged.  What the session asks of its
engines is held in `replies` and `recognitions` until the script lets them answer.
"""

import itertools
import json
from typing import Any

import msgspec

from ear import Ear
from mouth import Mouth
from repartee.conformance.findings import Violation
from repartee.conformance.referee import Referee
from repartee.protocol.audio import Encoding, bytes_per_ms
from repartee.protocol.beta import Beta
from repartee.protocol.client import (
    ClientEvent,
    ConversationItemTruncate,
    InputAudioBufferAppend,
)
from repartee.protocol.config import AnyConfig, Config, TranscriptionConfig, encoding
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.server import (
    ResponseDone,
    ServerEvent,
    TranscriptionCompleted,
    TranscriptionFailed,
)
from repartee.runtime.driver import recoded
from repartee.session.admission import sound_fault
from repartee.session.bounds import Bounds
from repartee.session.commands import (
    Close,
    Duck,
    Guess,
    Hear,
    Hush,
    Judge,
    Listen,
    Play,
    Proceed,
    Record,
    Reply,
    Settle,
    Show,
    Stop,
    Transcribe,
)
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
from repartee.session.outbox import Output
from repartee.session.session import Session
from repartee.speech.codec import decode

TICK = Tick()
FRAME_S = 0.032
FRAME = b"\x01\x00" * 768  # of PCM
SILENCE = bytes(len(FRAME))
_LOUD: dict[Encoding, bytes] = {  # frames as clients send them
    "audio/pcm": FRAME,
    "audio/pcmu": b"\xfe" * 256,
    "audio/pcma": b"\xd4" * 256,
}
_SILENT: dict[Encoding, bytes] = {
    "audio/pcm": SILENCE,
    "audio/pcmu": b"\xff" * 256,
    "audio/pcma": b"\xd5" * 256,
}


class Stage:
    """One session on a stage of its own.

    `transcribes` makes it one that never answers, `paced` a call: time goes by while sound comes.
    """

    def __init__(
        self,
        bounds: Bounds | None = None,
        dialect: Dialect = GA,
        *,
        transcribes: bool = False,
        paced: bool = False,
        **config: Any,
    ) -> None:
        numbers = itertools.count()
        self.now = 0.0
        self.dialect = dialect
        kind: type[AnyConfig] = TranscriptionConfig if transcribes else Config
        if isinstance(dialect, Beta) and not transcribes:
            config.setdefault("temperature", 0.8)
        self.session = Session(
            kind(id="sess_1", expires_at=3600, **config),
            new_id=lambda prefix: f"{prefix}_{next(numbers)}",
            now=self.now,
            bounds=bounds,
            paced=paced,
        )
        self.paced = paced
        self.ear, self.mouth = Ear(), Mouth()
        self.referee = Referee("call" if paced else "beta" if isinstance(dialect, Beta) else "ga")
        self.violations: list[Violation] = []
        self.events: list[dict[str, Any]] = []
        self.commands: list[Any] = []
        self.replies: dict[str, Reply] = {}
        self.recognitions: dict[str, bool] = {}  # ref -> settled
        self.guesses: list[str] = []  # refs whose transcripts are wanted before they are settled
        self.pauses: list[str] = []  # refs of questions whether a turn is over
        self.early: set[str] = set()  # refs of replies that nobody may hear of yet
        self.records: list[Record] = []
        self.gone: list[str] = []  # refs whose work was stopped or is over
        self.judged = False
        self.closed = False
        self._take(self.session.open())

    # What the client does

    def client(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """The client sends `event`; what it is answered at once."""
        self.violations += self.referee.client(event, self.now)
        decoded = self.dialect.decode(json.dumps(event).encode())
        if isinstance(decoded, InputAudioBufferAppend) and not sound_fault(
            decoded.audio, "audio", self.encoding
        ):
            pcm = decode(decoded.audio, self.encoding)
            return self.feed(Heard(pcm, event_id=decoded.event_id))
        return self.feed(decoded)

    def hear(self, speech: float, frames: int = 1) -> list[dict[str, Any]]:
        """The client sends sound, which the listener cuts into frames and judges."""
        answers = []
        for _ in range(frames):
            self._send_sound(bool(speech))
            heard = Heard(FRAME if speech else SILENCE, speech if self.judged else None)
            answers += self.feed(heard)
        return answers

    def _send_sound(self, loud: bool) -> None:
        """A frame on its way: an event, or on a call a piece of the stream."""
        if self.paced:
            self.now += FRAME_S
            self.referee.heard(1000 * FRAME_S, silent_ms=0.0 if loud else 1000 * FRAME_S)
        else:
            append = InputAudioBufferAppend(audio=(_LOUD if loud else _SILENT)[self.encoding])
            wire = json.loads(msgspec.json.encode(append))
            self.violations += self.referee.client(wire, self.now)

    def speak(self, speech_frames: int = 5, silent_frames: int = 20) -> list[dict[str, Any]]:
        """A spoken turn: speech, and the silence that ends it."""
        return self.hear(0.9, speech_frames) + self.hear(0.0, silent_frames)

    def keep_silent(self, seconds: float) -> list[dict[str, Any]]:
        """So much time goes by, in which the client sends silence as fast as it passes."""
        answers = []
        for _ in range(round(seconds / FRAME_S)):
            self.now += 0.0 if self.paced else FRAME_S
            answers += self.hear(0.0)
        return answers

    @property
    def encoding(self) -> Encoding:
        """How the client's sound comes."""
        return encoding(self.session.config.audio.input.format)

    # What the engines do

    def transcribe(self, ref: str, text: str, *, final: bool = True) -> list[dict[str, Any]]:
        if final:
            self.recognitions.pop(ref, None)
            self.mouth.ended(ref)
            self.gone.append(ref)
        sure = tuple((word, -0.5) for word in text.split())
        return self.feed(Transcribed(ref, text, stable=len(text), final=final, logprobs=sure))

    def guess(self, ref: str, text: str) -> list[dict[str, Any]]:
        """The recogniser tells what it will have understood if nothing but silence follows."""
        self.guesses.remove(ref)
        return self.feed(Transcribed(ref, text, complete=True))

    def judge(self, finished: float) -> list[dict[str, Any]]:
        """Somebody tells whether the speaker is done."""
        return self.feed(Judged(self.pauses.pop(), finished))

    def say(self, ref: str, text: str) -> list[dict[str, Any]]:
        """The model writes, and the voice speaks if there is one: 20 ms a character."""
        answers = self.feed(Said(ref, text))
        if ref in self.replies and self.replies[ref].voice is not None:
            long = 20 * len(text)
            size = long * bytes_per_ms(self.replies[ref].encoding)
            answers += self.feed(Sounded(ref, b"\x02\x00" * (size // 2), long, text))
        return answers

    def call(self, ref: str, name: str, arguments: str, key: str = "0") -> list[dict[str, Any]]:
        return self.feed(Called(ref, key, name, arguments))

    def finish(self, ref: str, stopped: str | None = None) -> list[dict[str, Any]]:
        self._over(ref)
        return self.feed(Finished(ref, stopped=stopped))

    def fail(self, ref: str) -> list[dict[str, Any]]:
        self._over(ref)
        answers = self.feed(Failed(ref, "engine_error", "It broke."))
        self.early.discard(ref)
        return answers

    def wait(self, seconds: float, fact: Input = TICK) -> list[dict[str, Any]]:
        self.now += seconds
        return self.feed(fact)

    # What comes of it

    def feed(self, event: ClientEvent | Input | Refused) -> list[dict[str, Any]]:
        was_early = getattr(event, "ref", None) in self.early
        self.ear.listen(self.now)
        if isinstance(event, Heard):
            self.mouth.say(event.pcm)
        elif isinstance(event, InputAudioBufferAppend) and not self._is_faulty(event):
            self.mouth.say(event.audio)
        outputs = self.session.step(event, self.now)
        for output in outputs:
            self.ear.told(output, asked=isinstance(event, ConversationItemTruncate))
            self.mouth.told(output)
        answers = self._take(outputs)
        self.ear.step_is_over()
        assert not (was_early and answers), "nobody may hear of it yet"
        return answers

    def _is_faulty(self, event: InputAudioBufferAppend) -> bool:
        return sound_fault(event.audio, "audio", self.encoding) is not None

    def settle(self) -> None:
        """Let all open work come to its end, as engines do when nobody disturbs them."""
        for _ in range(100):
            settled = [ref for ref, done in self.recognitions.items() if done]
            if settled:
                self.transcribe(settled[0], "so it was")
            elif self.replies:
                ref = next(iter(self.replies))
                self.say(ref, "Yes. ")
                self.finish(ref)
            elif self.ear.waiting:
                self.wait(self.ear.left_ms / 1000 + 0.001)
            else:
                return
        raise AssertionError("the session does not come to rest")

    def end(self) -> list[Violation]:
        """All violations once the connection is over."""
        self.violations += self.referee.finish()
        return self.violations

    def last(self, kind: str) -> dict[str, Any]:
        return next(event for event in reversed(self.events) if event["type"] == kind)

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    def _over(self, ref: str) -> None:
        self.replies.pop(ref, None)
        self.mouth.ended(ref)
        if self.recognitions.pop(ref, None) is not None or ref not in self.gone:
            self.gone.append(ref)

    def _take(self, outputs: list[Output]) -> list[dict[str, Any]]:
        events = []
        for output in outputs:
            if isinstance(output, Show):
                self.commands.append(output)
                output = recoded(output.event, output.have, output.wanted)
            if isinstance(output, ServerEvent):
                self._check_recorded(output)
                frame = self.dialect.encode(output)
                if frame is None:
                    continue
                event = json.loads(frame)
                self.violations += self.referee.server(event)
                events.append(event)
            else:
                self.commands.append(output)
                self._obey(output)
        self.events += events
        return events

    def _check_recorded(self, event: ServerEvent) -> None:
        """What has ended, has been recorded before: exactly once."""
        match event:
            case ResponseDone(response=body):
                assert [one.id for one in self.records].count(body.id) == 1
            case TranscriptionCompleted(item_id=ended) | TranscriptionFailed(item_id=ended):
                assert ended in {one.id for one in self.records}

    def _obey(self, command: Any) -> None:  # noqa: C901 - one case for each command
        """Only open work is fed, settled or stopped."""
        match command:
            case Listen(judge=judge):
                self.judged = judge
            case Transcribe(ref=ref):
                assert ref not in self.recognitions
                self.recognitions[ref] = False
            case Hear(ref=ref, pcm=pcm):
                assert self.recognitions[ref] is False
                assert pcm
            case Guess(ref=ref):
                assert self.recognitions[ref] is False
                self.guesses.append(ref)
            case Judge(ref=ref, pcm=pcm):
                assert pcm
                self.pauses.append(ref)
            case Settle(ref=ref):
                assert self.recognitions[ref] is False
                self.recognitions[ref] = True
            case Reply(ref=ref, early=early):
                assert ref not in self.replies
                self.replies[ref] = command
                if early:
                    assert not self.early, "one at a time"
                    self.early.add(ref)
            case Proceed(ref=ref):
                self.early.remove(ref)
            case Stop(ref=ref):
                self.early.discard(ref)
                if ref not in self.gone:
                    self.recognitions.pop(ref, None) if ref in self.recognitions else (
                        self.replies.pop(ref)
                    )
                    self.gone.append(ref)
            case Record():
                self.records.append(command)
            case Play() | Hush() | Duck():
                assert self.paced
            case Close():
                self.closed = True
