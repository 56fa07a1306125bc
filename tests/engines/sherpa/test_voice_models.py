"""What kind of voice a folder holds."""

import json
from pathlib import Path

import pytest

from engines.sherpa.conftest import Made
from engines.sherpa.models import save
from repartee.engines.protocols import EngineError
from repartee.engines.sherpa.folder import Folder
from repartee.engines.sherpa.voice_models import Model, find

FACTS = {"sample_rate": 24000, "n_speakers": 2, "speaker_names": "af,am"}


def found(path: Path, family: str | None = None, language: str = "") -> Model:
    return find(Folder(str(path), small=True), family, language)


def filled(path: Path, models: str, others: str = "", **facts: object) -> Path:
    for name in models.split():
        save(path / name, [], [], [], {}, facts)
    for name in others.split():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("x")
    return path


@pytest.mark.parametrize(
    ("family", "models", "others"),
    [
        ("kokoro", "model.int8.onnx", "voices.bin tokens.txt lexicon-us-en.txt lexicon-zh.txt"),
        ("matcha", "model-steps-3.onnx vocos-22khz-univ.onnx", "tokens.txt lexicon.txt"),
        ("vits", "en_US-amy-low.onnx", "tokens.txt lexicon.txt phone.fst rule.far"),
        ("zipvoice", "text_encoder.onnx fm_decoder.onnx vocos_24khz.onnx",
         "tokens.txt lexicon.txt test_wavs/me.wav test_wavs/me.txt"),
        ("pocket", "lm_flow.onnx lm_main.onnx encoder.onnx decoder.onnx text_conditioner.onnx",
         "vocab.json token_scores.json test_wavs/bria.wav"),
    ],
)  # fmt: skip
def test_the_files_tell_the_family(tmp_path: Path, family: str, models: str, others: str) -> None:
    model = found(filled(tmp_path, models, others, **FACTS))
    assert (model.family, model.rate) == (family, 24_000)
    for path in model.files.values():
        assert all(Path(each).is_file() for each in path.split(","))


def test_kitten_is_told_from_kokoro(tmp_path: Path) -> None:
    others = "voices.bin tokens.txt lexicon.txt"
    model = found(filled(tmp_path, "model.fp16.onnx", others, **FACTS, model_type="kitten-tts"))
    assert (model.family, model.speakers) == ("kitten", ("af", "am"))


def test_supertonic_states_its_rate_beside_the_models(tmp_path: Path) -> None:
    models = "duration_predictor.onnx text_encoder.onnx vector_estimator.onnx vocoder.onnx"
    filled(tmp_path, models, "tts.json unicode_indexer.bin voice.bin")
    with pytest.raises(EngineError, match=r"tts\.json does not state a sample_rate"):
        found(tmp_path)
    (tmp_path / "tts.json").write_text(json.dumps({"ae": {"sample_rate": 44_100}}))
    assert found(tmp_path).rate == 44_100


def test_voices_that_copy_one_have_recordings_for_speakers(tmp_path: Path) -> None:
    models = "text_encoder.onnx fm_decoder.onnx vocos_24khz.onnx"
    filled(tmp_path, models, "tokens.txt lexicon.txt")
    with pytest.raises(EngineError, match=r"has no \.wav file: put a recording"):
        found(tmp_path)
    filled(tmp_path, "", "b.wav a.wav a.txt")
    with pytest.raises(EngineError, match=r"b\.txt is missing: put what is said there in"):
        found(tmp_path)
    (tmp_path / "b.txt").touch()
    assert found(tmp_path).speakers == ("a", "b")
    assert found(tmp_path).files["speaker:a"] == str(tmp_path / "a.wav")


def test_the_language_chooses_between_lexicons(tmp_path: Path) -> None:
    others = "voices.bin tokens.txt lexicon-gb-en.txt lexicon-us-en.txt lexicon-zh.txt"
    filled(tmp_path, "model.onnx", others, **FACTS)
    chosen = found(tmp_path).files["lexicon"].split(",")
    assert [Path(each).name for each in chosen] == ["lexicon-us-en.txt", "lexicon-zh.txt"]
    chosen = found(tmp_path, language="en-GB").files["lexicon"].split(",")
    assert [Path(each).name for each in chosen] == ["lexicon-gb-en.txt", "lexicon-zh.txt"]


def test_a_voice_without_a_lexicon_is_told(tmp_path: Path) -> None:
    filled(tmp_path, "en_US-amy-low.onnx", "tokens.txt", **FACTS)
    with pytest.raises(EngineError, match=r"lexicon\.txt is missing in .* no longer by espeak-ng"):
        found(tmp_path)


def test_a_missing_vocoder_is_told(tmp_path: Path) -> None:
    filled(tmp_path, "model-steps-3.onnx", "tokens.txt lexicon.txt", **FACTS)
    with pytest.raises(EngineError, match="has no vocoder: put one there"):
        found(tmp_path)


def test_what_belongs_elsewhere_is_told(tmp_path: Path) -> None:
    ears = tmp_path / "ears"
    ears.mkdir()
    filled(ears, "model.onnx", "tokens.txt", model_type="zipformer2")
    with pytest.raises(EngineError, match=r"is no voice, but a model for ears \(zipformer2\)"):
        found(ears)
    filled(tmp_path, "en_US-amy-low.onnx", "en_US-amy-low.onnx.json tokens.txt", **FACTS)
    with pytest.raises(EngineError, match="take the engine piper"):
        found(tmp_path)


def test_a_voice_that_spells_needs_no_lexicon(made: Made) -> None:
    assert found(made("vits")).family == "vits"


def test_what_is_missing_or_wrong_is_told(made: Made, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no voice of the family kokoro, but of vits"):
        found(made("vits"), "kokoro")
    with pytest.raises(EngineError, match="There is no family piper: supertonic, pocket"):
        found(made("vits"), "piper")
    filled(tmp_path, "model.onnx", "tokens.txt lexicon.txt")
    with pytest.raises(EngineError, match=r"model\.onnx does not state its sample_rate"):
        found(tmp_path)
    (tmp_path / "tokens.txt").unlink()
    with pytest.raises(EngineError, match=r"tokens\.txt is missing"):
        found(tmp_path)
