"""Recognisers made of files, by the library itself."""

from pathlib import Path
from typing import Any

import pytest
import sherpa_onnx  # type: ignore[import-untyped]
from msgspec import structs

from engines.sherpa.conftest import Made
from engines.sherpa.models import RATE, said
from repartee.engines.sherpa import ears_models, recognizers
from repartee.engines.sherpa.folder import Folder
from repartee.engines.sherpa.streams import samples
from repartee.engines.sherpa.wire import Ears
from repartee.engines.worker.work import WorkError


def options(folder: Path) -> Ears:
    model = ears_models.find(Folder(str(folder), small=True), None)
    return Ears(
        family=model.family,
        files=model.files,
        threads=1,
        provider="cpu",
        language="",
        hotwords=False,
        tail_ms=700,
        posteriors=False,
    )


def asked(monkeypatch: pytest.MonkeyPatch, wanted: Ears) -> dict[str, Any]:
    """What the library is asked for a recogniser of a family that there is no model of here."""
    kept: dict[str, Any] = {}

    class Recognizer:
        def __getattr__(self, factory: str) -> Any:
            return lambda **settings: kept.update(settings, factory=factory)

    monkeypatch.setattr(sherpa_onnx, "OfflineRecognizer", Recognizer())
    recognizers.make(wanted)
    return kept


def test_a_model_for_whole_turns_hears(made: Made) -> None:
    recognizer = recognizers.make(options(made("nemo-ctc")))
    stream = recognizer.create_stream()
    stream.accept_waveform(RATE, samples(said("HE", "LLO", "")))
    recognizer.decode_stream(stream)
    assert stream.result.text.strip() == "HELLO"


def test_a_streaming_model_looks_for_the_ends_of_what_is_said(made: Made) -> None:
    wanted = options(made("streaming-transducer"))
    assert recognizers.is_streaming(wanted.family)
    recognizer = recognizers.make(wanted)
    stream = recognizer.create_stream()
    ended = []
    for sound in (said("HE", "LLO"), *[said("")] * 5):
        stream.accept_waveform(RATE, samples(sound))
        while recognizer.is_ready(stream):
            recognizer.decode_stream(stream)
        ended.append(recognizer.is_endpoint(stream))
    assert not ended[0]
    assert ended[-1]


def test_every_family_that_is_found_can_be_made() -> None:
    for family in ears_models.FAMILIES:
        online = recognizers.is_streaming(family)
        table = recognizers._ONLINE if online else recognizers._OFFLINE
        kind = sherpa_onnx.OnlineRecognizer if online else sherpa_onnx.OfflineRecognizer
        assert callable(getattr(kind, table[family]))


def test_whisper_is_told_the_language(monkeypatch: pytest.MonkeyPatch, made: Made) -> None:
    wanted = structs.replace(options(made("nemo-ctc")), family="whisper", language="de")
    kept = asked(monkeypatch, wanted)
    assert (kept["factory"], kept["language"]) == ("from_whisper", "de")


def test_hotwords_make_the_search_wider(monkeypatch: pytest.MonkeyPatch, made: Made) -> None:
    wanted = structs.replace(options(made("transducer")), hotwords=True)
    assert asked(monkeypatch, wanted)["decoding_method"] == "modified_beam_search"
    assert "bpe_vocab" not in asked(monkeypatch, wanted)
    with_vocabulary = structs.replace(wanted, files={**wanted.files, "vocabulary": "bpe.vocab"})
    kept = asked(monkeypatch, with_vocabulary)
    assert (kept["modeling_unit"], kept["bpe_vocab"]) == ("bpe", "bpe.vocab")
    assert "vocabulary" not in kept


def test_files_that_are_not_there_are_told_by_their_names(made: Made, tmp_path: Path) -> None:
    wanted = options(made("nemo-ctc"))
    files = {**wanted.files, "model": str(tmp_path / "gone.onnx")}
    with pytest.raises(
        WorkError, match=r"sherpa-onnx cannot use gone\.onnx, tokens\.txt: "
    ) as told:
        recognizers.make(structs.replace(wanted, files=files))
    assert not str(told.value).startswith(str(tmp_path))


def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch, made: Made) -> None:
    def exhausted(**_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(sherpa_onnx.OfflineRecognizer, "from_nemo_ctc", exhausted)
    with pytest.raises(WorkError, match="not enough memory"):
        recognizers.make(options(made("nemo-ctc")))
