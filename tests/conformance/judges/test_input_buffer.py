"""Turns, offsets and commits."""

import pytest

from conformance.judging import Broken, add, breaks, drop, judge, move, put, repeat, rules_broken
from conformance.scenes import barge_in, idle_timeout, manual_commit, spoken_turn, transcription
from conformance.sessions import MANUAL, SESSION, TRANSCRIBED, varied
from conformance.traces import Script, pcm
from repartee.conformance.referee import Referee

STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
COMMITTED = "input_audio_buffer.committed"
ADDED, DONE = "conversation.item.added", "conversation.item.done"


def unanswered_turn() -> Script:
    """Without create_response a turn is committed and nothing more."""
    detection = {**SESSION["audio"]["input"]["turn_detection"], "create_response": False}
    script = Script(varied(turn_detection=detection)).connect()
    script.speech_ends(script.speech_begins())
    return script


def response_before_the_item() -> Script:
    """A response stands between a commit and the item it made."""
    script = Script(MANUAL).connect()
    script.client("input_audio_buffer.append", audio=pcm(100))
    script.client("input_audio_buffer.commit")
    user = script.new_id("item")
    script.committed(user)
    added, done = script.steps[-2:]
    del script.steps[-2:]
    script.respond()
    script.end()
    script.steps += [added, done]
    return script


def reused_name() -> Script:
    """Speech begins under the id of an item that is there already."""
    script = unanswered_turn()
    script.forget("item")
    script.speech_begins(start_ms=2500)
    return script


def commit_during_speech() -> Script:
    """The client commits while the user speaks: speech_stopped does not follow."""
    script = Script().connect()
    item_id = script.speech_begins()
    script.client("input_audio_buffer.commit")
    script.committed(item_id)
    script.client("input_audio_buffer.clear")
    script.server("input_audio_buffer.cleared")
    script.speech_ends(script.speech_begins(start_ms=1500), end_ms=2900)
    script.begin()
    script.say("Yes.")
    script.end()
    return script


def clear_during_speech() -> Script:
    """The client clears while the user speaks: the speech is forgotten."""
    script = Script().connect()
    script.speech_begins()
    script.client("input_audio_buffer.clear")
    script.server("input_audio_buffer.cleared")
    script.speech_begins(start_ms=1500)
    return script


def patience_during_speech(kept: bool) -> Script:
    """Turn detection changes while the user speaks; the server goes on with it, or begins anew."""
    script = Script().connect()
    item_id = script.speech_begins()
    patient = {**SESSION["audio"]["input"]["turn_detection"], "silence_duration_ms": 900}
    shown = varied(turn_detection=patient)
    script.update({"audio": {"input": {"turn_detection": patient}}}, shown)
    if not kept:
        item_id = script.speech_begins(start_ms=1000)
    script.speech_ends(item_id, end_ms=2000)
    script.begin()
    script.say("Yes.")
    script.end()
    return script


def speech_right_after_a_turn() -> Script:
    """Speech goes on behind the turn: what precedes it belongs to the turn before."""
    script = unanswered_turn()
    script.client("input_audio_buffer.append", audio=pcm(100))
    script.server(STARTED, audio_start_ms=2000, item_id="item_2")
    return script


