"""The agent's side of a recording: work on answers, what of it was sent, and what was heard."""

from base64 import b64decode
from typing import Any

from repartee.recording.format import Kind
from repartee.recording.inspection.draft import Draft, Times, details
from repartee.recording.inspection.tracks import Tracks
from repartee.recording.inspection.turns import Kind as TurnKind
from repartee.recording.inspection.turns import Tokens, ToolCall
from repartee.recording.inspection.wire import Sound

Event = dict[str, Any]

_TEXT = (
    "response.output_text.delta",
    "response.output_audio_transcript.delta",
    "response.function_call_arguments.delta",
)


class Answers:
    """Follows every answer from the model's first word to the last sound that was played.

    A client is taken to play what it is given at once, and to stop when it is told that somebody
    speaks; of a call that is the truth.
    """

    def __init__(self, sound: Sound, tracks: Tracks | None = None) -> None:
        """`sound` says how it is written; what is played goes to `tracks`, too."""
        self.seconds = 0.0  # of sound that was played
        self._sound, self._tracks = sound, tracks
        self._works: dict[str, Times] = {}
        self._foreseen: dict[str, Draft] = {}  # what is being said, by early replies to it
        self._drafts: dict[str, Draft] = {}  # by responses, by the items of responses
        self._calls: dict[str, ToolCall] = {}
        self._returned = False  # whether a function has answered since the last response
        self._latest: Draft | None = None
        self._sounding = ""  # the work that told something last
        self._until = 0.0  # when all sound has been played

    def kind(self, step: Kind) -> TurnKind:
        """What an answer that no speech asked for is an answer to."""
        if step is not Kind.CLIENT:
            return "server"
        return "continued" if self._returned else "asked"

    # The work on them

    def foresee(self, ref: str, draft: Draft) -> None:
        """An answer to what was said so far is being prepared."""
        self._foreseen[ref] = draft

    def asked(self, what: str, ref: str, early: bool, now: float) -> None:
        """A `Reply` is begun, wanted after all (`Proceed`), or stopped."""
        if what == "Reply":
            self._works[ref] = {"asked": now}
            if not early:
                self._join(ref)
        elif what == "Proceed":
            self._works.setdefault(ref, {})["proceeded"] = now
            self._foreseen.pop(ref, None)
            self._join(ref, early=True)
        elif draft := self._foreseen.pop(ref, None):
            draft.early_dropped += 1

    def _join(self, ref: str, *, early: bool = False) -> None:
        """This work is that of a response: of its own name, or of the one begun last."""
        draft = self._drafts.get(ref) or self._latest
        if draft is not None:
            draft.work, draft.early = self._works[ref], early
            self._drafts[ref], self._sounding = draft, ref

    def told(self, fact: Event, pcm: bytes, now: float) -> None:
        """What an engine told of its work; of a call `pcm` is its sound."""
        ref = self._sounding = fact.get("ref", "")
        work = self._works.get(ref)
        if work is None:
            return
        if self._tracks and ref not in self._foreseen:
            self._tracks.forget(ref)
        if fact["type"] == "Sounded" and pcm:
            work.setdefault("sound", now)
            work["sound_end"] = now
            if self._tracks:
                self._tracks.expect(ref, pcm)
        elif fact["type"] in ("Said", "Called"):
            work.setdefault("text", now)
            work["text_end"] = now

    # What the client is told

    def begin(self, draft: Draft, response: Event, now: float) -> None:
        """A response has been created, in answer to this."""
        draft.response_id = response["id"]
        draft.mark("created", now)
        self._drafts[response["id"]] = self._latest = draft
        self._returned = False
        self._sound.begin(response)

    def said(self, kind: str, event: Event, now: float) -> tuple[str, str] | None:
        """An event about a response, named as in GA; code and message where it tells of a fault."""
        draft = self._drafts.get(event.get("response_id") or event.get("item_id", ""))
        if draft is not None and kind in _TEXT:
            draft.mark("wrote", now)
            draft.said.append("" if "arguments" in kind else event["delta"])
        match kind:
            case "response.done":
                return self._done(event["response"], now)
            case _ if draft is None:
                pass
            case "response.output_audio.delta":
                self._sent(draft, event["response_id"], b64decode(event["delta"]), now)
            case "response.output_item.added":
                self._drafts[event["item"]["id"]] = draft
            case "response.output_item.done" if event["item"]["type"] == "function_call":
                self._called(draft, event["item"], now)
            case "conversation.item.truncated":
                self._truncated(draft, event["audio_end_ms"], now)
            case "output_audio_buffer.cleared":
                draft.interrupt(now, "client")
                self._hush(draft, now)
        return None

    def _sent(self, draft: Draft, ref: str, sound: bytes, now: float) -> None:
        draft.mark("sent", now)
        if draft.kind == "aside":  # which is for the program, not for the ear
            return
        begins = self._plays(draft, self._sound.seconds(ref, len(sound)), now)
        if self._tracks:
            self._tracks.send(begins, sound, self._sound.of(ref), ref)

    def play(self, ms: float, now: float) -> None:
        """So much sound of a call goes out, of the work that was told of last."""
        if draft := self._drafts.get(self._sounding):
            draft.mark("sent", now)
            begins = self._plays(draft, ms / 1000, now)
            if self._tracks:
                self._tracks.play(begins, self._sounding)

    def _plays(self, draft: Draft, seconds: float, now: float) -> float:
        begins = max(self._until, now)
        self._until = begins + seconds
        self.seconds += seconds
        draft.plays(begins, seconds)
        return begins

    def interrupted(self, now: float) -> None:
        """Somebody speaks: what is still to be played never is."""
        for draft in {*self._drafts.values()}:
            if draft.at.get("silent", now) > now:
                draft.interrupt(now, "speech")
                self._hush(draft, now)

    def _hush(self, draft: Draft, now: float) -> None:
        draft.hush(now)
        self._until = min(self._until, now)
        if self._tracks:
            self._tracks.hush(now)

    def _truncated(self, draft: Draft, heard_ms: int, now: float) -> None:
        draft.interrupt(now, "client")
        assert draft.interruption is not None
        draft.interruption.heard_ms, draft.interruption.truncated = heard_ms, True
        self._hush(draft, now)

    def _called(self, draft: Draft, item: Event, now: float) -> None:
        call = ToolCall(item["name"], item["call_id"], now)
        self._calls[call.call_id] = call
        draft.tools.append(call)

    def returned(self, call_id: str, now: float) -> None:
        """The client has put in what a function gives."""
        self._returned = True
        if call := self._calls.get(call_id):
            call.output = now

    def _done(self, response: Event, now: float) -> tuple[str, str] | None:
        draft = self._drafts.get(response["id"])
        if draft is None:
            return None
        draft.mark("done", now)
        draft.status = response["status"]
        draft.tokens = tokens(response.get("usage"))
        reason, error = details(response)
        if draft.status == "cancelled":
            draft.interrupt(now, "speech" if reason == "turn_detected" else "client")
        return (error["code"], error["message"]) if error else None


def tokens(usage: Event | None) -> Tokens | None:
    """What a response says it has cost."""
    if usage is None:
        return None
    cached = usage["input_token_details"].get("cached_tokens", 0)
    return Tokens(usage["input_tokens"], cached, usage["output_tokens"])
