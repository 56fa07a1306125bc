"""The catalogue is sound, and finds on the disk what is there as a whole."""

import re
from pathlib import Path

import pytest

from repartee.engines import catalogue as module
from repartee.engines.catalogue import UnknownModel, catalogue, entry, fits, located, place

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def put(cache: Path, name: str, *files: str, commit: str = "aaa") -> Path:
    folder = "models--" + entry(name).repository.replace("/", "--")
    snapshot = cache / folder / "snapshots" / commit
    for file in files:
        (snapshot / file).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / file).touch()
    return snapshot


def test_every_role_has_models() -> None:
    assert {model.role for model in catalogue().values()} == {"turn", "ears", "mind", "voice"}


@pytest.mark.parametrize("name", catalogue())
def test_an_entry_is_sound(name: str) -> None:
    model = entry(name)
    assert model.name == name
    assert re.fullmatch("[a-z0-9.-]+", name)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", model.repository)
    assert model.engine.startswith(f"{model.role}.")
    assert all(re.fullmatch(r"\*|[a-z]{2,3}", language) for language in model.languages)
    assert not model.commercial or "weights_licence" not in model.unverified


def test_models_of_one_repository_do_not_share_files() -> None:
    repositories = [model.repository for model in catalogue().values()]
    assert len({*repositories}) == len(repositories)


def test_an_unknown_name_is_told_with_one_that_is_near() -> None:
    with pytest.raises(UnknownModel, match=r"no model qwen3-5b: did you mean qwen3-4b\?"):
        entry("qwen3-5b")
    with pytest.raises(UnknownModel, match="no model zzz: `repartee models` lists them"):
        entry("zzz")
    assert located("zzz") is None


def test_a_model_of_one_file_is_that_file(cache: Path) -> None:
    assert located("qwen3-4b") is None
    snapshot = put(cache, "qwen3-4b", "README.md")
    assert located("qwen3-4b") is None
    put(cache, "qwen3-4b", "Qwen3-4B-Q4_K_M.gguf")
    assert located("qwen3-4b") == snapshot / "Qwen3-4B-Q4_K_M.gguf"


def test_any_other_model_is_its_folder_once_all_is_there(cache: Path) -> None:
    name = "faster-whisper-small"
    snapshot = put(cache, name, "model.bin", "config.json", "vocabulary.txt")
    assert located(name) is None
    put(cache, name, "tokenizer.json")
    assert located(name) == snapshot == place(entry(name))


def test_an_older_snapshot_that_is_whole_does(cache: Path) -> None:
    old = put(cache, "qwen3-4b", "Qwen3-4B-Q4_K_M.gguf", commit="aaa")
    put(cache, "qwen3-4b", "README.md", commit="bbb")
    assert located("qwen3-4b") == old / "Qwen3-4B-Q4_K_M.gguf"


@pytest.mark.parametrize(
    ("path", "pattern", "fit"),
    [
        ("model.onnx", "*.onnx", True),
        ("old/model.onnx", "*.onnx", False),
        ("test_wavs/a.wav", "test_wavs/*.wav", True),
        ("model.onnx.data", "*.onnx", False),
    ],
)
def test_patterns_without_a_slash_are_about_the_top(path: str, pattern: str, fit: bool) -> None:
    assert fits(path, pattern) is fit


def test_extras_that_are_here_are_declared() -> None:
    declared = (ROOT / "pyproject.toml").read_text()
    for model in catalogue().values():
        if f'"{model.engine}"' in declared and model.extra:
            assert f"\n{model.extra} = [" in declared, model.name


def test_the_list_is_read_once() -> None:
    assert module.catalogue() is module.catalogue()
