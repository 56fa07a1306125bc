"""What is said of one model, on top of what is said of all."""

from pathlib import Path

import pytest

from repartee import settings
from repartee.settings import Assignment, Choice, Model, SettingsError, parse_set

WRITTEN = """
mind = "fake"
[session]
instructions = "Be kind."
max_input_tokens = 1000

[models]
default = "gpt-realtime"

[models."gpt-4o-*"]
voice = "fake"
session.max_input_tokens = 128000

[models."gpt-4.1".mind]
engine = "openai"
url = "http://m/v1"
extra = { top_k = 1 }

[models.quick]
mind.pace_ms = 0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "settings.toml"
    written.write_text(WRITTEN)
    return written


def _models(file: Path, *flags: str) -> dict[str, Model]:
    told = [parse_set(flag) for flag in flags]
    return settings.load(file=file, environ={}, flags=told).models.mapped


def _refusal(*flags: str) -> str:
    with pytest.raises(SettingsError) as refused:
        settings.load(environ={}, flags=[parse_set(flag) for flag in flags])
    return str(refused.value)


def test_a_model_has_what_is_said_of_it_and_the_rest_from_the_top(file: Path) -> None:
    models = _models(file)
    assert set(models) == {"gpt-4o-*", "gpt-4.1", "quick"}
    found = models["gpt-4o-*"]
    assert (found.ears, found.mind, found.voice) == (
        Choice("pocketsphinx"),
        Choice("fake"),
        Choice("fake"),
    )
    assert (found.session.max_input_tokens, found.session.instructions) == (128_000, "Be kind.")
    assert models["gpt-4.1"].session.max_input_tokens == 1000


def test_a_table_of_options_stays_one(file: Path) -> None:
    options = {"url": "http://m/v1", "extra": {"top_k": 1}}
    assert _models(file)["gpt-4.1"].mind == Choice("openai", options)


def test_options_are_added_to_those_at_the_top_while_the_engine_is_the_same(file: Path) -> None:
    quick = _models(file, "mind.text=Hello", "models.quick.mind.pace_ms=5")["quick"]
    assert quick.mind == Choice("fake", {"text": "Hello", "pace_ms": "5"})


def test_an_engine_named_for_a_model_has_options_of_its_own(file: Path) -> None:
    key = "mind.api_key=sk-for-another-endpoint"
    models = _models(file, "mind=openai", key, "models.quick.mind.url=http://q/v1")
    assert models["gpt-4.1"].mind.options.keys() == {"url", "extra"}
    assert models["quick"].mind.options.keys() == {"api_key", "pace_ms", "url"}
    again = _models(file, 'models."gpt-4.1".mind=openai', 'models."gpt-4.1".mind.model=m')
    assert again["gpt-4.1"].mind.options.keys() == {"url", "extra", "model"}


def test_a_later_source_wins_for_a_model_and_the_top_does_not(file: Path) -> None:
    flags = ('models."gpt-4.1".mind.url=http://n/v1', "mind=other", "session.max_input_tokens=7")
    models = _models(file, *flags, "models.gpt-4o-*.session.max_input_tokens=9")
    assert models["gpt-4.1"].mind.options["url"] == "http://n/v1"
    assert models["gpt-4o-*"].mind == Choice("other")
    assert models["gpt-4o-*"].session.max_input_tokens == 9
    assert models["quick"].session.max_input_tokens == 7


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("models.x.vad=fake", "models.x.vad in --set models.x.vad: all models share one vad"),
        ("models.x.turn=auto", "all models share one turn, which is chosen at the top"),
        ("models.x.vad.engine=fake", "all models share one vad, which is chosen at the top"),
        ("models.x.mind=", "models.x.mind in --set models.x.mind must be the name of an engine"),
        ("models.x.mind.a.b=1", "did you mean models.x.ears, models.x.mind, models.x.voice or"),
        ("models.x.session=1", "models.x.session in --set models.x.session is a section"),
        ("models.x.session.max_input_tokens=0", "must be a whole number of at least 1"),
        ("models.x.session.max_output_tokens=0", "must be a whole number of at least 1"),
        ("models.x.max_input_tokens=9", "did you mean models.x.session.max_input_tokens"),
        ('models."x.y".instruction=Sing', 'did you mean models."x.y".session.instructions?'),
        ("models.x.server.port=1", "unknown key models.x.server.port in"),
        ("models.default.mind=fake", "models.default in --set models.default.mind is a key"),
        (
            "models.x=fake",
            "did you mean models.default, models.aliases, models.lazy, ",
        ),
        ("models.gpt-4.1.mind=fake", 'did you mean models."gpt-4.1".mind?'),
        ("models.v.4.1.session.voice=ash", 'did you mean models."v.4.1".session.voice?'),
        ("models.x.mind.voice.b=1", "did you mean models.x.ears, models.x.mind"),
    ],
)
def test_what_cannot_be_said_of_a_model_is_told_in_one_line(flag: str, told: str) -> None:
    message = _refusal(flag)
    assert told in message
    assert "\n" not in message


def test_a_key_is_named_as_it_is_written() -> None:
    assert Assignment(("models", "gpt-4.1", "mind"), "", "").name == 'models."gpt-4.1".mind'
    assert parse_set('models."gpt-4.1".mind=a=b') == Assignment(
        ("models", "gpt-4.1", "mind"), "a=b", '--set models."gpt-4.1".mind'
    )
