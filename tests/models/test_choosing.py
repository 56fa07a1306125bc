"""A preset takes the best that is here, says what would be better, and stays below the settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from repartee import settings
from repartee.conformance.engines.checks import source
from repartee.engines import registry
from repartee.engines.catalogue import catalogue, entry
from repartee.engines.protocols import Text
from repartee.engines.registry import UnusableEngine
from repartee.models import choosing
from repartee.models.choosing import pick
from repartee.protocol.prompt import Prompt, VoiceChoice
from repartee.settings import Choice, Settings, SettingsError
from repartee.settings.presets import presets

KEY = {"OPENAI_API_KEY": "sk-secret"}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, dict[str, Any]]]:
    """Every extra is installed; which engines were tried to be made, and with what."""
    tried: list[tuple[str, str, dict[str, Any]]] = []

    def make(role: registry.Role, name: str, options: Mapping[str, Any]) -> object:
        tried.append((role, name, {**options}))
        return object()

    monkeypatch.setattr(registry, "make", make)
    monkeypatch.setattr(choosing, "_is_installed", lambda extra: True)
    return tried


def put(cache: Path, name: str) -> Path:
    """The model is here; what is given to its engine."""
    model = entry(name)
    folder = cache / f"models--{model.repository.replace('/', '--')}" / "snapshots" / "aaa"
    folder.mkdir(parents=True)
    for pattern in model.files:
        (folder / pattern.replace("*", "x")).touch()
    return folder / model.files[0] if model.is_one_file else folder


def chosen(name: str, *flags: str, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in force with a preset, and with what `--set` says."""
    said = [settings.parse_set(flag) for flag in flags]
    roles = settings.said_of_roles(environ={}, flags=said)
    picked = pick(name, roles, environ or {})
    return settings.load(environ={}, flags=said, preset=picked.assignments)


def lines(name: str, environ: Mapping[str, str] | None = None) -> list[str]:
    return pick(name, {}, environ or {}).lines


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", presets())
def test_presets_name_models_that_may_be_used_by_everybody(name: str) -> None:
    for role, candidates in presets()[name].roles.items():
        for candidate in candidates:
            if candidate.model:
                model = catalogue()[candidate.model]
                assert model.engine == f"{role}.{candidate.engine}"
                assert model.commercial, model.name


def test_offline_is_what_there_is_without_a_preset() -> None:
    assert chosen("offline") == Settings()


def test_what_is_here_is_taken(cache: Path, made: list[tuple[str, str, dict[str, Any]]]) -> None:
    folder = put(cache, "nemotron-streaming-en")
    file = put(cache, "smart-turn-v3")
    found = chosen("laptop")
    assert found.ears == Choice("sherpa-onnx", {"model": str(folder)})
    assert found.turn == Choice("smart-turn", {"model": str(file)})
    assert found.voice == Choice("espeak-ng")
    assert ("ears", "sherpa-onnx", {"model": str(folder)}) in made
    told = "\n".join(lines("laptop"))
    assert (
        "  ears   sherpa-onnx with nemotron-streaming-en: tells words while they are said" in told
    )
    assert "better: sherpa-onnx with nemotron" not in told


@pytest.mark.usefixtures("made")
def test_the_next_best_is_taken_where_the_best_is_missing(cache: Path) -> None:
    folder = put(cache, "zipformer-streaming-en")
    assert chosen("laptop").ears == Choice("sherpa-onnx", {"model": str(folder)})
    told = lines("laptop")
    place = next(i for i, line in enumerate(told) if line.startswith("  ears"))
    assert "zipformer-streaming-en" in told[place]
    assert told[place + 1].endswith("first repartee models pull nemotron-streaming-en")


def test_an_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "importlib.metadata.requires", lambda name: ["nothing-like-it; extra == 'sherpa'"]
    )
    told = "\n".join(lines("laptop"))
    assert "first pip install 'repartee[sherpa]' and repartee models pull kokoro-82m" in told


def test_an_extra_is_here_when_all_that_it_brings_is(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = [
        "numpy>=2",
        'msgspec>=0.20; extra == "one"',
        "msgspec; extra == 'two'",
        "none; extra == 'two'",
    ]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: needs)
    found = {extra: choosing._is_installed(extra) for extra in ("one", "two", "three")}
    assert found == {"one": True, "two": False, "three": False}


