"""Scripts of everything that can happen, in any order and in every kind of session.

The referee judges every word.

Safety: no rule of the wire is broken.  Determinism: the same script, the same bytes.  Silence:
results of stopped work say nothing.  Liveness: left alone, the session comes to rest.  Truth:
the model is told the conversation that the client sees.
"""

import base64
import os
from collections import Counter
from typing import Any

import pytest
from msgspec import structs

from plays import flat, template
from repartee.conformance.findings import Violation
from repartee.protocol.beta import BETA
from repartee.protocol.prompt import Call, CallOutput, Message
from repartee.protocol.template import Prompts
from repartee.session.bounds import Bounds
from repartee.session.commands import Proceed, Reply, Stop
from repartee.session.inputs import (
    Called,
    Failed,
    Finished,
    Input,
    Judged,
    Said,
    Sounded,
    Transcribed,
)
from repartee.session.tolerance import Tolerance
from scripts import Step, script, smallest
from stage import Stage
from witness import ADDED, heard, tracings, visible

SCRIPTS = 700  # of one test; they have to reach everything often enough, or they prove nothing
TESTS = 25 if os.environ.get("REPARTEE_FUZZ") == "long" else 1

PROMPTS: Prompts = {
    "greet": {"1": template("greet", instructions="Greet {{name}}.")},
}
ABLE = Bounds(logprobs=True, prompts=PROMPTS, guesses=True, foresees=True)
PATIENT = structs.replace(ABLE, tolerance=Tolerance(300, frozenset({"mhm"})))
KINDS: dict[str, dict[str, Any]] = {
    "ga": {"bounds": ABLE},
    "beta": {"bounds": ABLE, "dialect": BETA},
    "transcription": {"bounds": ABLE, "transcribes": True},
    "beta transcription": {"bounds": Bounds(), "dialect": BETA, "transcribes": True},
    "call": {"bounds": ABLE, "paced": True},
    "patient": {"bounds": PATIENT},
    "patient call": {"bounds": PATIENT, "paced": True},
    "hearing": {"bounds": structs.replace(ABLE, hears=True, speaks=True, foresees=False)},
    "forgetful": {"bounds": Bounds(window=30, longest=30, count=len)},
    "short": {"bounds": Bounds(minutes=0.2)},
}
TURNS = ("ga", "ga", "call", "forgetful", *KINDS, *KINDS)


def kind_of(seed: int) -> str:
    """In which kind of session a script is played."""
    return TURNS[seed % len(TURNS)]


