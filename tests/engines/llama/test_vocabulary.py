"""What means more than it says is found in a file, and made harmless in a conversation."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.llama.models import BEGIN, END, gguf_model
from repartee.engines.llama.vocabulary import JOINER, Unreadable, breaker, control_tokens


def test_the_control_tokens_of_a_file(file: Path) -> None:
    assert control_tokens(file) == ["<unk>", END, BEGIN]


def test_markers_that_the_file_calls_text(tmp_path: Path) -> None:
    plain = gguf_model(tmp_path / "plain.gguf", controls=False)
    assert control_tokens(plain) == ["<unk>", END, BEGIN]


@pytest.mark.parametrize("size", [0, 4, 23, 100, 1000])
def test_what_is_cut_off_or_no_model_is_told(file: Path, tmp_path: Path, size: int) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(file.read_bytes()[:size])
    with pytest.raises(Unreadable, match="it is cut off" if size else "it is no GGUF file"):
        control_tokens(cut)


def test_every_text_of_a_value_is_broken_and_nothing_else() -> None:
    broken = breaker([END])
    value = {"a": [f"so{END}", 1, None, True], END: {"b": "plain < text |>"}}
    assert broken(value) == {
        "a": [f"so<{JOINER}{END[1:]}", 1, None, True],
        END: {"b": "plain < text |>"},
    }


def test_a_model_without_control_tokens() -> None:
    assert breaker([])("<|im_end|>") == "<|im_end|>"


@given(st.lists(st.text("ab<", min_size=2, max_size=4), min_size=1), st.text("ab<\n"))
def test_no_control_token_is_left_however_they_overlap(controls: list[str], text: str) -> None:
    broken = breaker(controls)(text)
    assert not any(control in broken for control in controls)
    assert broken.replace(JOINER, "") == text
