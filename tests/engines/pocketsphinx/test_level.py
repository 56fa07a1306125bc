"""The cepstral mean settles on that of the sound."""

import pytest

from repartee.engines.pocketsphinx.level import (
    GUESS,
    GUESS_WEIGHT,
    LIVE_WINDOW,
    RATE,
    SETTLED,
    SHIFT,
    WINDOW,
    Level,
)

SOUND: tuple[float, ...] = (62.0, 5.0, -7.0, 12.0, -9.0, 4.0, 0.5, -3.0, 1.0, -2.0, 6.0, -1.0, 2.5)
TENTH = RATE // 10


class Decoder:
    """Keeps the mean as pocketsphinx does, of sound whose every frame is `sound`."""

    def __init__(self) -> None:
        self.sound = SOUND
        self.sums = [0.0] * 13
        self.frames = 0
        self.samples = 0
        self.puts = 0

    def set_cmn(self, cmn: str) -> None:
        self.mean = [float(each) for each in cmn.split(",")]
        self.sums = [each * LIVE_WINDOW for each in self.mean]
        self.frames = LIVE_WINDOW
        self.puts += 1

    def get_cmn(self, update: bool) -> str:
        assert update
        return ",".join(f"{each / self.frames:g}" for each in self.sums)

    def hear(self, samples: int) -> None:
        before, self.samples = self.samples, self.samples + samples
        new = frames(self.samples) - frames(before)
        self.sums = [sum_ + each * new for sum_, each in zip(self.sums, self.sound, strict=True)]
        self.frames += new


def frames(samples: int) -> int:
    return max(0, (samples - WINDOW) // SHIFT + 1)


def listen(decoder: Decoder, level: Level, tenths: int) -> None:
    for _ in range(tenths):
        decoder.hear(TENTH)
        level.heard(TENTH)


def test_it_begins_with_the_guess() -> None:
    decoder = Decoder()
    Level(decoder)
    assert decoder.mean == list(GUESS)


def test_the_sound_counts_more_and_more() -> None:
    decoder = Decoder()
    level = Level(decoder)
    listen(decoder, level, 28)
    counted = frames(28 * TENTH)
    expected = [
        (guess * GUESS_WEIGHT + each * counted) / (GUESS_WEIGHT + counted)
        for guess, each in zip(GUESS, SOUND, strict=True)
    ]
    # The last update may be a quarter of a second back, and the decoder tells six digits.
    assert decoder.mean == pytest.approx(expected, abs=0.3)


def test_it_follows_what_changes() -> None:
    decoder = Decoder()
    level = Level(decoder)
    listen(decoder, level, 20)
    decoder.sound = tuple(-each for each in SOUND)
    before = decoder.mean[0]
    listen(decoder, level, 20)
    assert decoder.mean[0] < before / 2


def test_once_settled_it_is_left_to_the_decoder() -> None:
    decoder = Decoder()
    level = Level(decoder)
    listen(decoder, level, SETTLED // 10 + 10)
    puts = decoder.puts
    listen(decoder, level, 50)
    assert decoder.puts == puts


def test_too_little_sound_changes_nothing() -> None:
    decoder = Decoder()
    level = Level(decoder)
    decoder.hear(WINDOW)
    level.heard(WINDOW)
    assert decoder.puts == 1
