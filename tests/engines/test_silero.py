"""Our arithmetic against the ONNX: its kept answers always, the file itself where installed."""

import hashlib
import importlib.util
import io
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

import recordings
from repartee.engines.protocols import Frames
from repartee.engines.silero import WEIGHTS, SileroVad

SHA256 = "fe17a9fff9aef9260c5e6b897fbd0fa17c974ace91179cf2b7c136b31bf030f1"
GOLDEN = Path(__file__).with_name("silero_golden.npy")
FRAME = 512


@cache
def repack() -> ModuleType:
    """The script that made the weights and the kept answers."""
    path = recordings.CHECKOUT / "scripts" / "repack_silero.py"
    spec = importlib.util.spec_from_file_location("repack_silero", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def installed_model() -> bytes | None:
    """The ONNX file, if the package silero-vad is installed; importing it would need torch."""
    package = importlib.util.find_spec("silero_vad")
    if package is None or not package.submodule_search_locations:
        return None
    site_packages = Path(package.submodule_search_locations[0]).parent
    return site_packages.joinpath(repack().MODEL).read_bytes()


def everything_recorded() -> recordings.Samples:
    """Two minutes of speech, noise and silence, each clip from the state the last one left."""
    clips = [clip for kind in ("speech", "noisy", "nonspeech") for clip in recordings.clips(kind)]
    pause, rng = 16_000, np.random.default_rng(2)
    pieces: list[recordings.Samples] = []
    while sum(map(len, pieces)) < 120 * 16_000:
        for clip in clips:
            hiss = rng.standard_normal(pause) * rng.choice([0, 3, 300])
            pieces += [recordings.read(clip.name, 16_000), hiss.astype(np.int16)]
    sound = np.concatenate(pieces)
    return sound[: len(sound) // FRAME * FRAME]


def references() -> list[tuple[recordings.Samples, Frames]]:
    """Streams of two minutes, with the ONNX's answers."""
    told = [(repack().stimulus(), np.load(GOLDEN, allow_pickle=False))]
    if (model := installed_model()) is not None:
        sound = everything_recorded()
        told.append((sound, repack().probabilities(model, sound)))
    return told


def judged(streams: NDArray[np.int16]) -> Frames:
    """The probabilities, [frames, n], of streams [n, samples] side by side."""
    vad = SileroVad()
    states = np.zeros((len(streams), vad.state_size), np.float32)
    sound = (streams / 32_768).astype(np.float32)
    told = []
    for start in range(0, sound.shape[1], FRAME):
        probabilities, states = vad(sound[:, start : start + FRAME], states)
        told.append(probabilities)
    return np.array(told)


def assert_same(told: Frames, expected: Frames) -> None:
    """The same but for the order in which a processor's matrix products add up.

    In the frames where the net is least sure of itself, the ONNX too is up to 2e-5 away from what
    exact arithmetic gives.
    """
    difference = np.abs(told - expected)
    assert difference.max() < 1e-4
    assert np.quantile(difference, 0.995) < 1e-5
    assert np.sqrt(np.mean(difference**2)) < 2e-6


def test_two_minutes_are_judged_as_the_onnx_judges_them() -> None:
    for sound, expected in references():
        assert len(sound) >= 120 * 16_000
        told = judged(sound[np.newaxis])[:, 0]
        assert (expected > 0.9).any()
        assert (expected < 0.1).any()
        assert_same(told, expected)


def test_a_stream_is_judged_the_same_in_any_company() -> None:
    sound, expected = references()[-1]
    shifts = [0, 97 * FRAME, 1_000 * FRAME, 3_001 * FRAME]
    told = judged(np.stack([np.roll(sound, shift) for shift in shifts]))
    assert_same(told[:, 0], expected)
    alone = judged(np.roll(sound, shifts[2])[np.newaxis])
    assert_same(told[:, 2], alone[:, 0])


def test_whatever_comes_a_probability_is_given() -> None:
    vad, rng = SileroVad(), np.random.default_rng(0)
    time = np.arange(FRAME)
    frames = np.stack(
        [
            np.zeros(FRAME),
            np.full(FRAME, 1.0),
            np.full(FRAME, -1.0),
            np.where(time % 2, 1.0, -1.0),
            np.where(time % 64 < 32, 1.0, -1.0),
            np.where(time == 0, 1.0, 0.0),
            np.full(FRAME, 1e-40),
            rng.choice([-1.0, 1.0], FRAME),
            1e6 * rng.standard_normal(FRAME),
        ]
    ).astype(np.float32)
    states = np.zeros((len(frames), vad.state_size), np.float32)
    for turn in range(800):
        probabilities, states = vad(np.roll(frames, turn // 100, axis=0), states)
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
        assert np.isfinite(states).all()


@pytest.mark.parametrize("count", [0, 1, 2, 31, 32, 33, 65])
def test_any_number_of_streams_may_be_judged(count: int) -> None:
    vad = SileroVad()
    frames = np.random.default_rng(0).standard_normal((count, FRAME)).astype(np.float32)
    states = np.zeros((count, vad.state_size), np.float32)
    probabilities, after = vad(frames, states)
    assert probabilities.shape == (count,)
    assert after.shape == states.shape
    assert probabilities.dtype == after.dtype == np.float32
    assert not states.any()
    for row in range(count):
        alone, _ = vad(frames[row : row + 1], states[row : row + 1])
        assert abs(alone[0] - probabilities[row]) < 1e-5


def test_the_shipped_weights_are_plain_numbers_and_those_of_the_wheel() -> None:
    shipped = WEIGHTS.read_bytes()
    assert hashlib.sha256(shipped).hexdigest() == SHA256
    with np.load(io.BytesIO(shipped), allow_pickle=False) as file:
        assert repack().packed(dict(file)) == shipped
        assert {file[name].dtype for name in file.files} == {np.dtype("<f4")}
    notice = WEIGHTS.with_suffix(".LICENSE.txt").read_text()
    assert "MIT License" in notice
    assert "Silero Team" in notice


def test_the_script_reads_the_format_of_onnx() -> None:
    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    numbers = np.arange(6, dtype="<f4")
    shape = bytes([1 << 3, 2, 1 << 3, 3])
    tensor = shape + bytes([2 << 3, 1]) + field(8, b"weight") + field(9, numbers.tobytes())
    model = bytes([1 << 3, 8]) + field(7, field(1, b"node") + field(5, tensor))
    (name, read), *rest = repack().tensors(model)
    assert (name, rest) == ("weight", [])
    np.testing.assert_array_equal(read, numbers.reshape(2, 3))


def test_the_script_refuses_what_is_not_the_net(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="another net"):
        repack().repacked(b"no net")
    other = tmp_path / "weights.npz"
    other.write_bytes(WEIGHTS.read_bytes() + b"\0")
    kept = np.load(GOLDEN, allow_pickle=False)
    repack().check(WEIGHTS.read_bytes(), kept)
    monkeypatch.setattr(repack(), "WEIGHTS", other)
    with pytest.raises(SystemExit, match="differs"):
        repack().check(WEIGHTS.read_bytes(), kept)
