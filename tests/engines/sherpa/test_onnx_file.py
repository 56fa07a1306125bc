"""What a model file says of itself, whole or not."""

from pathlib import Path

import pytest

from engines.sherpa.conftest import Made
from repartee.engines.protocols import EngineError
from repartee.engines.sherpa.onnx_file import metadata


def test_metadata_is_read_without_the_model(made: Made) -> None:
    facts = metadata(made("streaming-nemo-ctc") / "model.onnx")
    assert facts["model_type"] == "EncDecCTCModelBPE"
    assert facts["window_size"] == "36"
    assert facts["normalize_type"] == ""


@pytest.mark.parametrize("kept", [1, 20, 300, -1])
def test_a_file_that_is_cut_off_is_told(made: Made, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / "model.onnx"
    cut.write_bytes((made("nemo-ctc") / "model.onnx").read_bytes()[:kept])
    with pytest.raises(EngineError, match=r"model\.onnx is cut off: download it again"):
        metadata(cut)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "is no ONNX model"),
        (b"\xff" * 40, "is no ONNX model"),
        (b"PK\x03\x04 this is a pickle in a zip, and some more of it", "is no ONNX model"),
        (b"version https://git-lfs.github.com/spec/v1\nsize 5\n", "run git lfs pull"),
    ],
)
def test_what_is_no_model_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(EngineError, match=message):
        metadata(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"none\.onnx cannot be read: No such file"):
        metadata(tmp_path / "none.onnx")
