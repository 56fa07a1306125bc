"""A voice for sherpa-onnx that is made here: tiny, and laid out as published ones are."""

from pathlib import Path

import numpy as np
from onnx import helper

from engines.sherpa.models import FLOAT, LONG, save, write_tokens

CHARACTERS = ("_", *" ,.!?'", *"abcdefghijklmnopqrstuvwxyz", *"0123456789")
RATE = 16_000
CHARACTER_S = 0.06  # what one takes


def vits(folder: Path, speakers: int = 20, **facts: object) -> Path:
    """A voice with a noise for each letter; the higher a speaker's number, the louder it is."""
    size = round(RATE * CHARACTER_S)
    table = np.random.default_rng(1).normal(size=(len(CHARACTERS), size)) * 0.1
    table[0] = 0
    save(
        folder / "model.onnx",
        [
            helper.make_node("Gather", ["table", "x"], ["letters"]),
            helper.make_node("Gather", ["loudness", "sid"], ["gain"]),
            helper.make_node("Mul", ["letters", "gain"], ["louder"]),
            helper.make_node("Transpose", ["louder"], ["turned"], perm=[0, 2, 1]),
            helper.make_node("Concat", ["ones", "length_scale"], ["scales"], axis=0),
            helper.make_node("Resize", ["turned", "", "scales"], ["long"], mode="nearest"),
            helper.make_node("Transpose", ["long"], ["back"], perm=[0, 2, 1]),
            helper.make_node("Reshape", ["back", "flat"], ["y"]),
        ],
        [
            ("x", LONG, ("N", "L")),
            ("x_length", LONG, ("N",)),
            ("noise_scale", FLOAT, (1,)),
            ("length_scale", FLOAT, (1,)),
            ("noise_scale_w", FLOAT, (1,)),
            ("sid", LONG, (1,)),
        ],
        [("y", FLOAT, (1, 1, "S"))],
        {
            "table": table.astype(np.float32),
            "loudness": np.linspace(0.1, 1, speakers, dtype=np.float32),
            "ones": np.ones(2, np.float32),
            "flat": np.array([1, 1, -1]),
        },
        {
            "model_type": "vits",
            "sample_rate": RATE,
            "n_speakers": speakers,
            "add_blank": 0,
            "language": "English",
            "comment": "made by a test",
            "frontend": "characters",
            "punctuation": ", . ! ?",
            "use_eos_bos": 0,
            **facts,
        },
    )
    write_tokens(folder, CHARACTERS)
    return folder
