"""Take the numbers of the voice activity net out of Silero's wheel and into our package.

    pip download --no-deps silero-vad==6.2.3
    python scripts/repack_silero.py silero_vad-6.2.3-py3-none-any.whl [--check]

It writes two files: the weights, and the probabilities that the ONNX gives for `stimulus`, which
the tests hold our arithmetic against.  With --check it writes nothing and fails when the files of
the tree differ: the weights must be the same to the byte, the probabilities within 1e-6, a
processor's rounding.

Of the ONNX format (a Protocol Buffer) only the few fields that carry weights are read, here and by
hand, so that the weights need nothing but numpy; the probabilities need onnxruntime.
"""

import argparse
import hashlib
import io
import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
WEIGHTS = ROOT / "src/repartee/engines/data/silero_vad_16k.npz"
GOLDEN = ROOT / "tests/engines/silero_golden.npy"

MODEL = "silero_vad/data/silero_vad_16k_op15.onnx"
MODEL_SHA256 = "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49"
FOURIER = "model.stft.forward_basis_buffer"

RATE = 16_000
FRAME = 512
CONTEXT = 64
FORMANTS = (  # Hz: of father, see, boot, bed, saw, bat
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (660, 1720, 2410),
)

Numbers = NDArray[np.float32]
Samples = NDArray[np.int16]


def main(arguments: list[str]) -> None:
    """Write or check both files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("wheel", type=Path, help="silero_vad-6.2.3-py3-none-any.whl")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    options = parser.parse_args(arguments)
    with zipfile.ZipFile(options.wheel) as wheel:
        model = wheel.read(MODEL)
    weights, expected = repacked(model), probabilities(model, stimulus())
    if options.check:
        check(weights, expected)
        sys.stdout.write("the files are those of the wheel\n")
        return
    WEIGHTS.write_bytes(weights)
    np.save(GOLDEN, expected)


def check(weights: bytes, expected: Numbers) -> None:
    """Exit with a sentence when a file of the tree is not what the wheel makes of it."""
    if WEIGHTS.read_bytes() != weights:
        sys.exit(f"{WEIGHTS} differs from the wheel's numbers")
    kept = np.load(GOLDEN, allow_pickle=False)
    if kept.shape != expected.shape or np.abs(kept - expected).max() > 1e-6:
        sys.exit(f"{GOLDEN} differs from what the wheel's net says")


def repacked(model: bytes) -> bytes:
    """The ONNX file's weights as a zip of plain arrays; the same input gives the same bytes."""
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        sys.exit(f"{MODEL} is another net than the one this package is written for")
    weights = dict(tensors(model))
    check_fourier(weights.pop(FOURIER))
    return packed(weights)


