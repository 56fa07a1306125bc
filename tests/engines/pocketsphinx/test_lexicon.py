"""The dictionary holds the frequent words, each with all ways to say it."""

import os
from pathlib import Path

import pytest

from repartee.engines.pocketsphinx.lexicon import Lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(5_000)


def entries(lexicon: Lexicon) -> list[str]:
    return [line.split(" ", 1)[0] for line in Path(lexicon.path).read_text().splitlines()]


def test_it_has_so_many_words(lexicon: Lexicon) -> None:
    words = [entry for entry in entries(lexicon) if "(" not in entry]
    assert 5_000 <= len(words) <= 5_050  # some are equally frequent
    assert len(words) == len({*words})


def test_they_are_the_frequent_ones(lexicon: Lexicon) -> None:
    words = {*entries(lexicon)}
    assert {"the", "you", "hello", "country", "eight"} <= words
    assert not {"zymurgy", "abelard", "zyuganov"} & words


def test_a_word_keeps_every_way_to_say_it(lexicon: Lexicon) -> None:
    assert {"either", "either(2)"} <= {*entries(lexicon)}


def test_it_can_be_read_again(lexicon: Lexicon) -> None:
    assert entries(lexicon) == entries(lexicon)


def test_its_file_has_no_name(lexicon: Lexicon) -> None:
    assert os.stat(lexicon.path).st_nlink == 0


def test_there_are_no_more_words_than_there_are() -> None:
    assert len(entries(Lexicon(1_000_000))) > 100_000