def test_an_engine_that_cannot_be_made_is_not_taken(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(role: registry.Role, name: str, options: Mapping[str, Any]) -> object:
        raise UnusableEngine("ears.sherpa-onnx: encoder.onnx is cut off")

    monkeypatch.setattr(registry, "make", make)
    monkeypatch.setattr(choosing, "_is_installed", lambda extra: True)
    put(cache, "nemotron-streaming-en")
    assert chosen("laptop").ears == Choice("pocketsphinx")
    assert "encoder.onnx is cut off" in "\n".join(lines("laptop"))


@pytest.mark.usefixtures("made")
def test_the_settings_win(cache: Path) -> None:
    folder = put(cache, "nemotron-streaming-en")
    assert chosen("laptop", "ears=fake").ears == Choice("fake")
    threads = chosen("laptop", "ears.threads=2").ears
    assert threads == Choice("sherpa-onnx", {"model": str(folder), "threads": "2"})
    own = chosen("laptop", "ears.model=mine").ears
    assert own == Choice("sherpa-onnx", {"model": "mine"})


def test_what_the_settings_say_is_told() -> None:
    told = pick("offline", {"mind": {"engine", "url"}}, {}).lines
    assert "  mind   as your settings say" in told


def test_laptop_and_gpu_say_how_to_get_a_language_model() -> None:
    for name in ("laptop", "gpu"):
        (line,) = (line for line in lines(name) if line.startswith("  mind"))
        assert "add --llm URL" in line


@pytest.mark.usefixtures("made")
def test_cloud_asks_openai_with_its_key() -> None:
    found = chosen("cloud", environ=KEY)
    for choice in (found.ears, found.mind, found.voice):
        assert choice.engine == "openai"
        assert choice.options["url"] == "https://api.openai.com/v1"
        assert choice.options["api_key_env"] == "OPENAI_API_KEY"
        assert choice.options["model"]
    assert "sk-secret" not in "\n".join(lines("cloud", KEY))


@pytest.mark.usefixtures("made")
def test_cloud_is_elsewhere_where_the_environment_says_so() -> None:
    found = chosen("cloud", environ={"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})
    assert found.voice.options["url"] == "http://127.0.0.1:1/v1"
    assert "api_key_env" not in found.voice.options


@pytest.mark.usefixtures("made")
def test_a_key_does_not_go_to_an_address_that_the_settings_name() -> None:
    mind = chosen("cloud", "mind.url=http://m/v1", "mind.model=m", environ=KEY).mind
    assert mind == Choice("openai", {"url": "http://m/v1", "model": "m"})


@pytest.mark.usefixtures("made")
def test_a_key_that_the_settings_name_is_used() -> None:
    mind = chosen("cloud", "mind.api_key_env=MINE", environ=KEY).mind
    assert mind.options["api_key_env"] == "MINE"
    assert mind.options["url"] == "https://api.openai.com/v1"


@pytest.mark.usefixtures("made")
def test_cloud_without_a_key_says_what_to_set() -> None:
    with pytest.raises(SettingsError, match=r"preset cloud, ears: set OPENAI_API_KEY.*ears\.url"):
        chosen("cloud")
    with pytest.raises(SettingsError, match="preset cloud, voice: set OPENAI_API_KEY"):
        chosen("cloud", "ears=fake", "mind.url=http://m/v1")


def test_a_name_that_there_is_not_is_told() -> None:
    with pytest.raises(SettingsError, match="no preset desktop: choose offline, laptop"):
        pick("desktop", {}, {})


async def test_bench_hears_really_and_says_two_seconds_that_cost_nothing() -> None:
    found = chosen("bench")
    assert found.vad == Settings().vad
    for role in ("turn", "ears"):
        choice = getattr(found, role)
        assert registry.make(registry.as_role(role), choice.engine, choice.options)
    mind = registry.make("mind", found.mind.engine, found.mind.options)
    voice = registry.make("voice", found.voice.engine, found.voice.options)
    told = [each async for each in mind.reply(Prompt(lines=()))]
    words = [each.text for each in told if isinstance(each, Text)]
    spoken = [each async for each in voice.speak(source(words), VoiceChoice())]
    assert [len(each.pcm) * 500 // voice.rate for each in spoken] == [200] * 10
