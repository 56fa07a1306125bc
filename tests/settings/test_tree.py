"""The settings themselves: they keep secrets to themselves, and cannot be changed."""

import pytest

from repartee.settings import Choice, Keys, Models, Session, Settings


def test_no_key_is_ever_printed() -> None:
    settings = Settings(
        mind=Choice("openai", {"api_key": "sk-secret"}),
        keys=Keys(sealing_keys=("a:sk-secret",)),
    )
    assert "sk-secret" not in repr(settings)
    assert "openai" in repr(settings)


@pytest.fixture
def models() -> Models:
    rest = Settings().model(None)
    patterns = ("gpt-4o-*", "gpt-4o-mini*", "gpt-4o-mini-exact", "gpt-[45]", "gpt-4?1", "gpt-5")
    return Models(aliases=("mine",), mapped=dict.fromkeys(patterns, rest))


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("gpt-4o-realtime", "gpt-4o-*"),
        ("gpt-4o-mini-realtime", "gpt-4o-mini*"),
        ("gpt-4o-mini-exact", "gpt-4o-mini-exact"),
        ("gpt-4", "gpt-[45]"),
        ("gpt-5", "gpt-5"),
        ("gpt-4.1", "gpt-4?1"),
        ("GPT-4o-realtime", None),
        ("mine", None),
        ("", None),
    ],
)
def test_a_name_is_mapped_by_itself_or_by_the_longest_pattern(
    models: Models, name: str, pattern: str | None
) -> None:
    assert models.pattern(name) == pattern


def test_names_are_told_from_patterns(models: Models) -> None:
    assert models.named == ("gpt-4o-mini-exact", "gpt-5")


def test_what_is_not_mapped_has_the_settings_at_the_top() -> None:
    settings = Settings(mind=Choice("fake"), session=Session(voice="ash"))
    rest = settings.model(None)
    assert (rest.mind, rest.voice, rest.session.voice) == (settings.mind, settings.voice, "ash")
