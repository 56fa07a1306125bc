"""The judge of the input audio buffer: turns, offsets, commits, and the answers they call for."""

from typing import Literal

from repartee.conformance.findings import Findings
from repartee.conformance.judges import items
from repartee.conformance.judges.configuration import Configuration
from repartee.conformance.judges.items import Event, Item

# Offsets are whole milliseconds; a server may round them up or down.
_ROUNDING_MS = 1

# How long semantic_vad may wait after speech, and what a server needs to notice that speech ended.
_LONGEST_WAIT_MS = {"low": 8000, "medium": 4000, "auto": 4000, "high": 2000}
_WAIT_SLACK_MS = 500

# How an automatic response stands: not to come, free to come (another one was active when the
# turn ended), or owed.
Due = Literal["no", "may", "must"]


class InputBuffer:
    """What the buffer must hold, told from the audio that went in and the events that came out."""

    def __init__(self, findings: Findings, session: Configuration) -> None:
        self._findings = findings
        self._session = session
        self.total_ms = 0.0  # all audio of the session
        # What a commit finds.  With turn detection the server also commits and trims by itself,
        # so that only a range is known.
        self.held_least_ms = 0.0
        self.held_most_ms = 0.0
        self.speaking: str | None = None  # the item of speech that has started
        self.promised: str | None = None  # the item whose turn has ended: a commit is due
        self.committed_id: str | None = None  # the item whose events are due
        self.response_due: Due = "no"
        self.committed_ms = (0.0, 0.0)  # what the last commit found: at least, at most
        self._forgettable = False  # turn detection has changed in mid-speech
        self._loud_ms = 0.0  # what was appended after this is digital silence
        self._is_answered = False  # a response has ended since somebody spoke
        self._cut_ms = 0.0  # nothing before this is in the buffer any more
        self._start_ms = 0
        self._end_ms = 0

    def appended(self, ms: float, silent_ms: float = 0.0) -> None:
        """Audio reached the buffer; its last `silent_ms` were digital silence."""
        self.total_ms += ms
        if silent_ms < ms:
            self._loud_ms = self.total_ms - silent_ms
        self.held_most_ms += ms
        self.held_least_ms = 0.0 if self._session.turn_detection else self.held_least_ms + ms

    def taken_back(self, ms: float) -> None:
        """Audio that seemed to be appended was refused after all."""
        self.total_ms -= ms
        self.held_most_ms -= ms
        self.held_least_ms = max(0.0, self.held_least_ms - ms)

    def speech_started(self, event: Event) -> None:
        """The server heard speech begin."""
        item_id, start_ms = event["item_id"], event["audio_start_ms"]
        vad = self._judge_vad(event)
        if self.speaking is not None and not self._forgettable:
            self._findings.note("speech-turns", f"speech starts again during {self.speaking}")
        if self.promised is not None:
            self._findings.note("turn-order", f"speech starts before {self.promised} is committed")
        latest = max(self._cut_ms, self.total_ms - vad.get("prefix_padding_ms", 0)) + _ROUNDING_MS
        if not self._start_ms <= start_ms <= latest:
            self._findings.note(
                "speech-offsets",
                f"audio_start_ms {start_ms} is not within {self._start_ms}…{latest:.0f}",
            )
        self._start_ms = max(start_ms, self._start_ms)
        self.speaking = item_id
        self._loud_ms = max(self._loud_ms, self.total_ms)  # the server may hear what nobody said
        self._is_answered = False
        self._forgettable = False
        self._excuse_response()  # whatever the last turn called for, the user speaks again

    def speech_stopped(self, event: Event) -> None:
        """The server heard speech end."""
        item_id, end_ms = event["item_id"], event["audio_end_ms"]
        vad = self._judge_vad(event)
        self._judge_wait(end_ms)
        if self.speaking is None:
            self._findings.note("speech-turns", f"speech of {item_id} stops but has not started")
            return
        if self.speaking != item_id:
            self._findings.note(
                "speech-item", f"speech of {self.speaking} stops under the name {item_id}"
            )
        else:
            silence_ms = 0 if self._forgettable else vad.get("silence_duration_ms", 0)
            self._judge_end(end_ms, max(self._start_ms + silence_ms, self._end_ms))
        self.speaking, self.promised = None, item_id

    def response_done(self) -> None:
        """A response has ended: the idle timeout may begin to count."""
        self._is_answered = True

    def timeout_triggered(self, event: Event) -> None:
        """The idle timeout ended a turn of silence."""
        vad = self._judge_vad(event)
        is_idle = self.speaking is None and self._is_answered
        if vad.get("idle_timeout_ms") is None or not is_idle:
            self._findings.note("idle-timeout", "the idle timeout has no cause")
        self._judge_end(event["audio_end_ms"], event["audio_start_ms"])
        self.promised = event["item_id"]

    def _judge_wait(self, end_ms: float) -> None:
        """A turn that is ended by its meaning does not wait for ever."""
        detection = self._session.turn_detection or {}
        if detection.get("type") != "semantic_vad" or self._forgettable or self.speaking is None:
            return
        longest = _LONGEST_WAIT_MS[detection.get("eagerness", "auto")]
        if end_ms > self._loud_ms + longest + _WAIT_SLACK_MS:
            self._findings.note(
                "semantic-wait",
                f"silence since {self._loud_ms:.0f} ms ends no turn by {end_ms:.0f}",
            )

    def _judge_end(self, end_ms: int, earliest: float) -> None:
        latest = self.total_ms + _ROUNDING_MS
        if not earliest - _ROUNDING_MS <= end_ms <= latest:
            self._findings.note(
                "speech-offsets", f"audio_end_ms {end_ms} is not within {earliest}…{latest:.0f}"
            )
        self._end_ms = max(end_ms, self._end_ms)

    def _judge_vad(self, event: Event) -> dict[str, int]:
        if self._session.turn_detection is None:
            self._findings.note("speech-vad", f"{event['type']} without turn detection")
        return self._session.turn_detection or {}

    def committed(
        self, event: Event, found_ms: tuple[float, float] | None, response_is_active: bool
    ) -> None:
        """The buffer became an item; `found_ms` is what the client's commit found in it."""
        by_client = found_ms is not None
        self.committed_ms = found_ms or (0.0, self.held_most_ms)
        item_id = event["item_id"]
        if self.committed_id is not None:
            self._findings.note("turn-order", f"{self.committed_id} is committed but never added")
        promised = self.promised or self.speaking
        if promised not in (None, item_id) and not self._forgettable:
            self._findings.note("speech-item", f"{promised} was promised, {item_id} is committed")
        if by_client:
            self.held_least_ms = self.held_most_ms = 0.0
        elif self._creates_responses():
            self.response_due = "may" if response_is_active else "must"
        if self.promised is None:
            self.speaking = None  # a commit in mid-speech: speech_stopped will not follow
        self.promised = None
        self.committed_id = item_id
        self._cut_ms = self.total_ms

    def _creates_responses(self) -> bool:
        detection = self._session.turn_detection
        if detection is None or not self._session.realtime:
            return False
        return detection.get("create_response") is not False

    def item_added(self, event: Event) -> None:
        """The committed item entered the conversation."""
        item: Item = event["item"]
        if not items.is_committed_audio(item):
            self._findings.note(
                "user-audio", f"{item['id']} is no completed user audio with transcript null"
            )
        self.committed_id = None

    def response_created(self) -> None:
        """A response of the default conversation began."""
        if self.committed_id is not None or self.promised is not None:
            self._findings.note("turn-order", "the response begins before the turn's item is there")
        self.response_due = "no"

    def cleared(self) -> None:
        """The buffer was thrown away, with the speech that was going on in it."""
        self.speaking = self.promised = None
        self.held_least_ms = self.held_most_ms = 0.0
        self._cut_ms = self.total_ms

    def detection_changed(self) -> None:
        """Another turn detection holds; it may forget the speech that is going on, or not."""
        self._forgettable = self.speaking is not None
        self.held_least_ms = 0.0
        self._cut_ms = self.total_ms
        self._excuse_response()

    def _excuse_response(self) -> None:
        if self.response_due == "must":
            self.response_due = "may"

    def finish(self) -> None:
        """At the end of the connection no turn is left half told."""
        self._judge_wait(self.total_ms)
        if self.promised is not None:
            self._findings.note("turn-order", f"{self.promised} was never committed")
        if self.committed_id is not None:
            self._findings.note("turn-order", f"{self.committed_id} was never added")
        if self.response_due == "must":
            self._findings.note("auto-response", "the last turn was never answered")
