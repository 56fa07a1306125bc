"""What kind of recogniser a folder holds."""

import shutil
from pathlib import Path

import pytest

from engines.sherpa.conftest import Made
from engines.sherpa.models import save
from repartee.engines.protocols import EngineError
from repartee.engines.sherpa.ears_models import Model, find
from repartee.engines.sherpa.folder import Folder


def found(path: Path, family: str | None = None) -> Model:
    return find(Folder(str(path), small=True), family)


def says(path: Path, **facts: object) -> None:
    """A file of a model that has no weights."""
    save(path, [], [], [], {}, facts)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("nemo-ctc", "nemo-ctc"),
        ("streaming-nemo-ctc", "streaming-nemo-ctc"),
        ("sense-voice", "sense-voice"),
        ("transducer", "transducer"),
        ("streaming-transducer", "streaming-transducer"),
        ("nemo-transducer", "nemo-transducer"),
        ("streaming-nemo-transducer", "streaming-transducer"),
    ],
)
def test_the_files_tell_the_family(made: Made, name: str, family: str) -> None:
    model = found(made(name))
    assert model.family == family
    assert Path(model.files["tokens"]).name == "tokens.txt"
    assert found(made(name), family) == model


@pytest.mark.parametrize(
    ("facts", "family"),
    [
        ({"model_type": "zipformer2_ctc"}, "zipformer-ctc"),
        ({"model_type": "zipformer2_ctc", "T": 45}, "streaming-zipformer-ctc"),
        ({"model_type": "paraformer", "lfr_window_size": 7}, "paraformer"),
    ],
)
def test_single_files_tell_their_family(
    tmp_path: Path, facts: dict[str, object], family: str
) -> None:
    says(tmp_path / "model.int8.onnx", **facts)
    (tmp_path / "tokens.txt").touch()
    assert found(tmp_path).family == family


def test_whisper_knows_its_languages(tmp_path: Path) -> None:
    facts = {"model_type": "whisper-tiny", "is_multilingual": 1, "all_language_codes": "en,de"}
    says(tmp_path / "tiny-encoder.int8.onnx", **facts)
    says(tmp_path / "tiny-decoder.int8.onnx")
    (tmp_path / "tiny-tokens.txt").touch()
    model = found(tmp_path)
    assert (model.family, model.languages) == ("whisper", ("en", "de"))
    assert model.files == {
        "encoder": str(tmp_path / "tiny-encoder.int8.onnx"),
        "decoder": str(tmp_path / "tiny-decoder.int8.onnx"),
        "tokens": str(tmp_path / "tiny-tokens.txt"),
    }


def test_moonshine_is_told_by_its_files(tmp_path: Path) -> None:
    for name in ("preprocess", "encode.int8", "uncached_decode.int8", "cached_decode.int8"):
        says(tmp_path / f"{name}.onnx")
    (tmp_path / "tokens.txt").touch()
    model = found(tmp_path)
    assert model.family == "moonshine"
    assert model.files["cached_decoder"] == str(tmp_path / "cached_decode.int8.onnx")


def test_the_second_moonshine_is_told_by_its_files(tmp_path: Path) -> None:
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokens.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert found(tmp_path).family == "moonshine-2"


def test_a_streaming_model_tells_what_it_takes_at_a_time(made: Made) -> None:
    assert found(made("streaming-nemo-ctc")).window_ms == 360
    assert found(made("nemo-ctc")).window_ms == 0


def test_a_multilingual_streaming_model_may_be_asked_for_any_language(tmp_path: Path) -> None:
    says(tmp_path / "encoder.onnx", model_type="EncDecRNNTBPEModel", window_size=121,
         prompt_dictionary="{}")  # fmt: skip
    says(tmp_path / "decoder.onnx")
    says(tmp_path / "joiner.onnx")
    (tmp_path / "tokens.txt").touch()
    assert found(tmp_path).languages == ("*",)


def test_another_family_than_it_is_of_is_refused(made: Made) -> None:
    with pytest.raises(EngineError, match="no model of the family whisper, but of nemo-ctc"):
        found(made("nemo-ctc"), "whisper")
    with pytest.raises(EngineError, match="There is no family whisperer: streaming-transducer,"):
        found(made("nemo-ctc"), "whisperer")


def test_a_voice_is_told(made: Made) -> None:
    with pytest.raises(EngineError, match=r"vits is a voice: name it by voice\.model"):
        found(made("vits"))


def test_a_model_that_says_nothing_needs_its_family_told(tmp_path: Path) -> None:
    says(tmp_path / "model.onnx")
    (tmp_path / "tokens.txt").touch()
    with pytest.raises(EngineError, match=r"does not say what it is \(model_type: none\)"):
        found(tmp_path)
    assert found(tmp_path, "zipformer-ctc").family == "zipformer-ctc"
    with pytest.raises(EngineError, match="no model of the family whisper: leave the option"):
        found(tmp_path, "whisper")


def test_missing_tokens_are_told(made: Made, tmp_path: Path) -> None:
    shutil.copy(made("nemo-ctc") / "model.onnx", tmp_path)
    with pytest.raises(EngineError, match=r"tokens\.txt is missing in .*: download the whole"):
        found(tmp_path)


def test_each_file_must_be_whole(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(made("transducer"), folder)
    joiner = folder / "joiner.onnx"
    joiner.write_bytes(joiner.read_bytes()[:-9])
    with pytest.raises(EngineError, match=r"joiner\.onnx is cut off"):
        found(folder)
