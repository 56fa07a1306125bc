"""Streams that go through a model together, and where their words are."""

from collections.abc import Sequence

import numpy as np
import pytest
from msgspec import structs

from repartee.engines.sherpa.streams import BATCH, Streams, samples
from repartee.engines.sherpa.wire import Ears, Turn

OPTIONS = Ears(
    family="streaming-nemo-ctc",
    files={},
    threads=1,
    provider="cpu",
    language="",
    hotwords=False,
    tail_ms=700,
    posteriors=False,
)


class Chunks:
    """A stream with so many chunks that wait."""

    def __init__(self, waiting: int = 0) -> None:
        self.waiting = waiting
        self.options: dict[str, str] = {}

    def set_option(self, key: str, value: str) -> None:
        self.options[key] = value


class Recognizer:
    """Notes how many streams it is given at a time."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.hotwords: list[str | None] = []

    def create_stream(self, hotwords: str | None) -> Chunks:
        self.hotwords.append(hotwords)
        return Chunks()

    def is_ready(self, stream: Chunks) -> bool:
        return stream.waiting > 0

    def decode_streams(self, streams: Sequence[Chunks]) -> None:
        self.batches.append(len(streams))
        for stream in streams:
            stream.waiting -= 1


def test_streams_that_wait_go_through_together() -> None:
    recognizer = Recognizer()
    streams = Streams(recognizer, OPTIONS)
    live = [streams.open(Turn()) for _ in range(3)]
    live[0].waiting, live[2].waiting = 2, 1
    assert streams.step(live[0])
    assert streams.step(live[0])
    assert not streams.step(live[0])
    assert not streams.step(live[2])
    assert recognizer.batches == [2, 1]


def test_no_more_go_through_together_than_are_of_use() -> None:
    recognizer = Recognizer()
    streams = Streams(recognizer, OPTIONS)
    live = [streams.open(Turn()) for _ in range(BATCH + 5)]
    for stream in live:
        stream.waiting = 1
    streams.step(live[-1])
    assert recognizer.batches == [BATCH]
    assert live[-1].waiting == 0


def test_a_stream_that_is_closed_takes_no_part() -> None:
    recognizer = Recognizer()
    streams = Streams(recognizer, OPTIONS)
    one, other = streams.open(Turn()), streams.open(Turn())
    one.waiting = other.waiting = 1
    streams.close(other)
    streams.step(one)
    assert recognizer.batches == [1]


def test_a_turn_has_its_language_and_its_hotwords() -> None:
    recognizer = Recognizer()
    streams = Streams(recognizer, OPTIONS)
    assert streams.open(Turn("de", ("Anna", "Zoë Müller"))).options == {"language": "de"}
    assert streams.open(Turn()).options == {}
    streams = Streams(recognizer, structs.replace(OPTIONS, language="fr"))
    assert streams.open(Turn()).options == {"language": "fr"}
    assert recognizer.hotwords == ["Anna/Zoë Müller", None, None]


def test_samples_are_between_minus_one_and_one() -> None:
    pcm = np.array([-32_768, 0, 16_384], "<i2").tobytes()
    assert samples(pcm) == pytest.approx([-1, 0, 0.5])
