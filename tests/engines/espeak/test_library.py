"""The library, in a process of its own: its state is global, and its licence is the GPL."""

import json
import subprocess
import sys
from typing import Any

import pytest

from repartee.engines.worker.link import environment

PREPARE = """
import json
from repartee.engines.espeak.library import Library
from repartee.engines.espeak.voices import voice
from repartee.engines.worker.work import WorkError

library = Library()
files = library.languages()

def speak(text, language="en-us", stopped=lambda: False):
    library.choose(files[language], voice("marin"))
    pcm, words = library.speak(text, stopped)
    return len(pcm) / 2 / 22_050, words

def refused(file):
    try:
        library.choose(file, voice("marin"))
    except WorkError as error:
        return str(error)

def read(language, text):
    try:
        library.read_in(language)
    except WorkError as error:
        return str(error)
    return library.phonemes(text)
"""


def ask(question: str) -> Any:
    """The value of an expression in a process that has loaded the library."""
    script = f"{PREPARE}\nprint(json.dumps({question}))"
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=environment()
    )
    return json.loads(ran.stdout)


def test_languages_have_voice_files() -> None:
    files = ask("files")
    assert files["en-us"] == "gmw/en-US"
    assert files["en-gb"] == "gmw/en"
    assert files["fr"] == files["fr-fr"] == "roa/fr"
    assert files["cmn"] == files["zh"] == "sit/cmn"
    assert {"de", "es", "pt-br", "ja", "ar", "he", "hi"} <= {*files}


def test_every_voice_file_can_be_spoken_with() -> None:
    assert ask("[file for file in {*files.values()} if refused(file)]") == []


def test_a_voice_file_that_is_not_there_is_refused() -> None:
    assert ask("refused('en-gb/nowhere')") == "espeak-ng has no voice en-gb/nowhere"


def test_words_are_placed_in_sound_and_text() -> None:
    seconds, words = ask("speak('Good morning, dear all.')")
    assert 1 < seconds < 3
    assert [place for _, place in words] == [0, 5, 14, 19]
    samples = [sample for sample, _ in words]
    assert samples == sorted({*samples})
    assert samples[-1] < seconds * 22_050


def test_places_are_counted_in_characters() -> None:
    _, words = ask("speak('naïve 👋 über')")
    assert words[-1][1] == 8


def test_nothing_said_before_is_said_again() -> None:
    first, again = ask("[speak('Yes.'), speak('Yes.')]")
    assert first[0] == pytest.approx(again[0], rel=0.02)
    assert len(again[1]) == 1


@pytest.mark.parametrize("text", ["", " ", "…", "\ufeff", "\u200d" * 50, "\U0001f9ff" * 20])
def test_text_without_words_is_no_failure(text: str) -> None:
    assert ask(f"speak({text!r})[0]") >= 0


def test_markup_is_read_out_and_not_obeyed() -> None:
    plain, marked, phonemes = ask(
        "[speak(t)[0] for t in ('pause', '<break time=\"9s\"/> pause', '[[pause]]')]"
    )
    assert plain < marked < 5
    assert phonemes == pytest.approx(plain, rel=0.5)


def test_it_stops_when_told() -> None:
    whole, stopped = ask(
        "[speak('word ' * 40)[0], speak('word ' * 40, stopped=iter([False, True]).__next__)[0]]"
    )
    assert 0 < stopped < 0.1 < whole


def test_it_tells_how_text_is_pronounced() -> None:
    told = ask("read('en-us', 'Hello, my world! Yes')")
    assert told == "həlˈoʊ maɪ wˈɜːld jˈɛs"  # noqa: RUF001
    assert ask("[read('de', text) for text in ('ja', '')]") == ["jˈɑː", ""]  # noqa: RUF001
    assert ask("read('nowhere', 'yes')") == "espeak-ng does not know the language nowhere"
