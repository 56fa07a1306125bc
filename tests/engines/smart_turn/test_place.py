"""The model is found where it may lie, in an order, and otherwise one is told where to put it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from repartee.engines.protocols import EngineError
from repartee.engines.smart_turn.place import find_model

Put = Callable[[str], Path]

SNAPSHOT = "hub/models--pipecat-ai--smart-turn-v3/snapshots/0a1b2c"
PACKAGE = "packages/pipecat/audio/turn/smart_turn/data"
NAME = "smart-turn-v3.2-cpu.onnx"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no model yet."""
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    info = tmp_path / "packages" / "pipecat_ai-1.14.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: pipecat-ai\nVersion: 1.14.0\n")
    (info / "RECORD").write_text(
        f"pipecat/__init__.py,,\npipecat/audio/turn/smart_turn/data/{NAME},,\n"
    )
    monkeypatch.syspath_prepend(str(info.parent))


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Puts a file there, and says where."""

    def put(name: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return path

    return put


def test_without_one_it_is_told_where_to_put_it() -> None:
    with pytest.raises(EngineError, match="repartee models pull smart-turn-v3"):
        find_model()


def test_the_one_that_is_named_goes_before_all_others(put: Put) -> None:
    put(f"{SNAPSHOT}/{NAME}")
    named = put("mine.onnx")
    assert find_model(named) == named


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="is a folder: name the file"):
        find_model(tmp_path)


def test_one_that_is_named_must_be_there(put: Put, tmp_path: Path) -> None:
    put(f"{SNAPSHOT}/{NAME}")
    with pytest.raises(EngineError, match=r"there is no file .*mine\.onnx"):
        find_model(tmp_path / "mine.onnx")


def test_the_hubs_cache_goes_before_an_installed_pipecat(put: Put) -> None:
    installed = put(f"{PACKAGE}/{NAME}")
    assert find_model() == installed
    cached = put(f"{SNAPSHOT}/{NAME}")
    assert find_model() == cached


def test_the_newest_that_is_made_for_processors_is_taken(put: Put) -> None:
    put(f"{SNAPSHOT}/smart-turn-v3.1-cpu.onnx")
    put(f"{SNAPSHOT}/smart-turn-v3.2-gpu.onnx")
    best = put(f"{SNAPSHOT}/{NAME}")
    put(f"{SNAPSHOT}/smart-turn-v3.0.onnx")
    put(f"{SNAPSHOT}/smart-turn-v2.onnx")
    assert find_model() == best


def test_a_download_that_was_broken_off_is_none(put: Put, tmp_path: Path) -> None:
    installed = put(f"{PACKAGE}/{NAME}")
    link = put(f"{SNAPSHOT}/README.md").with_name(NAME)
    link.symlink_to(tmp_path / "hub" / "no such blob")
    assert find_model() == installed


@pytest.mark.parametrize(
    ("variable", "folder", "hub"),
    [
        ("HF_HUB_CACHE", "elsewhere", ""),
        ("HF_HOME", "home", "hub"),
        ("XDG_CACHE_HOME", "cache", "huggingface/hub"),
        ("HOME", "user", ".cache/huggingface/hub"),
    ],
)
def test_the_cache_is_where_the_hubs_own_library_has_it(
    put: Put,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    folder: str,
    hub: str,
) -> None:
    for each in ("HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(variable, str(tmp_path / folder))
    repository = SNAPSHOT.removeprefix("hub/")
    cached = put(str(Path(folder) / hub / repository / NAME))
    assert find_model() == cached
