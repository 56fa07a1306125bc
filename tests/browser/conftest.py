"""Servers for the scenes, and what the microphone hears."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.chromium import wav
from live.engine_sets import LONG, QUICK
from live.server import Server, serving
from recordings import microphone, read

KEY = "sk-playground"
# A long answer whose sound is there at once: only its client knows what of it was heard.
TALKATIVE = ("--ears", "fake", "--mind", "fake", "--set", f"mind.text={LONG}", "--voice", "fake")


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("quick"), *QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("talkative"), *TALKATIVE) as server:
        yield server


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("keyed"), *QUICK, "--set", f"server.api_key={KEY}") as own:
        yield own


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Somebody who says a sentence every eight seconds; the browser plays it over and over."""
    sound = microphone([(2.0, read("lj_LJ001-0002"))], 8.0, noise_dbfs=-70)
    return wav(tmp_path_factory.mktemp("speech") / "speech.wav", sound)


@pytest.fixture(scope="session")
def silence(tmp_path_factory: pytest.TempPathFactory) -> str:
    return wav(tmp_path_factory.mktemp("silence") / "silence.wav", microphone([], 1.0))


@pytest.fixture(scope="session")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A recording to drop on the page."""
    sound = microphone([(0.2, read("lj_LJ001-0002"))], 2.4)
    folder: Path = tmp_path_factory.mktemp("sentence")
    return wav(folder / "sentence.wav", sound)