class Player:
    """Plays a script's steps; abstract choices become ids that exist, or nearly do."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.stage = Stage(**KINDS[kind])
        self._number = 0

    def play(self, script: list[Step]) -> Stage:
        for name, *arguments in script:
            getattr(self, f"_{name}")(*arguments)
            assert not self.stage.early or self.stage.session._hearing.turn.paused
        self.stage.settle()
        return self.stage

    def _client(self, kind: str, **members: Any) -> None:
        self._number += 1
        event = {"type": kind, **members}
        if self._number % 2:
            event["event_id"] = f"client_{self._number}"
        self.stage.client(event)

    def _items(self) -> list[str]:
        added = [event["item"]["id"] for event in self.stage.events if event["type"] in ADDED]
        return [*added, "nowhere"]

    def _pick(self, choices: list[str], index: int) -> str | None:
        return choices[-1 - index % len(choices)] if choices else None

    def _hear(self, speech: float, frames: int) -> None:
        self.stage.hear(speech, frames)

    def _speak(self, speech_frames: int, silent_frames: int) -> None:
        self.stage.speak(speech_frames, silent_frames)

    def _append(self, fault: int) -> None:
        audio = ["", "!!", base64.b64encode(b"odd").decode(), "AAAA" * 100][fault]
        if fault < 3 or not self.stage.judged:
            self._client("input_audio_buffer.append", audio=audio)

    def _commit(self) -> None:
        self._client("input_audio_buffer.commit")

    def _clear(self) -> None:
        self._client("input_audio_buffer.clear")

    def _user(self, text: str, index: int) -> None:
        item: dict[str, Any] = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": text}],
        }
        previous = [None, "root", None, self._pick(self._items(), index), None, None][index]
        if index in (1, 5):
            item["id"] = "mine"
        self._client("conversation.item.create", item=item, previous_item_id=previous)

    def _spoken_item(self, index: int) -> None:
        audio = base64.b64encode(b"\x01\x00" * 4800).decode()
        part = {"type": "input_audio", "audio": audio} if index else {"type": "output_audio"}
        role = "user" if index else "assistant"
        self._client(
            "conversation.item.create", item={"type": "message", "role": role, "content": [part]}
        )

    def _output(self, index: int) -> None:
        calls = [
            e["item"]["call_id"]
            for e in self.stage.events
            if e["type"] == "response.output_item.done" and e["item"]["type"] == "function_call"
        ]
        call_id = self._pick(calls, index) or "call_unknown"
        item = {"type": "function_call_output", "call_id": call_id, "output": "42"}
        self._client("conversation.item.create", item=item)

    def _delete(self, index: int) -> None:
        self._client("conversation.item.delete", item_id=self._pick(self._items(), index))

    def _retrieve(self, index: int) -> None:
        self._client("conversation.item.retrieve", item_id=self._pick(self._items(), index))

    def _truncate(self, index: int, end_ms: int) -> None:
        spoken = [
            e["item_id"] for e in self.stage.events if e["type"] == "response.content_part.added"
        ]
        self._client(
            "conversation.item.truncate",
            item_id=self._pick([*self._items(), *spoken], index),
            content_index=0,
            audio_end_ms=end_ms,
        )

    def _update(self, session: dict[str, Any]) -> None:
        match self.kind:
            case "beta":
                self._client("session.update", session=flat(session))
            case "beta transcription":
                self._client("transcription_session.update", session=flat(session))
            case "transcription":
                self._client("session.update", session={"type": "transcription", **session})
            case _:
                self._client("session.update", session={"type": "realtime", **session})

    def _create(self, response: dict[str, Any] | None) -> None:
        before = set(self.stage.replies)
        members = {} if response is None else {"response": response}
        if response is not None and "beta" in self.kind:
            members = {"response": flat(response)}
        self._client("response.create", **members)
        if response is None:
            for ref in set(self.stage.replies) - before:
                self._judge_truth(ref)

    def _judge_truth(self, ref: str) -> None:
        """The lines the model reads are the items that the client sees, in their order."""
        kinds = {"message": Message, "function_call": Call}
        shown = [kinds[kind] for kind in visible(self.stage.events) if kind in kinds]
        lines = self.stage.replies[ref].prompt.lines
        told = [type(line) for line in lines if not isinstance(line, CallOutput)]
        if self.kind == "forgetful":
            rest = iter(shown)
            assert all(kind in rest for kind in told), "some of them, in their order"
        else:
            assert told == shown
        calls: set[str] = set()
        believed = heard(self.stage.events)
        for line in lines:
            if isinstance(line, Message) and line.role == "assistant":
                assert line.text in believed
            elif isinstance(line, Call):
                calls.add(line.call_id)
            elif isinstance(line, CallOutput):
                assert line.call_id in calls

    def _cancel(self, named: bool) -> None:
        ref = self._pick(list(self.stage.replies), 0) if named else None
        self._client("response.cancel", **({"response_id": ref} if ref else {}))

    def _clear_output(self) -> None:
        self._client("output_audio_buffer.clear")

    def _nonsense(self, index: int) -> None:
        events: list[dict[str, Any]] = [
            {"type": "no.such.event"},
            {},
            {
                "type": "conversation.item.truncate",
                "item_id": "x",
                "content_index": 0,
                "audio_end_ms": 1.5,
            },
            {"type": "input_audio_buffer.append"},
            {"type": "response.create", "response": {"temperature": 1}},
            {"type": "session.update", "session": {"type": "transcription", "audio": {}}},
        ]
        self.stage.client(events[index])

    def _say(self, index: int, text: str) -> None:
        if ref := self._pick(list(self.stage.replies), index):
            self.stage.say(ref, text)

    def _call(self, index: int, key: int) -> None:
        if ref := self._pick(list(self.stage.replies), index):
            self.stage.call(ref, "look", '{"at": "it"}', key=str(key))

    def _finish(self, index: int, stopped: str | None) -> None:
        if ref := self._pick(list(self.stage.replies), index):
            self.stage.finish(ref, stopped)

    def _answer(self, index: int, text: str) -> None:
        if ref := self._pick(list(self.stage.replies), index):
            for _ in range(3):
                self.stage.say(ref, text)
            self.stage.finish(ref)

    def _fail(self, index: int) -> None:
        if ref := self._pick([*self.stage.replies, *self.stage.recognitions], index):
            self.stage.fail(ref)

    def _transcribe(self, index: int, text: str, final: bool) -> None:
        open_refs = list(self.stage.recognitions)
        settled = [ref for ref, done in self.stage.recognitions.items() if done]
        if ref := self._pick(settled if final else open_refs, index):
            self.stage.transcribe(ref, text, final=final)

    def _guess(self, index: int, text: str) -> None:
        open_refs = [ref for ref in self.stage.guesses if ref in self.stage.recognitions]
        if ref := self._pick(open_refs, index):
            self.stage.guess(ref, text)

    def _judge(self, finished: float) -> None:
        if self.stage.pauses:
            self.stage.judge(finished)

    def _stale(self, index: int, kind: int) -> None:
        ref = self._pick(self.stage.gone, index)
        if ref is None:
            return
        facts: list[Input] = [
            Said(ref, "late"),
            Sounded(ref, b"\0\0", 0.04),
            Called(ref, "0", "look", "{}"),
            Finished(ref),
            Failed(ref, "late", "Late."),
            Transcribed(ref, "late", 4, True),
            Transcribed(ref, "late", complete=True),
            Judged(ref, 1.0),
        ]
        assert self.stage.feed(facts[kind]) == []

    def _wait(self, seconds: float) -> None:
        if self.stage.session.deadline <= self.stage.now + seconds:
            self.stage.hear(0.0, 4)  # what may become a turn of silence
        self.stage.wait(seconds)


seen: Counter[tuple[str, str]] = Counter()


PLAYED, LOGPROBS, FORGOTTEN = "played", "logprobs", "forgotten"
FORESEEN, IN_VAIN = "foreseen", "foreseen in vain"
CUT, DUCKED, OVERLOOKED = "cut", "ducked", "overlooked"

SPOKEN_TURNS = {
    "error": 0.5,
    "input_audio_buffer.cleared": 0.12,
    "input_audio_buffer.committed": 0.5,
    "input_audio_buffer.speech_started": 0.5,
    "input_audio_buffer.speech_stopped": 0.5,
    "conversation.item.input_audio_transcription.completed": 0.15,
    "conversation.item.input_audio_transcription.delta": 0.15,
    "conversation.item.input_audio_transcription.failed": 0.01,
    "conversation.item.retrieved": 0.1,
}
ANSWERS = {
    "conversation.item.deleted": 0.01,
    "conversation.item.truncated": 0.15,
    "rate_limits.updated": 0.5,
    "response.content_part.added": 0.5,
    "response.content_part.done": 0.5,
    "response.created": 0.5,
    "response.done": 0.5,
    "response.function_call_arguments.delta": 0.01,
    "response.function_call_arguments.done": 0.01,
    "response.output_item.added": 0.5,
    "response.output_item.done": 0.5,
}
GA_ITEMS = {"conversation.item.added": 0.5, "conversation.item.done": 0.5}
GA_SESSION = {"session.created": 1.0, "session.updated": 0.5}
FLOORS: dict[str, dict[str, float]] = {
    "ga": {
        **SPOKEN_TURNS,
        **ANSWERS,
        **GA_ITEMS,
        **GA_SESSION,
        "input_audio_buffer.timeout_triggered": 0.01,
        "response.output_audio.delta": 0.3,
        "response.output_audio.done": 0.3,
        "response.output_audio_transcript.delta": 0.3,
        "response.output_audio_transcript.done": 0.3,
        "response.output_text.delta": 0.15,
        "response.output_text.done": 0.15,
        LOGPROBS: 0.01,
        FORESEEN: 0.01,
        IN_VAIN: 0.01,
        "conversation_already_has_active_response": 0.2,
        "response_cancel_not_active": 0.01,
        "cannot_update_voice": 0.01,
    },
    "beta": {
        **SPOKEN_TURNS,
        **ANSWERS,
        **GA_SESSION,
        "conversation.created": 1.0,
        "conversation.item.created": 0.5,
        "response.audio.delta": 0.3,
        "response.audio.done": 0.3,
        "response.audio_transcript.delta": 0.3,
        "response.audio_transcript.done": 0.3,
        "response.text.delta": 0.12,
        "response.text.done": 0.12,
        LOGPROBS: 0.01,
    },
    "transcription": {**SPOKEN_TURNS, **GA_ITEMS, **GA_SESSION, LOGPROBS: 0.06},
    "beta transcription": {
        **SPOKEN_TURNS,
        "conversation.item.created": 0.5,
        "transcription_session.created": 1.0,
        "transcription_session.updated": 0.5,
    },
    "call": {
        **SPOKEN_TURNS,
        **ANSWERS,
        **GA_ITEMS,
        "input_audio_buffer.timeout_triggered": 0.01,
        "output_audio_buffer.started": 0.3,
        "output_audio_buffer.stopped": 0.3,
        "output_audio_buffer.cleared": 0.2,
        CUT: 0.2,
        FORESEEN: 0.01,
        IN_VAIN: 0.01,
    },
    "patient": {"input_audio_buffer.speech_started": 0.4, OVERLOOKED: 0.3},
    "patient call": {
        "output_audio_buffer.started": 0.3,
        "output_audio_buffer.stopped": 0.3,
        "output_audio_buffer.cleared": 0.2,
        CUT: 0.2,
        DUCKED: 0.2,
        OVERLOOKED: 0.2,
    },
    "forgetful": {**ANSWERS, "context_length_exceeded": 0.01, FORGOTTEN: 0.08},
    "short": {"session_expired": 0.12, "input_audio_buffer.timeout_triggered": 0.01},
}


def reached(stage: Stage) -> set[str]:
    """Events, codes of errors, and what else a script should come by."""
    whats = set(stage.kinds())
    whats |= {e["error"]["code"] or "" for e in stage.events if e["type"] == "error"}
    if any(event.get("logprobs") for event in stage.events):
        whats.add(LOGPROBS)
    if any(entry.dropped for entry in stage.session._conversation._entries):
        whats.add(FORGOTTEN)
    early = {one.ref for one in stage.commands if isinstance(one, Reply) and one.early}
    used = {one.ref for one in stage.commands if isinstance(one, Proceed)}
    events: dict[str, object] = {
        FORESEEN: used,
        IN_VAIN: early - used,
        CUT: stage.ear.cuts,
        DUCKED: stage.ear.was_soft,
        OVERLOOKED: overlooked(stage),
    }
    return whats | {what for what, happened in events.items() if happened}


def overlooked(stage: Stage) -> set[str]:
    """Items that were nearly begun, of which the client has never heard."""
    stopped = {one.ref for one in stage.commands if isinstance(one, Stop)}
    told = {event.get("item_id") for event in stage.events}
    return {ref for ref in stopped - told if ref.startswith("item")}


def ids(stage: Stage) -> set[str]:
    """Of the responses and items that the client has been told of."""
    responses = {event["response"]["id"] for event in stage.events if "response" in event}
    return responses | {event["item"]["id"] for event in stage.events if "item" in event}


def judge(script: list[Step], kind: str) -> list[Violation]:
    """Play a script; what it broke."""
    stage = Player(kind).play(script)
    if stage.paced and not stage.session.closed:
        assert stage.ear.softly == stage.session._hearing.held
    violations = stage.end()
    assert {one.id for one in stage.records} <= ids(stage), "only what was told has a price"
    seen[kind, PLAYED] += 1
    seen.update((kind, what) for what in reached(stage))
    assert len(tracings(stage.events)) <= 1, "tracing begins once"
    assert stage.replies == {}
    assert len(stage.recognitions) <= 1, "only the turn that goes on is still listened to"
    return violations


def fails(script: list[Step], kind: str) -> bool:
    try:
        return bool(judge(script, kind))
    except Exception:
        return True


@pytest.mark.parametrize("first", range(0, TESTS * SCRIPTS, SCRIPTS))
def test_any_script_keeps_the_rules(first: int) -> None:
    seen.clear()
    for seed in range(first, first + SCRIPTS):
        steps, kind = script(seed), kind_of(seed)
        if fails(steps, kind):
            shortest = smallest(steps, lambda steps: fails(steps, kind))  # noqa: B023
            assert judge(shortest, kind) == [], f"seed {seed}, {kind}: {shortest}"
    for kind, floors in FLOORS.items():
        shares = {what: seen[kind, what] / seen[kind, PLAYED] for what in floors}
        assert {what: share for what, share in shares.items() if share < floors[what]} == {}, kind


@pytest.mark.parametrize("seed", range(25))
def test_the_same_script_gives_the_same_bytes(seed: int) -> None:
    steps, kind = script(seed), kind_of(seed)
    assert Player(kind).play(steps).events == Player(kind).play(steps).events
