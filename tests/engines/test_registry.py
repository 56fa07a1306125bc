"""Engines are found by name, made from settings, and refused in words."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engines.contract import parrot_installed
from repartee.engines import registry
from repartee.engines.echo.model import EchoModel
from repartee.engines.fake import FakeSynthesizer
from repartee.engines.registry import UnusableEngine

Publish = Callable[..., None]

PLUGIN = """
class Whisperer:
    licence = "MIT, weights CC-BY-4.0"
    notice = "English only"
    rate = 16_000
    def __init__(self, size: int, folder: str = "x"):
        if size > 5: raise ValueError("the option size is more than the model has")
        if folder == "gone": open("no/such/model")
        if folder == "lazy": import surely_not_installed.deeply
    async def recognize(self, audio, hints):
        yield None

class Silent:
    rate = 16_000

class Rateless:
    async def speak(self, text, voice):
        yield None
"""


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Installs a package with the plugin, its entry points and what its metadata says more."""

    def publish(package: str, *entries: str, metadata: str = "") -> None:
        folder = tmp_path / package
        info = folder / f"{package}-2.1.dist-info"
        info.mkdir(parents=True)
        head = f"Metadata-Version: 2.4\nName: {package}\nVersion: 2.1\n"
        (info / "METADATA").write_text(head + metadata)
        (info / "entry_points.txt").write_text("\n".join(["[repartee.engines]", *entries]))
        (folder / f"{package}.py").write_text(PLUGIN)
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, package, raising=False)

    return publish


def refusal(role: Any, name: str, options: dict[str, Any] | None = None) -> str:
    with pytest.raises(UnusableEngine) as refused:
        registry.make(role, name, options)
    return str(refused.value)


def test_built_in_engines_are_made_by_name() -> None:
    assert isinstance(registry.make("mind", "repartee-echo"), EchoModel)
    voice = registry.make("voice", "fake", {"ms_per_character": "10"})
    assert isinstance(voice, FakeSynthesizer)
    assert voice.rate == 24_000


def test_every_built_in_engine_is_listed_with_its_licence() -> None:
    listed = {(each.role, each.name): each for each in registry.installed()}
    assert {("vad", "fake"), ("ears", "fake"), ("mind", "openai"), ("voice", "fake")} <= {*listed}
    assert {each.role for each in registry.installed("mind")} == {"mind"}
    echo = listed["mind", "repartee-echo"]
    assert (echo.package, echo.licence, echo.problem) == ("repartee", "Apache-2.0", "")
    assert "No language model" in echo.notice
    assert all(each.licence for each in listed.values())


def test_a_plugin_is_listed_and_made(publish: Publish) -> None:
    publish("murmur", "ears.murmur = murmur:Whisperer", "ears.mute = murmur:Silent")
    listed = {each.name: each for each in registry.installed("ears")}
    murmur = listed["murmur"]
    assert (murmur.package, murmur.version) == ("murmur", "2.1")
    assert (murmur.licence, murmur.notice) == ("MIT, weights CC-BY-4.0", "English only")
    assert listed["mute"].licence == "unknown"
    assert registry.make("ears", "murmur", {"size": "3"}).rate == 16_000


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT\n", "MIT"),
        ("License: BSD\n        and all its text\n", "BSD"),
        ("", "unknown"),
    ],
)
def test_a_package_may_state_the_licence(publish: Publish, metadata: str, licence: str) -> None:
    publish("murmur", "ears.mute = murmur:Silent", metadata=metadata)
    (mute,) = (each for each in registry.installed("ears") if each.name == "mute")
    assert mute.licence == licence


def test_an_unknown_name_lists_the_installed_ones() -> None:
    message = refusal("voice", "fkae")
    assert message.startswith("there is no engine voice.fkae. Did you mean voice.fake? ")
    assert "Installed for voice: espeak-ng, fake" in message
    assert "Did you mean mind.repartee-echo?" in refusal("voice", "repartee-echo")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": "big"}, "ears.murmur: the option size must be a whole number"),
        ({}, "ears.murmur: the option size is missing: it must be a whole number"),
        ({"size": 1, "sise": 1}, "ears.murmur: there is no option sise. Did you mean size? "),
        ({"size": 9}, "ears.murmur: the option size is more than the model has"),
        ({"size": 1, "folder": "gone"}, "ears.murmur: FileNotFoundError: "),
        (
            {"size": 1, "folder": "lazy"},
            "ears.murmur: the package surely_not_installed is not installed: "
            "pip install 'murmur[deep]'",
        ),
    ],
)
def test_wrong_options_are_refused(publish: Publish, options: dict[str, Any], message: str) -> None:
    needs = 'Requires-Dist: surely-not-installed>=1 ; extra == "deep"\n'
    publish("murmur", "ears.murmur = murmur:Whisperer", metadata=needs)
    assert refusal("ears", "murmur", options).startswith(message)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("voice.mute = murmur:Silent", "murmur:Silent has no method speak"),
        ("voice.rateless = murmur:Rateless", "murmur:Rateless states no rate, a whole number"),
        ("vad.mute = murmur:Silent", "murmur:Silent has no method __call__"),
        ("mind.gone = murmur:Gone", "AttributeError: "),
        ("mind.gone = nowhere:Gone", "the package nowhere is not installed"),
    ],
)
def test_what_is_no_engine_is_refused(publish: Publish, entry: str, message: str) -> None:
    publish("murmur", entry)
    full_name = entry.partition(" ")[0]
    role, _, name = full_name.partition(".")
    assert refusal(role, name).startswith(f"{full_name}: {message}")


def test_what_cannot_be_imported_is_listed_with_its_problem(publish: Publish) -> None:
    publish("murmur", "mind.gone = nowhere:Gone", metadata="License-Expression: MIT\n")
    (gone,) = (each for each in registry.installed("mind") if each.name == "gone")
    assert gone.problem == "mind.gone: the package nowhere is not installed"
    assert gone.licence == "MIT"


def test_two_packages_with_one_name_are_refused(publish: Publish) -> None:
    publish("murmur", "ears.murmur = murmur:Whisperer")
    publish("mumble", "ears.murmur = mumble:Whisperer")
    message = refusal("ears", "murmur", {"size": 1})
    assert message == "ears.murmur comes from mumble and murmur: uninstall all but one"


def test_roles() -> None:
    assert registry.as_role("ears") == "ears"
    with pytest.raises(UnusableEngine, match="the roles are echo, vad, turn, ears, mind, voice"):
        registry.as_role("nose")


def test_the_example_is_one_short_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with parrot_installed(tmp_path, monkeypatch):
        (parrot,) = (each for each in registry.installed("voice") if each.name == "parrot")
        assert (parrot.package, parrot.licence) == ("repartee-parrot", "CC0-1.0")
        assert registry.make("voice", "parrot", {"pitch": "700"}).rate == 24_000
        assert "Did you mean pitch" in refusal("voice", "parrot", {"pich": 1})
        source = Path(str(sys.modules["parrot"].__file__)).read_text()
    assert len(source.splitlines()) < 20
    assert "repartee" not in source


def test_importing_the_registry_loads_no_engine() -> None:
    code = "import sys, repartee.engines.registry; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True
    )
    loaded = {name for name in ran.stdout.split() if name.startswith(("httpx2", "repartee.eng"))}
    rooms = {"", ".hypothesis", ".options", ".protocols", ".registry"}
    assert loaded == {f"repartee.engines{room}" for room in rooms}
