"""Recognisers for sherpa-onnx that are made here: tiny, and laid out as published ones are.

They hear a token for each of seven bands of the sound: that of the loudest.  It means nothing, but
loading and decoding are real, the same sound gives the same words, and silence gives none.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FLOAT, LONG, INT = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32
TOKENS = ("▁HE", "LLO", "▁WORLD", "▁A", "S", "▁B", "C")
SIZE = len(TOKENS) + 1  # with the blank
MELS = 80

# How quiet log mel features are where there is no sound; above it a model begins to hear.
QUIET = np.array(-14.0, np.float32)

Value = tuple[str, int, Sequence[int | str]]
CACHES: tuple[tuple[str, int, tuple[int | str, ...]], ...] = (
    ("cache_last_channel", FLOAT, ("N", 1, 2, 2)),
    ("cache_last_time", FLOAT, ("N", 1, 2, 2)),
    ("cache_last_channel_len", LONG, ("N",)),
)
CACHE_NAMES = tuple(name for name, _, _ in CACHES)
CHUNKS = {
    "window_size": 36,
    "chunk_shift": 32,
    **{f"cache_last_channel_dim{place}": size for place, size in ((1, 1), (2, 2), (3, 2))},
    **{f"cache_last_time_dim{place}": size for place, size in ((1, 1), (2, 2), (3, 2))},
}
STATES = ("hidden", "cell")
LSTM = {
    "model_type": "lstm",
    "num_encoder_layers": 1,
    "T": 11,
    "decode_chunk_len": 8,
    "rnn_hidden_size": 4,
    "d_model": 4,
}
WINDOW = 7  # frames that SenseVoice sees as one
CHINESE = 3
REMARKS = ("<|en|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>")  # which it begins with
SENSE_VOICE = {
    "model_type": "sense_voice_ctc",
    "vocab_size": SIZE + len(REMARKS),
    "lfr_window_size": WINDOW,
    "lfr_window_shift": 6,
    "normalize_samples": 1,
    "with_itn": 14,
    "without_itn": 15,
    "lang_auto": 0,
    "lang_zh": CHINESE,
    "lang_en": 4,
    "lang_yue": 7,
    "lang_ja": 11,
    "lang_ko": 12,
    "neg_mean": ",".join(["14"] * MELS * WINDOW),
    "inv_stddev": ",".join(["1"] * MELS * WINDOW),
}


def bands(inputs: int = MELS) -> NDArray[np.float32]:
    """float32 [SIZE - 1, inputs]: the mean of each token's band of the features."""
    made = np.zeros((SIZE - 1, inputs), np.float32)
    band = np.arange(inputs) % MELS * (SIZE - 1) // MELS
    made[band, np.arange(inputs)] = 1
    made /= made.sum(axis=1, keepdims=True)
    return made


def with_blank(tokens: NDArray[np.float32], place: int, value: float) -> NDArray[np.float32]:
    """The last axis with a place for the blank in it, first or last."""
    return np.insert(tokens, SIZE - 1 if place else 0, value, axis=-1).astype(np.float32)


def save(
    path: Path,
    nodes: Sequence[Any],
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    constants: Mapping[str, NDArray[Any]],
    facts: Mapping[str, object],
) -> None:
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(*each) for each in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {key: str(fact) for key, fact in facts.items()})
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


def write_tokens(folder: Path, tokens: Sequence[str]) -> None:
    lines = (f"{token} {place}\n" for place, token in enumerate(tokens))
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")


def scores(features: str, name: str, size: int, blank: int, swap: bool) -> tuple[Any, Any]:
    """Nodes and constants that give float32 [N, T / size, SIZE]: how loud each token's band is.

    The loudest gets 6, others are far behind; where it is quiet all get nothing.  The blank
    always gets 2.  `features` are [N, 80, T], or to be swapped.
    """
    nodes = [
        *([helper.make_node("Transpose", [features], ["mels"], perm=[0, 2, 1])] if swap else ()),
        helper.make_node(
            "AveragePool",
            ["mels" if swap else features],
            ["mean"],
            kernel_shape=[size],
            strides=[size],
        ),
        helper.make_node("Sub", ["mean", "quiet"], ["above"]),
        helper.make_node("Relu", ["above"], ["loud"]),
        helper.make_node("Transpose", ["loud"], ["frames"], perm=[0, 2, 1]),
    ]
    more, constants = choice("frames", name, bands(), blank)
    return nodes + more, {**constants, "quiet": QUIET}


