"""The catalogue, as people and programs read it."""

import json
from pathlib import Path

import pytest

from repartee.engines.catalogue import catalogue, entry
from repartee.models.listing import as_json, chosen, details, table


def names(role: str | None, language: str | None) -> set[str]:
    return {model.name for model in chosen(catalogue().values(), role, language)}


def test_all_are_listed_unless_one_asks_for_less() -> None:
    assert names(None, None) == {*catalogue()}
    assert names("turn", None) == {"smart-turn-v3"}


def test_a_language_is_also_known_by_those_that_know_many() -> None:
    german = names("ears", "de")
    assert {"parakeet-tdt-0.6b-v3", "faster-whisper-small"} <= german
    assert "nemotron-streaming-en" not in german


def test_a_line_says_what_matters() -> None:
    head, line, *_ = table([entry("parakeet-tdt-0.6b-v3")]).splitlines()
    assert head.split()[:4] == ["NAME", "ROLE", "KNOWS", "MB"]
    assert line.split("  ", 1)[0] == ""
    for part in ("25 languages", "670", "Apache-2.0 / CC-BY-4.0", "ears.sherpa-onnx [sherpa]"):
        assert part in line


def test_what_is_not_sure_is_marked() -> None:
    _, line, *_ = table([entry("moonshine-tiny-en")]).splitlines()
    assert "124 ?" in line
    assert "MIT ?" in line
    _, line, *_ = table([entry("moonshine-base-en")]).splitlines()
    assert " ?  " in line  # nobody states its size


def test_a_star_stands_at_what_is_here(cache: Path) -> None:
    model = entry("qwen3-4b")
    lines = table([model]).splitlines()
    assert not lines[1].startswith("*")
    path = cache / "models--Qwen--Qwen3-4B-GGUF" / "snapshots" / "a" / model.files[0]
    path.parent.mkdir(parents=True)
    path.touch()
    assert table([model]).splitlines()[1].startswith("*")
    (row,) = json.loads(as_json([model]))
    assert row["path"] == str(path)
    assert row["weights_licence"] == "Apache-2.0"


def test_programs_are_told_all_of_it() -> None:
    rows = json.loads(as_json([*catalogue().values()]))
    assert [row["name"] for row in rows] == [*catalogue()]
    assert {row["path"] for row in rows} == {None}


@pytest.mark.parametrize("name", catalogue())
def test_licences_are_told_before_anything_is_fetched(name: str) -> None:
    model = entry(name)
    told = details(model)
    assert model.code_licence in told
    assert model.weights_licence in told
    assert ("not checked" in told) is (model.commercial is None)
    assert model.note in told
