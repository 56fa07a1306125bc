"""Turns of real sessions, played in virtual time, and of entries written by hand."""

from pathlib import Path

import pytest
from msgspec import json

import tapes
from repartee.recording.format import Damage, Entry, Kind, read
from repartee.recording.inspection.following import inspect
from repartee.recording.inspection.turns import Inspection, Turn

SILENCE_MS = 512  # which ends a turn: 500 in frames of 32
EARS_MS = 200  # from the end of a turn to its last word
MIND_MS = 40  # from word to word
FIRST_PIECE_MS = 4 * MIND_MS  # until the voice has a sentence and knows that it is one


@pytest.fixture
def inspected(tmp_path: Path, request: pytest.FixtureRequest) -> Inspection:
    """What is found in the scene that the test names."""
    return inspect(read(tapes.write(request.param, tmp_path)))


def scene(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("inspected", [name], indirect=True)


@scene("talk")
def test_a_spoken_turn_counts_from_the_end_of_speech(inspected: Inspection) -> None:
    first, second = inspected.turns
    at = first.moments
    assert first.kind == "spoken"
    assert first.begun_s == pytest.approx((1.024 + 0.064) + 0.008)  # the net's memory, the tick
    assert first.speech_ms == (0, 1088)
    assert at.began == pytest.approx(-1088 + 32)
    assert at.stopped == at.committed == at.created == SILENCE_MS
    assert at.transcribed == at.asked == SILENCE_MS + EARS_MS
    assert at.text == SILENCE_MS + EARS_MS + MIND_MS
    assert at.sound == at.sent == at.played == SILENCE_MS + EARS_MS + FIRST_PIECE_MS
    assert at.text_end == at.sound_end == at.done
    assert (first.heard, first.said) == ("hello there", tapes.ANSWER)
    assert (first.detection, first.silence_ms) == ("server_vad", 500)
    assert first.tokens is not None
    assert first.tokens.output > 0
    assert second.interruption is None
    assert second.number == 2


@scene("talk")
def test_speech_over_an_answer_ends_what_is_heard_of_it(inspected: Inspection) -> None:
    first, second = inspected.turns
    cut = first.interruption
    assert cut is not None
    assert second.moments.began is not None
    interrupted_s = second.begun_s + second.moments.began / 1000
    assert cut.by == "speech"
    assert cut.at == pytest.approx(1000 * (interrupted_s - first.begun_s))
    assert first.moments.silent == cut.at
    assert first.moments.played is not None
    assert cut.heard_ms == pytest.approx(cut.at - first.moments.played)
    assert not cut.truncated  # this client never said


@scene("foreseen")
def test_an_answer_that_was_begun_early_shows_it(inspected: Inspection) -> None:
    for turn in inspected.turns:
        at = turn.moments
        assert turn.early
        assert at.guessed == at.asked == 128
        assert at.transcribed == at.proceeded == at.stopped == SILENCE_MS
        assert at.sound == 128 + FIRST_PIECE_MS
        assert at.sent == at.played == SILENCE_MS  # nobody hears of it sooner


@scene("semantic")
def test_a_verdict_is_part_of_its_turn(inspected: Inspection) -> None:
    (judgement,) = inspected.turns[0].judgements
    assert (judgement.asked, judgement.finished) == (128, 1.0)
    assert inspected.turns[0].detection == "semantic_vad"
    assert inspected.turns[0].silence_ms is None
    assert inspected.turns[0].moments.stopped == judgement.told == 128


@scene("fetch")
def test_a_function_is_called_and_answers(inspected: Inspection) -> None:
    asked, continued = inspected.turns
    assert (asked.kind, asked.heard) == ("asked", "Please get the weather.")
    (call,) = asked.tools
    assert (call.name, call.called) == ("get_weather", 20)
    assert call.output == pytest.approx(20 + 750)
    assert continued.kind == "continued"
    assert continued.begun_s == pytest.approx(0.77)
    assert "It rains." in continued.said


@scene("push")
def test_pushing_to_talk_asides_and_mistakes(inspected: Inspection) -> None:
    pushed, aside = inspected.turns
    assert (pushed.kind, aside.kind) == ("pushed", "aside")
    assert pushed.moments.committed == pushed.moments.created == 0
    assert pushed.moments.transcribed == EARS_MS
    assert aside.moments.sent is not None
    assert aside.moments.played is None
    (fault,) = inspected.faults
    assert fault.code == "response_cancel_not_active"
    assert fault.turn == 2


@pytest.mark.parametrize("inspected", ["dictate", "beta-dictate"], indirect=True)
def test_a_session_that_only_transcribes_has_turns_too(inspected: Inspection) -> None:
    (turn,) = inspected.turns
    assert turn.heard == "hello there"
    assert turn.response_id is None
    assert turn.moments.stopped == SILENCE_MS
    assert turn.moments.transcribed == SILENCE_MS + EARS_MS
    assert inspected.model is None


@scene("phone")
def test_of_a_call_the_session_knows_what_was_heard(inspected: Inspection) -> None:
    first, second = inspected.turns
    assert first.moments.sent == first.moments.played == SILENCE_MS + EARS_MS + FIRST_PIECE_MS
    cut = first.interruption
    assert cut is not None
    assert cut.truncated
    assert first.moments.silent == cut.at
    assert cut.heard_ms == pytest.approx(cut.at - first.moments.played, abs=1)
    assert second.interruption is None
    assert inspected.transport == "webrtc"


@scene("cut")
def test_a_client_says_what_it_heard(inspected: Inspection) -> None:
    (turn,) = inspected.turns
    cut = turn.interruption
    assert cut is not None
    assert (cut.by, cut.heard_ms, cut.truncated) == ("client", 250, True)
    assert cut.at == pytest.approx(FIRST_PIECE_MS + 400)
    assert turn.moments.silent == cut.at
    assert turn.status == "cancelled"


@scene("telephone")
def test_sound_is_as_long_however_it_is_written(inspected: Inspection) -> None:
    expected_s = len(tapes.ANSWER) * tapes.MS_PER_CHARACTER / 1000
    assert inspected.agent_s == pytest.approx(expected_s, abs=0.001)


def test_beta_says_the_same_by_other_names(tmp_path: Path) -> None:
    beta = inspect(read(tapes.write("beta", tmp_path)))
    ga = inspect(read(tapes.write("talk", tmp_path)))
    assert beta.dialect == "beta"
    moments, others = beta.turns[0].moments, ga.turns[0].moments
    assert (moments.stopped, moments.transcribed) == (others.stopped, others.transcribed)
    assert (moments.sent, moments.done) == (others.sent, others.done)
    assert (beta.turns[0].heard, beta.turns[0].said) == (ga.turns[0].heard, ga.turns[0].said)


# --- entries written by hand -----------------------------------------------------------------


def entry(kind: Kind, now: float, text: object = None, blob: object = None) -> Entry:
    said = b"" if blob is None else json.encode(blob)
    return Entry(kind, now, b"" if text is None else json.encode(text), said, 0)


def beginning(tmp_path: Path) -> list[Entry]:
    """Until the client does something."""
    return [each for each in tapes.entries("dictate", tmp_path) if each.kind is not Kind.HEARD][:4]


def followed(tmp_path: Path, *more: Entry) -> list[Turn]:
    return inspect([*beginning(tmp_path), *more]).turns


def said(now: float, kind: str, **members: object) -> Entry:
    return entry(Kind.SAID, now, blob={"type": kind, **members})


def test_a_session_that_nudges_makes_a_turn_of_silence(tmp_path: Path) -> None:
    tick = entry(Kind.FACT, 107, {"type": "Tick"})
    committed = said(107, "input_audio_buffer.committed", item_id="item_1")
    (turn,) = followed(tmp_path, tick, committed)
    assert turn.kind == "idle"
    assert turn.begun_s == 7


def test_early_replies_in_vain_are_counted(tmp_path: Path) -> None:
    early = {"name": "Reply", "ref": "early_1", "early": True}
    (turn,) = followed(
        tmp_path,
        entry(Kind.ASKED, 101, {"name": "Transcribe", "ref": "item_1"}),
        entry(Kind.ASKED, 102, early),
        entry(Kind.ASKED, 103, {"name": "Stop", "ref": "early_1"}),
        said(104, "input_audio_buffer.committed", item_id="item_1"),
    )
    assert turn.early_dropped == 1
    assert not turn.early
    assert turn.moments.asked is None


def test_a_guess_that_holds_is_the_last_word(tmp_path: Path) -> None:
    (turn,) = followed(
        tmp_path,
        entry(Kind.ASKED, 101, {"name": "Transcribe", "ref": "item_1"}),
        entry(Kind.FACT, 102, {"type": "Transcribed", "ref": "item_1", "text": "a", "complete": 1}),
        entry(Kind.ASKED, 103, {"name": "Stop", "ref": "item_1"}),
        said(103, "input_audio_buffer.committed", item_id="item_1"),
    )
    assert turn.moments.guessed == -1000
    assert turn.moments.transcribed == 0


def test_words_that_nobody_waits_for_are_no_last_ones(tmp_path: Path) -> None:
    (turn,) = followed(
        tmp_path,
        entry(Kind.ASKED, 101, {"name": "Transcribe", "ref": "item_1"}),
        entry(Kind.ASKED, 103, {"name": "Stop", "ref": "item_1"}),
        said(103, "input_audio_buffer.committed", item_id="item_1"),
    )
    assert turn.moments.transcribed is None


def test_ears_that_fail_are_told_of(tmp_path: Path) -> None:
    failed = {"type": "Failed", "ref": "item_1", "code": "ears_failed", "message": "Broken."}
    (turn,) = followed(
        tmp_path,
        entry(Kind.ASKED, 101, {"name": "Transcribe", "ref": "item_1"}),
        entry(Kind.FACT, 102, failed),
        said(103, "input_audio_buffer.committed", item_id="item_1"),
    )
    assert [(fault.code, fault.message) for fault in turn.faults] == [("ears_failed", "Broken.")]


def test_damage_is_noted(tmp_path: Path) -> None:
    found = inspect([*beginning(tmp_path), Damage(400, 17, is_tail=True)])
    assert found.note is not None
    assert "17 bytes" in found.note
    assert not found.complete


def test_a_recording_that_stopped_says_why(tmp_path: Path) -> None:
    broken = entry(Kind.BROKEN, 101, {"reason": "the disk is full"})
    assert inspect([*beginning(tmp_path), broken]).note == "the disk is full"


def test_nothing_is_no_session() -> None:
    with pytest.raises(ValueError, match="how its session began"):
        inspect([])