def choice(frames: str, name: str, mean: NDArray[np.float32], blank: int) -> tuple[Any, Any]:
    nodes = [
        helper.make_node("MatMul", [frames, "bands"], ["band"]),
        helper.make_node("ReduceMax", ["band"], ["loudest"], axes=[2]),
        helper.make_node("Sub", ["band", "loudest"], ["behind"]),
        helper.make_node("Mul", ["behind", "sharpness"], ["far"]),
        helper.make_node("Min", ["loudest", "highest"], ["height"]),
        helper.make_node("Add", ["far", "height"], ["all"]),
        helper.make_node("Mul", ["all", "tokens"], ["some"]),
        helper.make_node("Add", ["some", "blank"], [name]),
    ]
    nothing = np.zeros(SIZE - 1, np.float32)
    constants = {
        "bands": with_blank(mean.T, blank, 0),
        "sharpness": np.array(20, np.float32),
        "highest": np.array(6, np.float32),
        "tokens": with_blank(nothing + 1, blank, 0),
        "blank": with_blank(nothing, blank, 2),
    }
    return nodes, constants


def said_before(blank: int) -> NDArray[np.float32]:
    """float32 [SIZE, SIZE]: what a transducer adds after a token: not the same once more."""
    made = -10 * np.eye(SIZE, dtype=np.float32)
    made[blank] = 0
    return made


# --- CTC -------------------------------------------------------------------------------------


def nemo_ctc(folder: Path, streaming: bool = False) -> Path:
    """A CTC model of NeMo, for whole turns or chunk by chunk."""
    step = 8 if streaming else 4
    nodes, constants = scores("audio_signal", "scores", step, blank=-1, swap=False)
    nodes += [
        helper.make_node("LogSoftmax", ["scores"], ["logprobs"], axis=-1),
        helper.make_node("Div", ["length", "step"], ["encoded_lengths"]),
    ]
    inputs, outputs, facts = nemo_ends(("logprobs", FLOAT, ("N", "U", SIZE)), step, streaming)
    facts["model_type"] = "EncDecCTCModelBPE"
    if streaming:
        nodes += passed_on()
    else:
        facts["vocab_size"] = SIZE
    save(
        folder / "model.onnx", nodes, inputs, outputs, {**constants, "step": np.array(step)}, facts
    )
    write_tokens(folder, (*TOKENS, "<blk>"))
    return folder


def nemo_ends(
    output: Value, step: int, streaming: bool
) -> tuple[list[Value], list[Value], dict[str, object]]:
    """Inputs, outputs and metadata of an encoder of NeMo."""
    inputs: list[Value] = [("audio_signal", FLOAT, ("N", MELS, "T")), ("length", LONG, ("N",))]
    outputs: list[Value] = [output, ("encoded_lengths", LONG, ("N",))]
    facts: dict[str, object] = {
        "vocab_size": SIZE - 1,
        "subsampling_factor": step,
        "normalize_type": "",
    }
    if streaming:
        inputs += CACHES
        outputs += [(f"next_{name}", kind, shape) for name, kind, shape in CACHES]
        facts |= CHUNKS
    return inputs, outputs, facts


def passed_on(names: Sequence[str] = CACHE_NAMES) -> list[Any]:
    """States that stay as they are."""
    return [helper.make_node("Identity", [name], [f"next_{name}"]) for name in names]


def sense_voice(folder: Path) -> Path:
    """SenseVoice without layers; in Chinese it hears the band below."""
    nodes, constants = choice("heard", "scores", bands(MELS * WINDOW), blank=0)
    nodes = [
        helper.make_node("Relu", ["x"], ["heard"]),
        *nodes,
        helper.make_node("Gather", ["by_language", "language"], ["asked"]),
        helper.make_node("MatMul", ["scores", "asked"], ["framed"]),
        helper.make_node("Pad", ["framed", "pads", "never"], ["wide"]),
        helper.make_node("Concat", ["head", "wide"], ["logits"], axis=1),
        helper.make_node("Identity", ["x_length"], ["lengths"]),
        helper.make_node("Identity", ["text_norm"], ["spelling"]),
    ]
    by_language = np.stack([np.eye(SIZE, dtype=np.float32)] * 16)
    by_language[CHINESE][1:, 1:] = np.roll(np.eye(SIZE - 1), 1, axis=1)
    remarks = len(REMARKS)
    head = np.insert(np.eye(remarks) * 9, [0] * SIZE, 0, axis=1)[None].astype(np.float32)
    constants["pads"] = np.array([0, 0, 0, 0, 0, remarks])
    constants["never"] = np.array(-9, np.float32)
    save(
        folder / "model.int8.onnx",
        nodes,
        [
            ("x", FLOAT, (1, "T", MELS * WINDOW)),
            *((name, INT, (1,)) for name in ("x_length", "language", "text_norm")),
        ],
        [
            ("logits", FLOAT, (1, "U", SIZE + remarks)),
            ("lengths", INT, (1,)),
            ("spelling", INT, (1,)),
        ],
        {**constants, "by_language": by_language, "head": head},
        SENSE_VOICE,
    )
    write_tokens(folder, ("<blk>", *TOKENS, *REMARKS))
    return folder


# --- transducers -----------------------------------------------------------------------------


