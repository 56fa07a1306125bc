"""Which files of a folder are the model's."""

from pathlib import Path

import pytest

from repartee.engines.protocols import EngineError
from repartee.engines.sherpa.folder import Folder


def filled(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).write_bytes(b"x" * 1_000)
    return path


@pytest.mark.parametrize(("small", "name"), [(True, "e.int8.onnx"), (False, "e.onnx")])
def test_of_two_precisions_the_preferred_one_is_taken(
    tmp_path: Path, small: bool, name: str
) -> None:
    folder = Folder(str(filled(tmp_path, "e.onnx", "e.int8.onnx")), small)
    assert folder.model("e*") == str(tmp_path / name)


def test_the_only_precision_there_is_is_taken(tmp_path: Path) -> None:
    assert Folder(str(filled(tmp_path, "e.onnx")), small=True).model("x*", "e*") is not None


def test_a_model_of_the_catalogue_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    repository = "models--csukuangfj--sherpa-onnx-whisper-tiny"
    place = tmp_path / repository / "snapshots" / "aaa"
    place.mkdir(parents=True)
    filled(place, "tiny-encoder.int8.onnx", "tiny-decoder.int8.onnx", "tiny-tokens.txt")
    assert Folder("sherpa-whisper-tiny", small=True).path == place


def test_several_models_are_a_question(tmp_path: Path) -> None:
    folder = Folder(str(filled(tmp_path, "a.onnx", "b.onnx")), small=True)
    with pytest.raises(EngineError, match=r"several models: a\.onnx, b\.onnx\. Leave one"):
        folder.model("*")
    assert folder.model("c*") is None


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), r"has no \.onnx file"),
        (("model.nemo",), r"has model\.nemo, a pickle, which is never loaded"),
        (("model.pt", "tokens.txt"), r"has model\.pt, a pickle"),
        (("pytorch_model.bin",), r"has pytorch_model\.bin, a pickle"),
        (("model.safetensors",), r"has model\.safetensors, which cannot be loaded as it is"),
        (("kokoro.tar.bz2",), r"has kokoro\.tar\.bz2, which cannot be loaded as it is"),
    ],
)
def test_a_folder_without_a_model_is_told(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        Folder(str(filled(tmp_path, *names)), small=True)


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    filled(tmp_path, "model.onnx")
    with pytest.raises(EngineError, match=r"model\.onnx is a file"):
        Folder(str(tmp_path / "model.onnx"), small=True)
    with pytest.raises(EngineError, match="cannot be read: No such file"):
        Folder(str(tmp_path / "none"), small=True)


def test_what_else_is_needed_is_named(tmp_path: Path) -> None:
    folder = Folder(str(filled(tmp_path, "m.onnx", "tiny-tokens.txt", "b.fst", "a.fst")), True)
    assert folder.need("tokens.txt", "*tokens.txt") == str(tmp_path / "tiny-tokens.txt")
    assert folder.files("*.fst") == f"{tmp_path / 'a.fst'},{tmp_path / 'b.fst'}"
    with pytest.raises(EngineError, match=r"voices\.bin is missing in"):
        folder.need("voices.bin")


def test_its_licence_and_its_weight(tmp_path: Path) -> None:
    names = ("m.onnx", "m.int8.onnx", "m.weights", "test.wav", "LICENSE")
    folder = Folder(str(filled(tmp_path, *names)), True)
    assert folder.licence == "LICENSE"
    chosen = [str(tmp_path / name) for name in ("m.int8.onnx", "test.wav")]
    assert folder.megabytes(chosen) == pytest.approx(0.002)
