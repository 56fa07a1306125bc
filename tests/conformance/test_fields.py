"""Single fields of a session, as the referee sees them kept or broken."""

from typing import Any

import pytest

from conformance.field_scenes import (
    FIELD_SCENES,
    SEMANTIC,
    by_meaning,
    filtered,
    silence,
    sound,
    telephone,
    turnless,
    with_truncation,
)
from conformance.judging import Broken, Steps, add, breaks, drop, judge, place, put, rules_broken
from conformance.scenes import idle_timeout, transcription
from conformance.sessions import SESSION, TRANSCRIPTION, varied
from conformance.traces import Script, pcm

COMPLETED = "conversation.item.input_audio_transcription.completed"
TRIGGERED = "input_audio_buffer.timeout_triggered"


@pytest.mark.parametrize("rulings", [True, False])
@pytest.mark.parametrize("scene", FIELD_SCENES)
def test_a_faultless_server_is_told_nothing(scene: Any, rulings: bool) -> None:
    assert not judge(scene().steps, rulings)


def out_of_turn(steps: Steps) -> None:
    """The timeout comes although the user has spoken since the last response."""
    at = place(steps, TRIGGERED)
    item = {"item_id": "item_spoken"}
    speech: Steps = [
        ("server", {"type": f"input_audio_buffer.{kind}", "event_id": kind, **item, **fields})
        for kind, fields in (
            ("speech_started", {"audio_start_ms": 0}),
            ("speech_stopped", {"audio_end_ms": 5000}),
        )
    ]
    steps[at:at] = speech


@pytest.mark.parametrize(
    "case",
    [
        breaks(
            "semantic-wait",
            by_meaning,
            put("input_audio_buffer.speech_stopped", "audio_end_ms", 5200),
        ),
        breaks(
            "retrieved",
            telephone,
            put("conversation.item.retrieved", "item.content.0.audio", sound(200, 48)),
        ),
        breaks(
            "retrieved",
            telephone,
            put("conversation.item.retrieved", "item.content.0.audio", sound(30, 8)),
        ),
        breaks(
            "commit-small",
            telephone,
            put("error", "error.message", "Error committing input audio buffer: 8.33ms."),
        ),
        breaks(
            "session-merge",
            filtered,
            put("session.updated", "session.audio.input.noise_reduction.strength", 1.0, nth=-1),
        ),
        breaks(
            "session-merge",
            with_truncation,
            put(
                "session.updated",
                "session.truncation",
                {"type": "retention_ratio", "retention_ratio": 0.5},
                nth=1,
            ),
        ),
        breaks(
            "session-merge",
            with_truncation,
            put("session.updated", "session.instructions", "Of the prompt.", nth=-1),
        ),
        breaks(
            "session-merge",
            with_truncation,
            put("session.updated", "session.tool_choice.server_label", "mall", nth=-1),
        ),
        breaks("turnless-model", turnless, put("error", "error.message", "No.")),
        breaks("transcription-logprobs-due", transcription, put(COMPLETED, "logprobs", ...)),
    ],
)
def test_fields(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


@pytest.mark.parametrize(
    "case",
    [
        breaks("idle-timeout", idle_timeout, out_of_turn),
        breaks(
            "transcription-events",
            turnless,
            drop("error", nth=3),
            add(
                "conversation.item.added",
                item={
                    "id": "x",
                    "type": "message",
                    "role": "user",
                    "status": "completed",
                    "content": [],
                },
            ),
        ),
    ],
)
def test_what_has_no_place(case: Broken) -> None:
    assert case.rule in rules_broken(case)


def test_the_idle_timeout_does_not_end_while_a_response_runs() -> None:
    script = idle_timeout()
    script.respond()
    script.server(TRIGGERED, audio_start_ms=5200, audio_end_ms=5900, item_id="item_idle")
    assert "idle-timeout" in {one.rule for one in judge(script.steps)}


def test_a_turn_by_meaning_ends_at_last() -> None:
    steps = by_meaning().steps
    end = place(steps, "input_audio_buffer.speech_stopped")
    assert [one.rule for one in judge(steps[:end])] == ["semantic-wait"]
    assert not judge(steps[: end - 1])


def test_sound_goes_on_without_digital_silence() -> None:
    steps = by_meaning().steps
    steps[place(steps, "input_audio_buffer.append", 2)][1]["audio"] = sound(4000)
    steps[place(steps, "input_audio_buffer.speech_stopped")][1]["audio_end_ms"] = 5400
    assert not judge(steps)


@pytest.mark.parametrize(("format_", "code"), [("audio/pcmu", b"\xff"), ("audio/pcma", b"\xd5")])
def test_every_encoding_has_its_silence(format_: str, code: bytes) -> None:
    session = varied(SESSION, turn_detection=SEMANTIC, format={"type": format_})
    script = Script(session).connect()
    script.client("input_audio_buffer.append", audio=sound(1000, 8))
    script.server("input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_1")
    script.client("input_audio_buffer.append", audio=silence(3000, code))
    assert [one.rule for one in judge(script.steps)] == ["semantic-wait"]


@pytest.mark.parametrize("format_", ["audio/pcmu", "audio/pcma"])
def test_both_telephone_formats(format_: str) -> None:
    assert not judge(telephone(format_).steps)


def test_tracing_that_is_said_again_is_accepted() -> None:
    script = Script({**SESSION, "tracing": "auto"}).connect()
    script.client("session.update", session={"type": "realtime", "tracing": "auto"})
    script.refuse("invalid_value", "Tracing cannot be modified.", "session.tracing")
    assert [one.rule for one in judge(script.steps)] == ["tracing-lock"]


def test_logprobs_may_be_asked_for_later() -> None:
    script = Script({**TRANSCRIPTION, "include": None}).connect()
    script.client("input_audio_buffer.append", audio=pcm(1000))
    script.speech_ends(script.speech_begins(), end_ms=2900)
    script.update({"include": TRANSCRIPTION["include"]}, TRANSCRIPTION)
    usage = {"type": "duration", "seconds": 1.0}
    script.server(COMPLETED, item_id="item_1", content_index=0, transcript="Hi", usage=usage)
    assert not judge(script.steps)