def transducer(folder: Path, streaming: bool = False) -> Path:
    """A transducer of icefall; the streaming one is an LSTM by its metadata."""
    nodes, constants = scores("x", "encoder_out", 4, blank=0, swap=True)
    inputs: list[Value] = [("x", FLOAT, ("N", "T", MELS))]
    outputs: list[Value] = [("encoder_out", FLOAT, ("N", "U", SIZE))]
    facts: dict[str, object] = {"model_type": "zipformer2"}
    if streaming:
        nodes += passed_on(STATES)
        inputs += [(name, FLOAT, (1, "N", 4)) for name in STATES]
        outputs += [(f"next_{name}", FLOAT, (1, "N", 4)) for name in STATES]
        facts = LSTM
    else:
        nodes.append(helper.make_node("Div", ["x_lens", "step"], ["encoder_out_lens"]))
        constants["step"] = np.array(4)
        inputs.append(("x_lens", LONG, ("N",)))
        outputs.append(("encoder_out_lens", LONG, ("N",)))
    save(folder / "encoder.onnx", nodes, inputs, outputs, constants, facts)
    prediction(folder)
    write_tokens(folder, ("<blk>", *TOKENS))
    return folder


def prediction(folder: Path) -> None:
    save(
        folder / "decoder.onnx",
        [
            helper.make_node("Gather", ["table", "y"], ["rows"]),
            helper.make_node("ReduceSum", ["rows", "context"], ["decoder_out"], keepdims=0),
        ],
        [("y", LONG, ("N", 2))],
        [("decoder_out", FLOAT, ("N", SIZE))],
        {"table": said_before(0), "context": np.array([1])},
        {"vocab_size": SIZE, "context_size": 2},
    )
    save(
        folder / "joiner.onnx",
        [helper.make_node("Add", ["encoder_out", "decoder_out"], ["logit"])],
        [("encoder_out", FLOAT, ("N", SIZE)), ("decoder_out", FLOAT, ("N", SIZE))],
        [("logit", FLOAT, ("N", SIZE))],
        {},
        {"joiner_dim": SIZE},
    )


def nemo_transducer(folder: Path, streaming: bool = False) -> Path:
    """A transducer of NeMo, as Parakeet and Nemotron are."""
    nodes, constants = scores("audio_signal", "scores", 8, blank=-1, swap=False)
    nodes += [
        helper.make_node("Transpose", ["scores"], ["outputs"], perm=[0, 2, 1]),
        helper.make_node("Div", ["length", "step"], ["encoded_lengths"]),
        *(passed_on() if streaming else ()),
    ]
    inputs, outputs, facts = nemo_ends(("outputs", FLOAT, ("N", SIZE, "U")), 8, streaming)
    facts |= {"model_type": "EncDecRNNTBPEModel", "pred_rnn_layers": 1, "pred_hidden": SIZE}
    constants["step"] = np.array(8)
    save(folder / "encoder.onnx", nodes, inputs, outputs, constants, facts)
    nemo_prediction(folder)
    write_tokens(folder, (*TOKENS, "<blk>"))
    return folder


def nemo_prediction(folder: Path) -> None:
    states: list[Value] = [(name, FLOAT, (1, "N", SIZE)) for name in STATES]
    save(
        folder / "decoder.onnx",
        [
            helper.make_node("Gather", ["table", "targets"], ["rows"]),
            helper.make_node("Transpose", ["rows"], ["outputs"], perm=[0, 2, 1]),
            helper.make_node("Identity", ["target_length"], ["lengths"]),
            *passed_on(STATES),
        ],
        [("targets", INT, ("N", "L")), ("target_length", INT, ("N",)), *states],
        [
            ("outputs", FLOAT, ("N", SIZE, "L")),
            ("lengths", INT, ("N",)),
            *((f"next_{name}", kind, shape) for name, kind, shape in states),
        ],
        {"table": said_before(-1)},
        {},
    )
    save(
        folder / "joiner.onnx",
        [
            helper.make_node("Add", ["encoder_outputs", "decoder_outputs"], ["sum"]),
            helper.make_node("Transpose", ["sum"], ["frames"], perm=[0, 2, 1]),
            helper.make_node("Unsqueeze", ["frames", "one"], ["outputs"]),
        ],
        [("encoder_outputs", FLOAT, ("N", SIZE, 1)), ("decoder_outputs", FLOAT, ("N", SIZE, 1))],
        [("outputs", FLOAT, ("N", 1, 1, SIZE))],
        {"one": np.array([1])},
        {},
    )


# --- sound -----------------------------------------------------------------------------------

TONES = {"HE": 250, "LLO": 650, "WORLD": 1150, "A": 1800, "S": 2900, "B": 4500, "C": 6500}  # Hz
RATE = 16_000


def said(*tokens: str, each_s: float = 0.3) -> bytes:
    """PCM in which the models hear these tokens; "" is silence."""
    times = np.arange(int(RATE * each_s)) / RATE
    tones = [0.5 * np.sin(2 * np.pi * TONES.get(token, 0) * times) for token in tokens]
    return (np.concatenate(tones) * 32_767).astype("<i2").tobytes() if tones else b""
