"""Scripts of everything that can happen, in any order; the referee judges every word.

Safety: no rule of the wire is broken.  Determinism: the same script, the same bytes.  Silence:
results of stopped work say nothing.  Liveness: left alone, the session comes to rest.  Truth:
the model is told the conversation that the client sees.
"""

import base64
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from repartee.conformance.findings import Violation
from repartee.protocol.prompt import Call, CallOutput, Message
from repartee.session.inputs import (
    Called,
    Failed,
    Finished,
    Input,
    Said,
    Sounded,
    Tick,
    Transcribed,
)
from scripts import Step, script, smallest
from stage import Stage
from witness import heard, visible

HUNDREDS = 100 if os.environ.get("REPARTEE_FUZZ") == "long" else 4


class Player:
    """Plays a script's steps; abstract choices become ids that exist, or nearly do."""

    def __init__(self) -> None:
        self.stage = Stage()
        self._number = 0

    def play(self, script: list[Step]) -> Stage:
        for name, *arguments in script:
            getattr(self, f"_{name}")(*arguments)
        self.stage.settle()
        return self.stage

    def _client(self, kind: str, **members: Any) -> None:
        self._number += 1
        event = {"type": kind, **members}
        if self._number % 2:
            event["event_id"] = f"client_{self._number}"
        self.stage.client(event)

    def _items(self) -> list[str]:
        added = [
            e["item"]["id"] for e in self.stage.events if e["type"] == "conversation.item.added"
        ]
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
        self._client("session.update", session={"type": "realtime", **session})

    def _create(self, response: dict[str, Any] | None) -> None:
        before = set(self.stage.replies)
        members = {} if response is None else {"response": response}
        self._client("response.create", **members)
        if response is None:
            for ref in set(self.stage.replies) - before:
                self._judge_truth(ref)

    def _judge_truth(self, ref: str) -> None:
        """The lines the model reads are the items that the client sees, in their order."""
        kinds = {"message": Message, "function_call": Call, "function_call_output": CallOutput}
        shown = [kinds[kind] for kind in visible(self.stage.events)]
        told = [type(line) for line in self.stage.replies[ref].prompt.lines]
        assert [kind for kind in told if kind is not CallOutput] == [
            kind for kind in shown if kind is not CallOutput
        ]
        believed = heard(self.stage.events)
        for line in self.stage.replies[ref].prompt.lines:
            if isinstance(line, Message) and line.role == "assistant":
                assert line.text in believed

    def _cancel(self, named: bool) -> None:
        ref = self._pick(list(self.stage.replies), 0) if named else None
        self._client("response.cancel", **({"response_id": ref} if ref else {}))

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
            {"type": "output_audio_buffer.clear"},
            {"type": "response.create", "response": {"temperature": 1}},
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
        ]
        assert self.stage.feed(facts[kind]) == []

    def _wait(self, seconds: float) -> None:
        self.stage.wait(seconds, Tick())


seen: Counter[str] = Counter()


@pytest.fixture(scope="module")
def coverage() -> Iterator[None]:
    """The scripts have to reach every event often enough, or they prove nothing."""
    seen.clear()
    yield
    scripts_played = seen["scripts"]
    if scripts_played < 100:
        return
    shares = {kind: seen[kind] / scripts_played for kind in FLOORS}
    assert {kind: share for kind, share in shares.items() if share < FLOORS[kind]} == {}


FLOORS = {
    "conversation.item.added": 0.5,
    "conversation.item.deleted": 0.09,
    "conversation.item.done": 0.5,
    "conversation.item.input_audio_transcription.completed": 0.25,
    "conversation.item.input_audio_transcription.delta": 0.25,
    "conversation.item.input_audio_transcription.failed": 0.15,
    "conversation.item.retrieved": 0.05,
    "conversation.item.truncated": 0.15,
    "error": 0.5,
    "input_audio_buffer.cleared": 0.12,
    "input_audio_buffer.committed": 0.5,
    "input_audio_buffer.speech_started": 0.5,
    "input_audio_buffer.speech_stopped": 0.5,
    "rate_limits.updated": 0.5,
    "response.content_part.added": 0.5,
    "response.content_part.done": 0.5,
    "response.created": 0.5,
    "response.done": 0.5,
    "response.function_call_arguments.delta": 0.2,
    "response.function_call_arguments.done": 0.2,
    "response.output_audio.delta": 0.3,
    "response.output_audio.done": 0.3,
    "response.output_audio_transcript.delta": 0.3,
    "response.output_audio_transcript.done": 0.3,
    "response.output_item.added": 0.5,
    "response.output_item.done": 0.5,
    "response.output_text.delta": 0.3,
    "response.output_text.done": 0.3,
    "session.created": 1.0,
    "session.updated": 0.5,
}


def judge(script: list[Step]) -> list[Violation]:
    """Play a script; what it broke."""
    stage = Player().play(script)
    violations = stage.end()
    seen["scripts"] += 1
    seen.update(set(stage.kinds()))
    assert stage.replies == {}
    assert len(stage.recognitions) <= 1, "only the turn that goes on is still listened to"
    return violations


def fails(script: list[Step]) -> bool:
    try:
        return bool(judge(script))
    except Exception:
        return True


@pytest.mark.parametrize("hundred", range(HUNDREDS))
def test_any_script_keeps_the_rules(coverage: None, hundred: int) -> None:
    for seed in range(100 * hundred, 100 * (hundred + 1)):
        steps = script(seed)
        if fails(steps):
            shortest = smallest(steps, fails)
            assert judge(shortest) == [], f"seed {seed}: {shortest}"


@pytest.mark.parametrize("seed", range(25))
def test_the_same_script_gives_the_same_bytes(seed: int) -> None:
    steps = script(seed)
    assert Player().play(steps).events == Player().play(steps).events
