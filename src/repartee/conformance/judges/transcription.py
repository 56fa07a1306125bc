"""The judge of input transcription: what was committed is transcribed once, and adds up."""

from dataclasses import dataclass, field

from repartee.conformance.findings import Findings
from repartee.conformance.judges.configuration import Configuration
from repartee.conformance.judges.items import Event
from repartee.conformance.refusals.domains import LOGPROBS


@dataclass
class _Track:
    """The transcription of one item.  `owed`: it must come; without it, it still may."""

    owed: bool
    with_logprobs: bool = False  # they were asked for when it was committed
    pieces: list[str] = field(default_factory=list)
    settled: bool = False


class Transcriptions:
    """All transcriptions of user audio."""

    def __init__(self, findings: Findings, session: Configuration) -> None:
        self._findings = findings
        self._session = session
        self._tracks: dict[str, _Track] = {}

    def announced(self, item_id: str) -> None:
        """Speech of this item began: a recogniser that hears along may speak early."""
        if self._session.audio_input.get("transcription") is not None:
            self._tracks.setdefault(item_id, _Track(owed=False))

    def committed(self, item_id: str) -> None:
        """Audio became an item: with transcription configured, its transcription is owed."""
        if self._session.audio_input.get("transcription") is not None:
            track = self._tracks.setdefault(item_id, _Track(owed=True))
            track.owed, track.with_logprobs = True, self._wants_logprobs

    def created(self, item_id: str) -> None:
        """The client created an item with audio: whether it is transcribed is not established."""
        self._tracks.setdefault(item_id, _Track(owed=False))

    @property
    def _wants_logprobs(self) -> bool:
        return LOGPROBS in (self._session.shown.get("include") or [])

    def deleted(self, item_id: str) -> None:
        """What is deleted need not be transcribed any more."""
        if item_id in self._tracks:
            self._tracks[item_id].owed = False

    def event(self, event: Event) -> None:
        """Any conversation.item.input_audio_transcription.* event."""
        kind = event["type"].rpartition(".")[2]
        track = self._tracks.get(event["item_id"])
        if track is None:
            self._findings.note(
                "transcription-item", f"{kind} for {event['item_id']}, which owes no transcription"
            )
            return
        if track.settled:
            self._findings.note(
                "transcription-once", f"{kind} after {event['item_id']} was settled"
            )
        if event.get("logprobs") and not (track.with_logprobs or self._wants_logprobs):
            self._findings.note("transcription-logprobs", f"{kind} has logprobs nobody asked for")
        if kind == "delta":
            track.pieces.append(event.get("delta", ""))
        elif kind == "completed":
            self._completed(event, track)
        track.settled = track.settled or kind in ("completed", "failed")

    def _completed(self, event: Event, track: _Track) -> None:
        streamed = "".join(track.pieces)
        if track.pieces and streamed != event["transcript"]:
            self._findings.note(
                "transcription-sum", f"{event['transcript']!r:.60} is not {streamed!r:.60}"
            )

        due = track.with_logprobs and self._wants_logprobs and event["transcript"]
        if due and event.get("logprobs") is None:
            self._findings.note("transcription-logprobs-due", "completed without logprobs")

    def finish(self) -> None:
        """At the end of the connection every owed transcription has come."""
        for item_id, track in self._tracks.items():
            if track.owed and not track.settled:
                self._findings.note("transcription-once", f"{item_id} was never transcribed")
