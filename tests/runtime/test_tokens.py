"""Counting tokens: by characters, or by the tokenizer that the settings name."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from repartee.runtime import tokens
from repartee.runtime.tokens import token_counter
from repartee.settings import SettingsError

WORDS = {"[UNK]": 0, "one": 1, "two": 2, "[CLS]": 3}


def tokenizer(**different: Any) -> dict[str, Any]:
    """A token for each word, and one more that is not text at the beginning."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "BertProcessing",
            "sep": ["[CLS]", 3],
            "cls": ["[CLS]", 3],
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": WORDS, "unk_token": "[UNK]"},
        **different,
    }


def write(folder: Path, **different: Any) -> str:
    file = folder / "tokenizer.json"
    file.write_text(json.dumps(tokenizer(**different)))
    return str(file)


def refusal(setting: str) -> str:
    with pytest.raises(SettingsError) as refused:
        token_counter(setting)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_without_a_tokenizer_four_characters_are_a_token() -> None:
    counter = token_counter("characters")
    assert counter.name == "characters"
    assert [counter.count(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


def test_a_tokenizer_counts_the_tokens_of_text_and_no_others(tmp_path: Path) -> None:
    path = write(tmp_path)
    counter = token_counter(path)
    assert counter.name == path
    texts = ("", "one", "one two three", "one two three", "\ud800 one")
    assert [counter.count(text) for text in texts] == [0, 1, 3, 3, 2]


def test_a_tokenizer_does_not_cut_or_fill_what_it_counts(tmp_path: Path) -> None:
    truncation = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    padding = {
        "strategy": {"Fixed": 5},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[UNK]",
    }
    count = token_counter(write(tmp_path, truncation=truncation, padding=padding)).count
    assert [count("one"), count("one two " * 4)] == [1, 8]


def test_a_long_text_is_counted_by_its_beginning(tmp_path: Path) -> None:
    count = token_counter(write(tmp_path)).count
    long = "one " * (tokens.LONGEST // 4)
    assert count(long) == len(long) // 4
    assert count(long + "x" * len(long)) == len(long) // 2
    assert count(long + "x") == len(long) // 4 + 1


def test_what_was_counted_is_not_counted_again_nor_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 2)
    counted: list[str] = []

    def encode(text: str) -> int:
        counted.append(text)
        return len(text)

    monkeypatch.setattr(tokens, "_encoder", lambda path: encode)
    count = token_counter("any").count
    assert [count(text) for text in ("a", "bb", "a", "ccc", "a")] == [1, 2, 1, 3, 1]
    assert counted == ["a", "bb", "ccc", "a"]


def test_a_tokenizer_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal("nowhere.json") == (
        'session.tokenizer nowhere.json: there is no such file; "characters" needs none'
    )
    assert "there is no such file" in refusal(str(tmp_path))


def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text("[]")
    assert refusal(str(file)).startswith(f"session.tokenizer {file} cannot be read: ")


def test_a_missing_package_is_told_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    told = refusal(write(tmp_path))
    assert told.endswith("needs the package tokenizers: pip install 'repartee[tokenizer]'")


def test_the_package_is_not_loaded_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    assert token_counter("characters").count("abcd") == 1
