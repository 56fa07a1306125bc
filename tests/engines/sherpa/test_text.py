"""Text for a neural voice."""

import pytest

from repartee.engines.sherpa.text import begun, is_sayable, sentences, speakable


def test_pictures_and_markup_are_blanked_and_the_length_stays() -> None:
    text = "**Hi** 👩\u200d🚀 there 🇫🇷 → ✅ №9!"
    said = speakable(text)
    assert len(said) == len(text)
    assert said.split() == ["Hi", "there", "№9!"]


@pytest.mark.parametrize("text", ["", " \n", "…", "😀", "---", "?!"])
def test_some_text_has_nothing_to_be_said(text: str) -> None:
    assert not is_sayable(speakable(text))


def test_text_is_spoken_sentence_by_sentence() -> None:
    text = 'One. "Two!" Three\nFour 3.5 e.g. 五。六'
    assert list(sentences(text)) == [
        "One. ",
        '"Two!" ',
        "Three\n",
        "Four 3.5 e.g. ",
        "五。",
        "六",
    ]
    assert list(sentences("")) == []
    assert max(map(len, sentences("word " * 500))) <= 250


def test_words_begin_with_their_share_of_the_sound() -> None:
    text = "one two three "
    assert [text[: begun(text, share)] for share in (0.0, 0.2, 0.3, 0.6, 1.0)] == [
        *("one ", "one ", "one two ", text, text),
    ]
    assert begun("", 0.5) == 0
