"""What happened in a conversation, turn by turn, and how long after the end of speech."""

import base64
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct, field

from repartee.transports.client import Event

OUTPUT_RATE = 24000
_BYTES_PER_S = OUTPUT_RATE * 2


class Turn(Struct):
    """One thing the user said, and what came of it."""

    number: int
    item_id: str
    ended: float | None = None  # when its speech ended, on the client's clock
    text: str = ""
    pcm: bytearray = field(default_factory=bytearray)
    transcribed: bool = False
    answered: bool = False


class Turns:
    """Follows a server's events and tells what a person wants to see of them.

    `began` is when the first sample was spoken, on the clock that also gives `now`.  `loud` says
    where in the sound that is sent each loud window ends (ms); without it, speech is taken to end
    when the server says so.  `show` gets each line.
    """

    def __init__(self, began: float, loud: Sequence[int], show: Callable[[str], None]) -> None:
        self.turns: list[Turn] = []
        self.speaking = False
        self.failures: list[str] = []
        self._began = began
        self._loud = loud
        self._show = show
        self._responses: dict[str, Turn] = {}

    @property
    def settled(self) -> bool:
        """Whether everything that was said has been transcribed and answered."""
        return not self.speaking and all(t.answered and t.transcribed for t in self.turns)

    @property
    def pcm(self) -> bytes:
        """Every answer, one after the other."""
        return b"".join(turn.pcm for turn in self.turns)

    def follow(self, event: Event, now: float) -> None:
        """Take note of one event that came at `now`."""
        kind = event.get("type", "")
        if kind == "error":
            self._fail(event.get("error") or {})
        elif kind.startswith("input_audio_buffer."):
            self._hear(kind.partition(".")[2], event, now)
        elif kind.startswith("conversation.item.input_audio_transcription."):
            self._transcribe(kind.rpartition(".")[2], event, now)
        elif kind.startswith("response."):
            self._answer(kind.partition(".")[2], event, now)

    def _hear(self, kind: str, event: Event, now: float) -> None:
        if kind == "speech_started":
            self.speaking = True
            self._tell(self._turn(event["item_id"]), now, "listening")
        elif kind == "speech_stopped":
            self._turn(event["item_id"]).ended = self._end_of_speech(event["audio_end_ms"], now)
        elif kind == "committed":
            self.speaking = False
            self._tell(self._turn(event["item_id"]), now, "committed")

    def _end_of_speech(self, before_ms: int, now: float) -> float:
        """When the last loud sample before `before_ms` was spoken."""
        place = bisect_right(self._loud, before_ms)
        return self._began + self._loud[place - 1] / 1000 if place else now

    def _transcribe(self, kind: str, event: Event, now: float) -> None:
        if kind not in ("completed", "failed"):
            return
        turn = self._turn(event["item_id"])
        turn.transcribed = True
        if kind == "completed":
            self._tell(turn, now, "transcript", f"“{event['transcript'].strip()}”")
        else:
            self._tell(turn, now, "no transcript", event["error"].get("message", ""))

    def _answer(self, kind: str, event: Event, now: float) -> None:
        if kind == "created":
            latest = self.turns[-1] if self.turns else self._turn("")
            self._responses[event["response"]["id"]] = latest
        elif kind == "done":
            self._finish(event["response"], now)
        elif turn := self._responses.get(event.get("response_id", "")):
            if kind in ("output_audio_transcript.delta", "output_text.delta"):
                if not turn.text:
                    self._tell(turn, now, "first text")
                turn.text += event["delta"]
            elif kind == "output_audio.delta":
                if not turn.pcm:
                    self._tell(turn, now, "first audio")
                turn.pcm += base64.b64decode(event["delta"])

    def _finish(self, response: dict[str, Any], now: float) -> None:
        turn = self._responses.get(response["id"])
        if turn is None:
            return
        turn.answered = True
        if response["status"] == "failed":
            self._fail((response.get("status_details") or {}).get("error") or {})
        else:
            end = "answer" if response["status"] == "completed" else response["status"]
            seconds = len(turn.pcm) / _BYTES_PER_S
            said = f"“{turn.text.strip()}” ({seconds:.1f} s of sound)" if turn.text else ""
            self._tell(turn, now, end, said)

    def _fail(self, error: dict[str, Any]) -> None:
        message = error.get("message") or error.get("code") or "the answer failed"
        self.failures.append(message)
        self._show(f"error: {message}")

    def _turn(self, item_id: str) -> Turn:
        for turn in self.turns:
            if turn.item_id == item_id:
                return turn
        self.turns.append(Turn(len(self.turns) + 1, item_id))
        return self.turns[-1]

    def _tell(self, turn: Turn, now: float, what: str, detail: str = "") -> None:
        since = "" if turn.ended is None else f"{(now - turn.ended) * 1000:+.0f} ms"
        self._show(f"turn {turn.number} {since:>9}  {what:<14}{detail}".rstrip())