def packed(weights: dict[str, Numbers]) -> bytes:
    """A .npz file whose bytes depend on nothing but the numbers: no clock, no compression."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(weights):
            array = io.BytesIO()
            np.lib.format.write_array(array, weights[name], version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, array.getvalue())
    return file.getvalue()


def check_fourier(basis: Numbers) -> None:
    """The net's first layer is a windowed Fourier transform, so it need not be shipped.

    Rows are the cosines, then the negative sines, of the bins 0 to 128, under a periodic Hann
    window of 256 samples.
    """
    turn = 2 * np.pi * np.arange(256) / 256
    wave = np.exp(-1j * np.outer(np.arange(129), turn)) * (0.5 - 0.5 * np.cos(turn))
    if np.abs(basis[:, 0] - np.concatenate([wave.real, wave.imag])).max() > 1e-7:
        sys.exit("the net's first layer is not the Fourier transform that the package computes")


def tensors(model: bytes) -> Iterator[tuple[str, Numbers]]:
    """The named weights: ModelProto.graph (7), in it GraphProto.initializer (5).

    Of such a TensorProto: dims (1), name (8) and raw_data (9), which is float32 here.
    """
    for _, _, graph in fields(memoryview(model), 7):
        for _, _, tensor in fields(graph, 5):
            shape = [size for _, size, _ in fields(tensor, 1)]
            name = next(bytes(content).decode() for _, _, content in fields(tensor, 8))
            raw = next(content for _, _, content in fields(tensor, 9))
            yield name, np.frombuffer(raw, "<f4").reshape(shape)


def fields(message: memoryview, wanted: int) -> Iterator[tuple[int, int, memoryview]]:
    """The fields of that number in a Protocol Buffer message: (number, integer, content).

    https://protobuf.dev/programming-guides/encoding/: an integer is a varint (wire type 0);
    content (strings, messages) follows its length (2); 64- and 32-bit fields (1, 5) are content.
    """
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, wire_type = key >> 3, key & 7
        integer = 0
        if wire_type == 0:
            integer, at = varint(message, at)
            size = 0
        elif wire_type == 2:
            size, at = varint(message, at)
        else:
            size = {1: 8, 5: 4}[wire_type]
        if number == wanted:
            yield number, integer, message[at : at + size]
        at += size


def varint(message: memoryview, at: int) -> tuple[int, int]:
    """The integer that begins at `at`, seven bits a byte, lowest first; and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def probabilities(model: bytes, sound: Samples) -> Numbers:
    """What the ONNX says of each frame of one stream, fed as Silero's own wrapper feeds it."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    net = onnxruntime.InferenceSession(model, options)
    state = np.zeros((2, 1, 128), np.float32)
    samples = np.concatenate([np.zeros(CONTEXT), sound / 32_768]).astype(np.float32)
    told = np.empty(len(sound) // FRAME, np.float32)
    for frame in range(len(told)):
        seen = samples[None, frame * FRAME : (frame + 1) * FRAME + CONTEXT]
        given = {"input": seen, "state": state, "sr": np.array(RATE, np.int64)}
        told[frame : frame + 1], state = net.run(None, given)
    return told


def stimulus() -> Samples:
    """130 s at 16 kHz of all that may come: somebody speaking, near and far, noise, and abuse.

    Made by arithmetic alone, the same to the sample on every machine.
    """
    spoken = speaker(100)
    hiss = noise(5 * RATE, seed=1)
    square = np.where(np.arange(2 * RATE) % 40 < 20, 1.0, -1.0)
    clicks = np.where(np.arange(2 * RATE) % 4_001 == 0, 1.0, 0.0)
    parts = [
        spoken,
        np.zeros(3 * RATE),
        0.1 * hiss,
        hiss,
        np.full(2 * RATE, 0.9),
        square,
        clicks,
        40 * spoken[: 6 * RATE],
        0.01 * spoken[: 5 * RATE],
    ]
    sound: NDArray[np.float64] = 32_768 * np.concatenate(parts)
    sound = sound[: len(sound) // FRAME * FRAME]
    return np.clip(np.rint(sound), -32_768, 32_767).astype(np.int16)


def speaker(seconds: int) -> NDArray[np.float64]:
    """Somebody who says nothing: phrases of vowels with a hiss between some of them."""
    draw = random.Random(0)
    hiss = noise(seconds * RATE, seed=0)
    sound = 0.0005 * hiss
    at = 0.5
    while at < seconds - 6:
        loudness, pitch = 10 ** draw.uniform(-1.5, -0.3), draw.uniform(85, 230)
        for _ in range(draw.randint(3, 12)):
            first = round(at * RATE)
            voiced = vowel(draw, pitch)
            sound[first : first + len(voiced)] += loudness * voiced
            at += len(voiced) / RATE + draw.choice((0, 0, 0.03, 0.08))
            if draw.random() < 0.4:
                breath = slice(round(at * RATE), round((at + 0.08) * RATE))
                sound[breath] += 0.1 * loudness * np.diff(hiss[breath], append=0)
                at += 0.08
        at += draw.uniform(0.3, 1.5)
    return sound


def vowel(draw: random.Random, pitch: float) -> NDArray[np.float64]:
    """A vowel gliding into another: harmonics of a falling pitch under moving formants."""
    duration = draw.uniform(0.12, 0.3)
    time = np.arange(round(duration * RATE)) / RATE
    glide = time / duration
    hertz = pitch * (1 + draw.uniform(-0.15, 0.15) + draw.uniform(-0.3, 0.1) * glide)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    early, late = draw.choice(FORMANTS), draw.choice(FORMANTS)

    def strength(frequency: float, of: tuple[int, ...]) -> float:
        return sum(1 / (1 + ((frequency - f) / (60 + 0.04 * f)) ** 2) for f in of)

    sound = np.zeros(len(time))
    for harmonic in range(1, int(3_800 / pitch)):
        begin, end = strength(harmonic * pitch, early), strength(harmonic * pitch, late)
        sound += (begin + (end - begin) * glide) * harmonic**-0.5 * np.sin(harmonic * phase)
    return 0.25 * sound * np.clip(np.minimum(time / 0.03, (duration - time) / 0.05), 0, 1)


def noise(count: int, seed: int) -> NDArray[np.float64]:
    """White, even between -1 and 1, from the raw bits, whose order numpy promises to keep."""
    bits: NDArray[np.uint64] = np.random.PCG64(seed).random_raw(count)
    even: NDArray[np.float64] = (bits >> np.uint64(48)) / 32_768 - 1
    return even


if __name__ == "__main__":
    main(sys.argv[1:])
