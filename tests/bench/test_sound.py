"""What sessions say, and where its speech is."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

from bench.made import spoken, wav
from repartee.bench import BenchError
from repartee.bench.sound import sounds
from repartee.engines.silero import SileroVad

SPEECH = ((100, 0.0), (400, 0.3), (130, 0.0))


def sound_of(messages: tuple[bytes, ...]) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    events = [json.loads(message) for message in messages]
    assert {event["type"] for event in events} == {"input_audio_buffer.append"}
    return np.frombuffer(b"".join(base64.b64decode(each["audio"]) for each in events), "<i2")


def test_a_file_is_cut_into_chunks_and_knows_where_its_speech_is(tmp_path: Path) -> None:
    (said,) = sounds([wav(tmp_path / "a.wav", *SPEECH)], 20, 500).utterances
    assert (said.begin_s, said.end_s) == (0.1, 0.5)
    assert len(said.messages) == 32  # 630 ms, filled up with noise
    samples = sound_of(said.messages)
    assert np.array_equal(samples[: 630 * 24], spoken(*SPEECH))
    assert 0 < np.abs(samples[630 * 24 :].astype(int)).max() < 100


def test_other_rates_are_brought_to_24_khz(tmp_path: Path) -> None:
    (said,) = sounds([wav(tmp_path / "a.wav", *SPEECH, rate=16_000)], 20, 500).utterances
    assert (said.begin_s, said.end_s) == pytest.approx((0.1, 0.5), abs=0.01)
    assert (
        np.abs(sound_of(said.messages)[: 630 * 24] - spoken(*SPEECH).astype(int))[3000:11000].max()
        < 300
    )


def test_between_turns_a_microphone_is_not_quite_silent() -> None:
    hush = sound_of(sounds([], 20, 500).hush)
    level = 20 * np.log10(np.sqrt(np.mean(np.square(hush / 32768))))
    assert level == pytest.approx(-70, abs=1)


def test_the_sentence_that_comes_along_is_one_turn() -> None:
    (said,) = sounds([], 20, 500).utterances
    assert 0 <= said.begin_s < 0.02
    assert said.end_s == pytest.approx(1.79, abs=0.02)


def test_the_net_takes_the_sentence_for_speech() -> None:
    (said,) = sounds([], 20, 500).utterances
    samples = sound_of(said.messages)
    slow = samples[: len(samples) // 3 * 3].reshape(-1, 3).mean(axis=1) / 32768
    frames = np.repeat(slow, 2)[: len(slow) * 2 // 512 * 512].astype(np.float32).reshape(-1, 512)
    vad = SileroVad()
    states = np.zeros((1, vad.state_size), np.float32)
    probabilities = []
    for frame in frames:
        given, states = vad(frame[np.newaxis], states)
        probabilities.append(float(given[0]))
    assert np.mean(np.array(probabilities) > 0.5) > 0.8


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        (((500, 0.0),), "there is no speech in a.wav"),
        (((200, 0.3), (600, 0.0), (200, 0.3)), "a.wav pauses for 610 ms, and 500 ms"),
    ],
)
def test_what_cannot_be_one_turn_is_refused(
    tmp_path: Path, parts: tuple[tuple[int, float], ...], complaint: str
) -> None:
    with pytest.raises(BenchError, match=re.escape(complaint)):
        sounds([wav(tmp_path / "a.wav", *parts)], 20, 500)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"cannot read .*none\.wav"):
        sounds([tmp_path / "none.wav"], 20, 500)
    (tmp_path / "text.wav").write_text("text")
    with pytest.raises(BenchError, match=r"text\.wav is not a WAV file"):
        sounds([tmp_path / "text.wav"], 20, 500)
    with pytest.raises(BenchError, match="rate of 23999 Hz"):
        sounds([wav(tmp_path / "odd.wav", *SPEECH, rate=23_999)], 20, 500)
