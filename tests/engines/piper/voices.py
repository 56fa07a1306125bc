"""A voice of Piper that is made here: tiny, and laid out as published ones are."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import helper

from engines.sherpa.models import FLOAT, LONG, save

RATE = 16_000
SIGN_S = 0.03  # what one takes, a pad, too
SIGNS = "_^$ !',-.:;?abcdefghijklmnopqrstuvwxyzæçðøħŋœɐɑɒɔɕəɚɛɜɡɪɹɾʃʊʌʒˈˌː"  # noqa: RUF001
NAMES = tuple(f"p{number}" for number in range(20))


def piper(folder: Path, **facts: Any) -> Path:
    """A voice with a noise for each sign; the higher a speaker's number, the louder it is."""
    size = round(RATE * SIGN_S)
    table = np.random.default_rng(1).normal(size=(len(SIGNS), size)) * 0.1
    table[0] = 0
    path = folder / "en_US-noise-low.onnx"
    save(
        path,
        [
            helper.make_node("Gather", ["table", "input"], ["signs"]),
            helper.make_node("Gather", ["loudness", "sid"], ["gain"]),
            helper.make_node("Mul", ["signs", "gain"], ["louder"]),
            helper.make_node("Transpose", ["louder"], ["turned"], perm=[0, 2, 1]),
            helper.make_node("Gather", ["scales", "second"], ["length"]),
            helper.make_node("Concat", ["ones", "length"], ["sizes"], axis=0),
            helper.make_node("Resize", ["turned", "", "sizes"], ["long"], mode="nearest"),
            helper.make_node("Transpose", ["long"], ["back"], perm=[0, 2, 1]),
            helper.make_node("Reshape", ["back", "flat"], ["output"]),
        ],
        [
            ("input", LONG, ("N", "L")),
            ("input_lengths", LONG, ("N",)),
            ("scales", FLOAT, (3,)),
            ("sid", LONG, (1,)),
        ],
        [("output", FLOAT, (1, 1, 1, "S"))],
        {
            "table": table.astype(np.float32),
            "loudness": np.linspace(0.1, 1, len(NAMES), dtype=np.float32),
            "ones": np.ones(2, np.float32),
            "second": np.array([1]),
            "flat": np.array([1, 1, 1, -1]),
        },
        {},
    )
    described = {
        "audio": {"sample_rate": RATE, "quality": "low"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": {sign: [number] for number, sign in enumerate(SIGNS)},
        "num_speakers": len(NAMES),
        "speaker_id_map": {name: number for number, name in enumerate(NAMES)},
    }
    path.with_name(f"{path.name}.json").write_text(json.dumps(described | facts))
    return path
