"""Words are placed by how long the voice has taken so far, and none is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.speech import tone
from repartee.engines.protocols import Speech
from repartee.engines.speech_endpoint.marks import Marks, Tempo

RATE = 24_000
BYTES_PER_MS = 48


def marked(text: str, ms: float, ms_per_character: float = 50, cut: int = 4801) -> list[Speech]:
    marks, pcm = Marks(text, ms_per_character, RATE), tone(ms)
    found = []
    for begin in range(0, len(pcm), cut // 2 * 2):
        found += marks.feed(pcm[begin : begin + cut // 2 * 2])
    assert marks.ms == ms
    return [*found, marks.finish()]


def moments(found: list[Speech]) -> list[tuple[float, str]]:
    """The ms at which each word begins."""
    place, begun = 0.0, []
    for speech in found:
        if speech.text:
            begun.append((place, speech.text))
        place += len(speech.pcm) / BYTES_PER_MS
    return begun


def test_each_word_begins_with_its_sound() -> None:
    found = marked(" One two, three.", 800)
    assert moments(found) == [(0, " One"), (200, " two,"), (450, " three.")]


def test_words_left_over_begin_with_the_last_sound() -> None:
    found = marked("One two three four. ", 300)
    assert moments(found) == [(0, "One"), (150, " two"), (280, " three four. ")]
    assert found[-1].pcm


def test_sound_left_over_belongs_to_the_last_word() -> None:
    found = marked("One two", 5000)
    assert moments(found) == [(0, "One"), (150, " two")]


def test_sound_comes_as_soon_as_there_is_enough() -> None:
    marks = Marks("One two", 50, RATE)
    assert marks.feed(tone(20)) == []
    (first,) = marks.feed(tone(10))
    assert (len(first.pcm), first.text) == (10 * BYTES_PER_MS, "One")


def test_scripts_without_spaces_go_by_the_character() -> None:
    assert [word for _, word in moments(marked("東京です。 \n", 400))] == [*"東京です", "。 \n"]
    assert [len(word) for _, word in moments(marked("x" * 70, 4000))] == [32, 32, 6]


@given(
    st.text(min_size=1).filter(lambda text: re.search(r"\S", text)),
    st.integers(1, 3000),
    st.floats(1, 500),
    st.integers(2, 10_000),
)
def test_neither_sound_nor_text_is_lost(text: str, ms: int, pace: float, cut: int) -> None:
    found = marked(text, ms, pace, cut)
    assert "".join(speech.text for speech in found) == text
    assert b"".join(speech.pcm for speech in found) == tone(ms)
    assert all(speech.pcm and len(speech.pcm) % 2 == 0 for speech in found)
    assert found[0].text


def test_a_voice_is_known_better_with_every_piece() -> None:
    tempo = Tempo()
    assert tempo.ms_per_character == pytest.approx(65)
    tempo.learn(40, 40 * 100)
    after_one = tempo.ms_per_character
    assert 80 < after_one < 100
    for _ in range(20):
        tempo.learn(40, 40 * 100)
    assert tempo.ms_per_character == pytest.approx(100, abs=1)
