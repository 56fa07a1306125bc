"""The microphone hears what was put before it, at its place and level; its truth is the truth."""

import numpy as np
import pytest

from microphone import Microphone, Sound, chunks, level_dbfs, speech_edges, spoken_part
from recordings import FULL_SCALE, RATE, Samples, clips, read


def tone(seconds: float, amplitude: float = 8_000, hertz: float = 750) -> Samples:
    times = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


def octave_power(sound: Samples, low_hz: float) -> float:
    spectrum: Sound = np.abs(np.fft.rfft(sound)) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE)
    return float(np.sum(spectrum[(frequencies >= low_hz) & (frequencies < 2 * low_hz)]))


def test_speech_is_where_it_was_put_and_its_edges_are_told() -> None:
    quiet = np.zeros(RATE // 2, np.int16)
    room = Microphone(4.0)
    span = room.speak(1.0, np.concatenate([quiet, tone(1.0), quiet]))
    assert room.spoken == [span]
    assert span == pytest.approx((1_500, 2_500), abs=10)
    sound = room.sound()
    assert len(sound) == 4 * RATE
    assert not sound[: 3 * RATE // 2].any()
    assert np.array_equal(sound[3 * RATE // 2 : 5 * RATE // 2], tone(1.0))


def test_truth_is_that_of_the_clean_clip() -> None:
    """Neither noise nor a click before it moves the edges."""
    clip = read(clips()[0].name)
    room = Microphone(15.0)
    span = room.speak(2.0, clip)
    room.hiss(-30)
    room.click(0.5)
    room.overdrive(30)
    begin, end = speech_edges(clip)
    assert room.spoken == [span] == [(2_000 + begin, 2_000 + end)]
    assert 0 <= begin < end <= len(clip) / RATE * 1000


def test_a_click_is_no_speech() -> None:
    room = Microphone(1.0)
    room.click(0.5)
    with pytest.raises(ValueError, match="no speech"):
        speech_edges(room.sound())


def test_the_spoken_part_is_the_clip_between_its_edges() -> None:
    quiet = np.zeros(RATE // 2, np.int16)
    part = spoken_part(np.concatenate([quiet, tone(1.0), quiet]))
    assert len(part) == pytest.approx(RATE, abs=RATE // 50)


def test_clips_of_other_rates_are_brought_to_24_khz() -> None:
    room = Microphone(1.0)
    room.speak(0.0, tone(1.0)[::3], rate=8_000)  # 750 Hz still
    power = np.abs(np.fft.rfft(room.sound()))
    assert np.argmax(power) == 750


def test_gain_is_in_db() -> None:
    room = Microphone(1.0)
    room.play(0.0, tone(1.0), gain_db=-20)
    assert level_dbfs(room.sound()) == pytest.approx(level_dbfs(tone(1.0)) - 20, abs=0.1)


@pytest.mark.parametrize(("colour", "octave_ratio"), [("white", 2.0), ("pink", 1.0)])
def test_noise_has_its_level_and_colour(colour: str, octave_ratio: float) -> None:
    room = Microphone(10.0)
    room.hiss(-40, "pink" if colour == "pink" else "white", begin_s=2.0, end_s=9.0)
    sound = room.sound()
    noise = sound[2 * RATE : 9 * RATE]
    assert level_dbfs(noise) == pytest.approx(-40, abs=0.1)
    ratio = octave_power(noise, 2_000) / octave_power(noise, 1_000)
    assert ratio == pytest.approx(octave_ratio, rel=0.1)
    assert not sound[: 2 * RATE].any()
    assert not sound[9 * RATE :].any()


def test_noise_is_the_same_every_time_and_another_one_by_another_seed() -> None:
    def heard(seed: int) -> Samples:
        room = Microphone(0.5, seed)
        room.hiss(-30)
        room.cough(0.1)
        return room.sound()

    assert np.array_equal(heard(1), heard(1))
    assert not np.array_equal(heard(1), heard(2))


def test_a_recorded_noise_goes_on_and_on() -> None:
    room = Microphone(3.0)
    room.surround(tone(0.7), -30, begin_s=0.5)
    sound = room.sound()
    assert level_dbfs(sound[RATE // 2 :]) == pytest.approx(-30, abs=0.1)
    period = round(0.7 * RATE)
    assert np.array_equal(sound[RATE // 2 :][:period], sound[RATE // 2 :][period : 2 * period])


def test_an_echo_comes_late_and_fainter_with_a_tail() -> None:
    said = tone(0.1)
    room = Microphone(1.0)
    room.echo(0.2, said, delay_ms=50, loss_db=20)
    sound = room.sound()
    assert not sound[: RATE // 4].any()
    first = sound[RATE // 4 :][: len(said)]
    assert level_dbfs(first) == pytest.approx(level_dbfs(said) - 20, abs=2)
    tail = sound[RATE // 4 + len(said) :][: RATE // 10]
    assert -80 < level_dbfs(tail) < level_dbfs(first) - 10
    assert room.spoken == []


def test_mishaps_are_as_loud_as_was_said() -> None:
    room = Microphone(1.0)
    room.click(0.1, dbfs=-6)
    room.cough(0.4, dbfs=-12)
    sound = room.sound() / FULL_SCALE
    click, cough = sound[: RATE // 4], sound[RATE // 4 :]
    assert np.max(np.abs(click)) == pytest.approx(0.5, abs=0.01)
    assert np.max(np.abs(cough)) == pytest.approx(0.25, abs=0.01)
    assert np.flatnonzero(click)[-1] - np.flatnonzero(click)[0] <= RATE * 0.003


def test_offset_clipping_and_mute() -> None:
    room = Microphone(1.0)
    room.play(0.0, tone(1.0))
    room.offset(0.1)
    room.mute(0.5, 0.6)
    sound = room.sound()
    assert np.mean(sound[: RATE // 2]) == pytest.approx(0.1 * FULL_SCALE, rel=0.01)
    assert not sound[RATE // 2 : round(0.6 * RATE)].any()
    room.overdrive(20)
    loud = room.sound()
    assert (loud.max(), loud.min()) == (FULL_SCALE - 1, -FULL_SCALE)
    assert np.mean(loud == FULL_SCALE - 1) > 0.3


def test_what_is_longer_than_the_timeline_is_cut() -> None:
    room = Microphone(0.5)
    room.play(0.4, tone(1.0))
    assert len(room.sound()) == RATE // 2


@pytest.mark.parametrize("sizes", [1, 7, 480, 100_000, (1, 2_399, 13)])
def test_pieces_of_any_size_are_the_whole(sizes: int | tuple[int, ...]) -> None:
    sound = tone(0.1)
    pieces = list(chunks(sound, sizes))
    assert b"".join(pieces) == sound.tobytes()
    first = sizes if isinstance(sizes, int) else sizes[0]
    assert len(pieces[0]) == 2 * min(first, len(sound))
    assert all(pieces)
