"""Where the files of a voice are looked for, and what is said when one is not there."""

import json
from pathlib import Path
from typing import Any

import pytest

from engines.piper.voices import NAMES, RATE, piper
from repartee.engines.piper.place import find
from repartee.engines.protocols import EngineError


def test_the_file_or_its_folder_is_named(net: Path) -> None:
    for named in (net, net.parent):
        found, facts = find(named)
        assert found == net
        assert (facts.audio.sample_rate, facts.language) == (RATE, "en-us")
        assert facts.speakers == NAMES


def test_what_older_and_plainer_voices_leave_out(tmp_path: Path) -> None:
    net = piper(tmp_path, phoneme_type="PhonemeType.ESPEAK", speaker_id_map={}, num_speakers=1)
    _, facts = find(net)
    assert (facts.language, facts.speakers, facts.num_speakers) == ("en-us", (), 1)
    _, facts = find(piper(tmp_path, phoneme_type="text"))
    assert facts.language == ""


def refusal(named: Path) -> str:
    with pytest.raises(EngineError) as refused:
        find(named)
    return str(refused.value)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "a.onnx")
    assert "has no .onnx file. A voice of Piper has two files" in refusal(tmp_path)
    net = piper(tmp_path)
    described = net.with_name(f"{net.name}.json")
    assert "name the former" in refusal(described)
    (tmp_path / "b.onnx").write_bytes(net.read_bytes())
    assert "several voices: name one of b.onnx, en_US-noise-low.onnx" in refusal(tmp_path)
    described.unlink()
    assert f"{described} is missing" in refusal(net)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"audio": {}}, "missing required field `sample_rate`"),
        ({"phoneme_type": "pinyin"}, 'asks for phonemes by "pinyin"'),
        ({"phoneme_id_map": {"_": [0], "^": [1]}}, r'lacks "$" in its phoneme_id_map'),
    ],
)
def test_what_is_not_fit_is_told(tmp_path: Path, facts: dict[str, Any], said: str) -> None:
    assert said in refusal(piper(tmp_path, **facts))


def test_other_files_are_told(tmp_path: Path) -> None:
    net = piper(tmp_path)
    described = net.with_name(f"{net.name}.json")
    described.write_text(json.dumps([]))
    assert "does not describe a voice of Piper" in refusal(net)
    net.write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "git lfs pull" in refusal(net)
