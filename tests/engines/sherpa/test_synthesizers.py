"""Voices made of files, by the library itself, and recordings of voices to be taken over."""

import wave
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from engines.sherpa.conftest import Made
from engines.sherpa.voices import RATE
from repartee.engines.sherpa import synthesizers, voice_models
from repartee.engines.sherpa.folder import Folder
from repartee.engines.sherpa.wire import Voice
from repartee.engines.worker.work import WorkError


@pytest.fixture
def options(made: Made) -> Voice:
    model = voice_models.find(Folder(str(made("vits")), small=True), None, "")
    return Voice(
        family=model.family,
        files=model.files,
        threads=1,
        provider="cpu",
        language="",
        rate=model.rate,
        steps=5,
        voices={},
        speakers=model.speakers,
    )


def record(path: Path, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.array([0, -32_768, 16_384, 0], "<i2").tobytes())


def copying(options: Voice, *paths: Path) -> Voice:
    """Of voices that are those of recordings."""
    files = {f"speaker:{path.stem}": str(path) for path in paths}
    names = tuple(path.stem for path in paths)
    return structs.replace(options, files={**options.files, **files}, speakers=names)


def test_a_voice_speaks_at_its_rate(options: Voice) -> None:
    voice = synthesizers.make(options)
    assert (voice.sample_rate, voice.num_speakers) == (RATE, 20)
    assert len(voice.generate("Good morning.").samples) > 0


def test_recordings_are_no_files_of_the_model(options: Voice, tmp_path: Path) -> None:
    record(tmp_path / "anna.wav")
    wanted = copying(options, tmp_path / "anna.wav")
    assert synthesizers.make(wanted).sample_rate == RATE
    assert synthesizers.recordings(options) == []


def test_a_voice_of_another_rate_is_told(options: Voice) -> None:
    with pytest.raises(WorkError, match=f"the model speaks at {RATE} Hz, not at 48000"):
        synthesizers.make(structs.replace(options, rate=48_000))


def test_what_the_library_cannot_use_is_told_by_name(options: Voice, tmp_path: Path) -> None:
    files = {**options.files, "model": str(tmp_path / "gone.onnx")}
    with pytest.raises(WorkError, match=r"sherpa-onnx cannot use gone\.onnx, tokens\.txt"):
        synthesizers.make(structs.replace(options, files=files))
    with pytest.raises(WorkError, match="sherpa-onnx cannot use"):
        synthesizers.make(structs.replace(options, files={"no_such_role": "model.onnx"}))


def test_a_recording_brings_its_sound_and_its_words(options: Voice, tmp_path: Path) -> None:
    for name in ("anna", "bert"):
        record(tmp_path / f"{name}.wav")
    (tmp_path / "anna.txt").write_text(" What is said. \n", encoding="utf-8")
    anna, bert = synthesizers.recordings(
        copying(options, tmp_path / "anna.wav", tmp_path / "bert.wav")
    )
    assert anna.sound.tolist() == [0, -1, 0.5, 0]
    assert (anna.rate, anna.text, bert.text) == (RATE, "What is said.", "")


def test_a_recording_that_is_none_is_told_with_its_remedy(options: Voice, tmp_path: Path) -> None:
    both = tmp_path / "both.wav"
    record(both, channels=2)
    with pytest.raises(WorkError, match=r"both\.wav is not mono with 16 bits a sample: convert it"):
        synthesizers.recordings(copying(options, both))
    both.write_bytes(b"RIFF")
    with pytest.raises(WorkError, match=r"both\.wav is no recording in WAV: convert it"):
        synthesizers.recordings(copying(options, both))
