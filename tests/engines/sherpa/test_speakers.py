"""Which speaker of a model has which name."""

from repartee.engines.sherpa.speakers import NAMES, number, speaker


def test_the_voices_of_the_api_are_spread_over_many_speakers() -> None:
    numbers = [speaker(name, {}, (), 130) for name in NAMES]
    assert numbers == list(range(0, 130, 10))


def test_few_speakers_are_all_used() -> None:
    assert {speaker(name, {}, (), 5) for name in NAMES} == set(range(5))
    assert {speaker(name, {}, (), 1) for name in (*NAMES, "another")} == {0}


def test_settings_count_most() -> None:
    voices: dict[str, int | str] = {"marin": 3, "alloy": "bella", "nova": "7", "*": 1}
    names = ("adam", "bella")
    told = [speaker(name, voices, names, 10) for name in ("marin", "alloy", "nova", "x", "adam")]
    assert told == [3, 1, 7, 1, 1]


def test_a_speaker_may_be_asked_for_by_its_own_name() -> None:
    assert speaker("bella", {}, ("adam", "bella"), 2) == 1
    assert number("bella", ("adam", "bella")) == 1


def test_an_unknown_name_always_gets_the_same_speaker() -> None:
    assert speaker("someone \ud800", {}, (), 10) == speaker("someone \ud800", {}, (), 10) < 10
