"""Turns out of entries: a recording is followed from its beginning to its end.

What the client was told says what became of a turn; the facts and commands between say what it
waited for.  Nothing is asked of the session itself, so a recording of any version can be followed.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import json

from repartee.recording.format import INPUTS, Damage, Entry, Kind
from repartee.recording.inspection.answers import Answers
from repartee.recording.inspection.draft import Draft
from repartee.recording.inspection.glance import Glance
from repartee.recording.inspection.microphone import Microphone
from repartee.recording.inspection.tracks import Tracks
from repartee.recording.inspection.turns import Fault, Inspection, Judgement, spreads
from repartee.recording.inspection.wire import Sound, Vad, configured, name

Event = dict[str, Any]


def inspect(entries: Iterable[Entry | Damage], tracks: Tracks | None = None) -> Inspection:
    """What a recording tells; its sound goes to `tracks`.  Raises ValueError where it is empty."""
    follower = Follower(tracks)
    for entry in entries:
        follower.take(entry)
    return follower.inspection()


class Follower:
    """Takes entries one by one; what they come to can be asked at any time."""

    def __init__(self, tracks: Tracks | None = None) -> None:
        self._glance = Glance()
        self._microphone = Microphone()
        self._sound = Sound()
        self._answers = Answers(self._sound, tracks)
        self._tracks = tracks
        self._drafts: dict[str, Draft] = {}  # of what is being said, by its item
        self._listed: list[Draft] = []
        self._speaking: Draft | None = None  # the last that a recognition was opened for
        self._questions: dict[str, Judgement] = {}  # whether it is over, by their refs
        self._vad = Vad()
        self._step = Kind.OPENING
        self._typed: str | None = None  # the user's last words in writing

    def take(self, entry: Entry | Damage) -> None:
        """What is in the file next."""
        if isinstance(entry, Damage):
            self._glance.damaged(entry)
            return
        self._glance.goes_on(entry.time)
        if entry.kind in INPUTS:
            self._step = entry.kind
        match entry.kind:
            case Kind.OPENING:
                self._open(json.decode(entry.text), entry.time)
            case Kind.HEARD:
                self._hear(json.decode(entry.text)["speech"], entry.blob, entry.time)
            case Kind.FACT:
                self._fact(json.decode(entry.text), entry.blob, entry.time)
            case Kind.ASKED:
                self._asked(json.decode(entry.text), entry.time)
            case Kind.SAID:
                self._said(json.decode(entry.blob), entry.time)
            case Kind.LEFT:
                self._glance.complete = True
            case Kind.BROKEN:
                self._glance.note = json.decode(entry.text)["reason"]

    def inspection(self) -> Inspection:
        """What they came to."""
        since = self._glance.since
        turns = [draft.turn(n, since) for n, draft in enumerate(self._listed, 1)]
        return self._glance.inspection(
            turns=turns,
            spreads=spreads(turns),
            user_s=round(self._microphone.seconds, 6),
            agent_s=round(self._answers.seconds, 6),
        )

    def _open(self, opened: Event, now: float) -> None:
        self._glance.open(opened, now)
        if self._tracks:
            self._tracks.since = now

    def _hear(self, speech: float | None, pcm: bytes, now: float) -> None:
        self._microphone.hear(now, len(pcm), speech)
        if self._tracks:
            self._tracks.hear(now, pcm)

    # What the engines told

    def _fact(self, fact: Event, pcm: bytes, now: float) -> None:
        ref = fact.get("ref", "")
        match fact["type"]:
            case "Transcribed" if draft := self._drafts.get(ref):
                _recognized(draft, fact, now)
            case "Judged" if ref in self._questions:
                judgement = self._questions.pop(ref)
                judgement.told, judgement.finished = now, fact["finished"]
            case "Failed" if draft := self._drafts.get(ref):
                draft.faults.append(self._fault(fact["code"], fact["message"], now))
            case _:
                self._answers.told(fact, pcm, now)

    # What the engines were asked

    def _asked(self, command: Event, now: float) -> None:
        ref = command.get("ref", "")
        match command["name"]:
            case "Transcribe":
                self._speaking = self._draft(ref)
            case "Judge" if self._speaking is not None:
                self._questions[ref] = judgement = Judgement(now)
                self._speaking.judgements.append(judgement)
            case "Stop" if draft := self._drafts.get(ref):
                if "guessed" in draft.at:  # it holds: nothing more is to be understood
                    draft.mark("transcribed", now)
            case "Reply" | "Proceed" | "Stop":
                self._answers.asked(command["name"], ref, bool(command.get("early")), now)
                if command.get("early") and self._speaking is not None:
                    self._answers.foresee(ref, self._speaking)
            case "Play":
                self._answers.play(command["ms"], now)

    # What the client was told

    def _said(self, event: Event, now: float) -> None:  # noqa: C901 - one case for each event
        match kind := name(event["type"]):
            case "session.created" | "session.updated":
                self._configure(event["session"])
            case "input_audio_buffer.speech_started":
                self._begin(self._draft(event["item_id"]), now)
            case "input_audio_buffer.speech_stopped":
                self._stop(self._draft(event["item_id"]), now)
            case "input_audio_buffer.committed":
                self._commit(self._draft(event["item_id"]), now)
            case "input_audio_buffer.cleared":
                self._microphone.over()
            case "conversation.item.added":
                self._added(event["item"], now)
            case "conversation.item.input_audio_transcription.completed":
                draft = self._draft(event["item_id"])
                draft.mark("transcribed", now)
                draft.heard = event["transcript"]
            case "conversation.item.input_audio_transcription.failed":
                error = event["error"]
                self._draft(event["item_id"]).status = "unheard"
                self._glance.faults.append(self._fault(error["code"], error["message"], now))
            case "response.created":
                self._create(event["response"], now)
            case "error":
                error = event["error"]
                code = error["code"] or error["type"]
                self._glance.faults.append(self._fault(code, error["message"], now))
            case _:
                if fault := self._answers.said(kind, event, now):
                    self._glance.faults.append(self._fault(*fault, now))
                if kind == "response.done":
                    self._glance.spend(event["response"].get("usage"))

    def _configure(self, session: Event) -> None:
        self._vad = configured(session, self._sound)
        self._microphone.configure(self._vad.threshold)

    def _draft(self, item_id: str) -> Draft:
        """Of what is said, or was, under this item."""
        if item_id not in self._drafts:
            self._drafts[item_id] = Draft()
            self._drafts[item_id].item_id = item_id
        return self._drafts[item_id]

    def _begin(self, draft: Draft, now: float) -> None:
        self._microphone.announce()
        began = self._microphone.began
        draft.mark("began", began.now if began else now)
        if self._vad.interrupts:
            self._answers.interrupted(now)

    def _stop(self, draft: Draft, now: float) -> None:
        ended, began = self._microphone.ended, self._microphone.began
        draft.zero = ended.now if ended else now
        draft.mark("stopped", now)
        draft.detection, draft.silence_ms = self._vad.kind, self._vad.silence_ms
        if began and ended:
            draft.speech_ms = (began.sound_ms, ended.sound_ms)

    def _commit(self, draft: Draft, now: float) -> None:
        if "stopped" not in draft.at:
            draft.kind = "pushed" if self._step is Kind.CLIENT else "idle"
            draft.zero = now
            draft.at.pop("began", None)
        draft.mark("committed", now)
        self._list(draft)
        self._microphone.over()

    def _list(self, draft: Draft) -> None:
        self._listed.append(draft)
        self._typed = None

    def _added(self, item: Event, now: float) -> None:
        if item["type"] == "function_call_output":
            self._answers.returned(item["call_id"], now)
        elif item["type"] == "message" and item["role"] == "user":
            written = [part["text"] for part in item["content"] if part.get("text")]
            self._typed = " ".join(written) or self._typed

    def _create(self, response: Event, now: float) -> None:
        draft = self._listed[-1] if self._listed else None
        aside = response.get("conversation_id", "") is None
        if draft is None or draft.response_id is not None or aside:
            draft = Draft("aside" if aside else self._answers.kind(self._step))
            draft.zero, draft.heard = now, self._typed
            self._list(draft)
        self._answers.begin(draft, response, now)

    def _fault(self, code: str, message: str, now: float) -> Fault:
        return Fault(self._glance.at(now), code, message, len(self._listed) or None)


def _recognized(draft: Draft, fact: Event, now: float) -> None:
    if fact.get("final"):
        draft.mark("transcribed", now)
    elif fact.get("complete"):
        draft.at["guessed"] = now
    elif fact["text"]:
        draft.mark("partial", now)
    if fact["text"]:
        draft.heard = fact["text"]
