"""Thirteen names, thirteen voices, and one of them for every other name."""

from repartee.engines.espeak.voices import VOICES, voice

NAMES = {
    *("alloy", "ash", "ballad", "coral", "echo", "fable", "marin"),
    *("cedar", "nova", "onyx", "sage", "shimmer", "verse"),
}


def test_every_name_of_the_api_has_a_voice_of_its_own() -> None:
    assert {*VOICES} == NAMES
    assert len({(each.variant, each.pitch) for each in VOICES.values()}) == 13


def test_a_known_name_gets_its_voice() -> None:
    assert voice("onyx") is VOICES["onyx"]


def test_another_name_always_gets_the_same_voice() -> None:
    # What it is must not depend on the process, as Python's own hash does.
    assert voice("voice_1234") is VOICES["echo"]
    assert voice("") in VOICES.values()
    assert voice("\ud800") in VOICES.values()


def test_other_names_are_spread_over_all_voices() -> None:
    given = [voice(f"voice_{number}") for number in range(200)]
    assert all(each in given for each in VOICES.values())