def telephone() -> Script:
    """Audio sent right behind the update that says what it is."""
    script = Script(MANUAL).connect()
    law = {"type": "audio/pcmu"}
    audio = {"input": {"format": law}, "output": {"format": law}}
    shown = varied(MANUAL, format=law)
    shown["audio"]["output"]["format"] = law
    script.client("session.update", session={"type": "realtime", "audio": audio})
    script.client("input_audio_buffer.append", audio=pcm(17))  # 816 bytes are 102 ms of μ-law
    script.client("input_audio_buffer.commit")
    script.server("session.updated", session=shown)
    script.committed(script.new_id("item"))
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks("speech-turns", spoken_turn, repeat(STARTED)),
        breaks(
            "speech-turns",
            clear_during_speech,
            drop("input_audio_buffer.cleared"),
            drop("input_audio_buffer.clear"),
        ),
        breaks(
            "speech-turns",
            commit_during_speech,
            add(STOPPED, before="response.created", audio_end_ms=3000, item_id="item_1"),
        ),
        breaks("speech-vad", manual_commit, add(STARTED, audio_start_ms=0, item_id="item_9")),
        breaks("speech-offsets", barge_in, put(STARTED, "audio_start_ms", 100, nth=1)),
        breaks("speech-offsets", spoken_turn, put(STARTED, "audio_start_ms", 702)),
        breaks("speech-offsets", spoken_turn, put(STARTED, "audio_start_ms", -1)),
        breaks("speech-offsets", spoken_turn, put(STOPPED, "audio_end_ms", 2002)),
        breaks("speech-offsets", spoken_turn, put(STOPPED, "audio_end_ms", 600)),
        breaks(
            "speech-offsets",
            transcription,
            put(STOPPED, "audio_end_ms", 1800, nth=1),
            put(STARTED, "audio_start_ms", 1200, nth=1),
        ),
        breaks("speech-item", unanswered_turn, put(STOPPED, "item_id", "item_9")),
        breaks(
            "speech-item",
            unanswered_turn,
            put(COMMITTED, "item_id", "item_9"),
            put(ADDED, "item.id", "item_9"),
            put(DONE, "item.id", "item_9"),
        ),
        breaks("speech-item", barge_in, put(STARTED, "item_id", "item_2", nth=1)),
        breaks("turn-order", unanswered_turn, drop(COMMITTED), drop(ADDED), drop(DONE)),
        breaks("turn-order", unanswered_turn, drop(ADDED), drop(DONE)),
        breaks("turn-order", response_before_the_item),
        breaks(
            "turn-order",
            transcription,
            drop(ADDED),
            drop(DONE),
            put(COMMITTED, "previous_item_id", None, nth=1),
            put(ADDED, "previous_item_id", None),
            put(DONE, "previous_item_id", None),
        ),
        breaks("speech-item", reused_name),
        breaks(
            "speech-item",
            unanswered_turn,
            put(STOPPED, "item_id", "item_9"),
            put(COMMITTED, "item_id", "item_9"),
            put(ADDED, "item.id", "item_9"),
            put(DONE, "item.id", "item_9"),
        ),
        breaks(
            "turn-order",
            transcription,
            move(STARTED, 1, before=COMMITTED),
            put(STARTED, "audio_start_ms", 1200, nth=1),
        ),
        breaks("commit-unasked", telephone, drop("input_audio_buffer.commit")),
        breaks(
            "user-audio",
            unanswered_turn,
            put(ADDED, "item.content.0.transcript", "Hi"),
            put(DONE, "item.content.0.transcript", "Hi"),
        ),
        breaks(
            "user-audio",
            unanswered_turn,
            put(ADDED, "item.status", "in_progress"),
            put(DONE, "item.status", "in_progress"),
        ),
        breaks(
            "idle-timeout",
            idle_timeout,
            put("session.created", "session.audio.input.turn_detection.idle_timeout_ms", None),
        ),
        breaks(
            "auto-response",
            unanswered_turn,
            put("session.created", "session.audio.input.turn_detection.create_response", True),
        ),
        breaks("item-order", spoken_turn, put(COMMITTED, "previous_item_id", "item_9")),
        breaks("commit-small", telephone, put("input_audio_buffer.append", "audio", pcm(16))),
    ],
)
def test_turns(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


@pytest.mark.parametrize(
    "scene",
    [
        unanswered_turn,
        commit_during_speech,
        clear_during_speech,
        speech_right_after_a_turn,
        telephone,
    ],
)
def test_faultless_turns(scene: "type[Script]") -> None:
    assert not judge(scene().steps)


@pytest.mark.parametrize("kept", [True, False])
def test_another_turn_detection_may_forget_the_speech_or_keep_it(kept: bool) -> None:
    assert not judge(patience_during_speech(kept).steps)


def test_who_speaks_again_may_leave_a_turn_unanswered() -> None:
    script = Script().connect()
    script.speech_ends(script.speech_begins())
    script.speech_begins(start_ms=2500)
    assert not judge(script.steps)


def test_audio_of_a_media_track_counts() -> None:
    script = Script(TRANSCRIBED).connect()
    started = {"audio_start_ms": 200, "item_id": "item_1"}
    script.server(STARTED, **started)
    assert [violation.rule for violation in judge(script.steps)] == ["speech-offsets"]
    referee = Referee()
    referee.server(script.steps[0][1])
    referee.heard(500.0)
    assert not referee.server(script.steps[1][1])
