"""Recorded sessions with other engines, in virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import tapes
from repartee.engines.fake import FakeVad
from repartee.protocol.audio import NoiseFilter
from repartee.recording.format import read
from repartee.recording.inspection.following import inspect
from repartee.recording.inspection.turns import Inspection
from repartee.recording.opening import Unmakeable
from repartee.recording.rerun.session import DetectorAsHeard, rerun
from repartee.session.commands import Listen
from repartee.session.inputs import Heard
from repartee.settings import Choice, Settings
from virtual_time import run

FAKE = Choice("fake", {})


def settings(**more: Any) -> Settings:
    chosen = dict.fromkeys(("vad", "turn", "ears", "mind", "voice"), FAKE)
    return Settings(**chosen | more)


def again(name: str, folder: Path, *, fast: bool = False, **more: Any) -> tuple[Any, ...]:
    """A scene then and now, and what was noted."""
    path, kept = tapes.write(name, folder), folder / "again.repartee"
    notes = run(rerun(path, settings(**more), kept, fast=fast))
    return inspect(read(path)), inspect(read(kept)), notes


def kinds(inspection: Inspection) -> list[str]:
    return [turn.kind for turn in inspection.turns]


@pytest.mark.parametrize("name", [name for name in tapes.NAMES if name != "fetch"])
def test_the_user_says_the_same_at_the_same_time(name: str, tmp_path: Path) -> None:
    then, now, _ = again(name, tmp_path)
    assert kinds(now) == kinds(then)
    assert now.user_s == then.user_s
    assert (now.dialect, now.transport) == (then.dialect, then.transport)
    for one, other in zip(then.turns, now.turns, strict=True):
        assert other.speech_ms == one.speech_ms
        if one.kind in ("spoken", "pushed"):
            assert other.begun_s == pytest.approx(one.begun_s, abs=0.04)  # a frame and a tick


def test_what_the_engines_make_of_it_is_theirs(tmp_path: Path) -> None:
    then, now, notes = again("talk", tmp_path, ears=Choice("fake", {"text": "now so"}))
    assert then.turns[0].heard == "hello there"
    assert now.turns[0].heard == "now so"
    assert now.engines == {"ears": "fake", "mind": "fake", "voice": "fake"}
    assert notes == []


def test_a_function_that_is_called_again_answers_again(tmp_path: Path) -> None:
    then, now, notes = again("fetch", tmp_path, mind=Choice("repartee-echo", {}))
    assert notes == []
    (then_call,), (call,) = then.turns[0].tools, now.turns[0].tools
    assert call.name == "get_weather"
    assert call.call_id != then_call.call_id
    assert call.called < then_call.called
    assert call.output == pytest.approx(then_call.output, abs=0.001)  # no sooner than it was
    assert "It rains." in now.turns[1].said


def test_a_function_that_is_not_called_again_does_not(tmp_path: Path) -> None:
    _, now, notes = again("fetch", tmp_path)
    assert notes == ["conversation.item.create was left out: call of get_weather 1 was not there"]
    assert [turn.kind for turn in now.turns] == ["asked", "asked"]


def test_a_truncation_speaks_of_the_new_item(tmp_path: Path) -> None:
    _, now, notes = again("cut", tmp_path, mind=Choice("fake", {"text": "And on. " * 9}))
    assert notes == []
    assert now.turns[0].interruption is not None
    assert now.turns[0].interruption.truncated


def test_haste_comes_to_the_same_words(tmp_path: Path) -> None:
    then, now, _ = again("talk", tmp_path, fast=True, ears=Choice("fake", {"text": "now so"}))
    assert kinds(now) == kinds(then)
    assert now.duration_s < then.duration_s
    assert [turn.heard for turn in now.turns] == ["now so", "now so"]


def test_a_file_without_its_beginning_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.repartee"
    path.write_bytes(b"repartee recording 1\n")
    with pytest.raises(Unmakeable, match="opening"):
        asyncio.run(rerun(path, settings(), tmp_path / "again"))


@pytest.mark.parametrize("noise", [None, "near_field"])
def test_what_was_heard_is_heard_so_again(noise: NoiseFilter | None) -> None:
    """Whatever the client's encoding and its noise reduction were: they are done with."""
    told: list[Heard] = []
    listener = DetectorAsHeard(FakeVad(), call_later=lambda *_: NoTimer()).listener(told.append)
    listener.configure(Listen(judge=True, encoding="audio/pcmu", noise_reduction=noise))
    sound = b"\x00\x10" * 768 * 3
    listener.hear(sound)
    listener.flush()
    assert b"".join(each.pcm for each in told) == sound


class NoTimer:
    def cancel(self) -> None:
        """There is nothing to it."""
