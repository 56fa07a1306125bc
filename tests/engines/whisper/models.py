"""Whisper models without training: the real format, so that real loading and decoding run.

What they say means nothing, but it depends on the sound, and they are sure of it.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ctranslate2.specs import attention_spec, common_spec, transformer_spec
from ctranslate2.specs.whisper_spec import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

WORDS = ("sea", "moon", "hill", "tree", "bird", "rain", "wind", "fire", "road", "stone", "salt")
TEXT = 50_257  # tokens that are text; ids are those of every Whisper of many languages
CHANNELS = 80
NO_SPEECH = 50_362
PLACES = 1_500  # of the encoder's output in 30 s
LONGEST = 448  # tokens
UNSAID = -1e4

Numbers = NDArray[np.float32]

# Layers, width and heads, of encoder and decoder alike.
TINY = (1, 16, 2)
SIZES = {"tiny": (4, 384, 6), "base": (6, 512, 8), "small": (12, 768, 12)}


def whisper_model(
    folder: Path,
    shape: tuple[int, int, int] = TINY,
    *,
    said: Sequence[str] = WORDS,
    sure: float = 12.0,
    ends: bool = True,
    silent: bool = False,
    kind: str = "float32",
) -> Path:
    """A model that says the words `said` in an order of its own.

    It is `sure` of them; sooner or later it `ends`, or not.  A `silent` one takes all for silence.
    """
    folder.mkdir(parents=True, exist_ok=True)
    layers, width, heads = shape
    tokenizer = _tokenizer()
    bias = np.full(tokenizer.get_vocab_size(), UNSAID, np.float32)
    bias[[tokenizer.encode(f" {word}").ids[0] for word in said]] = 0
    bias[TEXT] = 0 if ends else UNSAID
    bias[NO_SPEECH] = -UNSAID if silent else UNSAID
    spec = WhisperSpec(layers, heads, layers, heads)
    _Weights(width).fill(spec, bias, sure)
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    spec.register_vocabulary([token for token, _ in vocabulary])
    spec.config.lang_ids = [TEXT + 2 + place for place in range(99)]
    spec.config.suppress_ids = [NO_SPEECH]
    spec.config.suppress_ids_begin = [TEXT]
    spec.config.alignment_heads = [[layers - 1, head] for head in range(heads)]
    spec.validate()
    spec.optimize(quantization=kind)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": CHANNELS}))
    return folder


def _tokenizer() -> Tokenizer:
    """Bytes, the words with a space before them, and what is no text under the usual ids."""
    tokens = {letter: id for id, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        head = "Ġ"
        for letter in word:
            if head + letter not in tokens:
                merges.append((head, letter))
                tokens[head + letter] = len(tokens)
            head += letter
    while len(tokens) < TEXT - 1:
        tokens[f"[{len(tokens)}]"] = len(tokens)
    tokens[""] = len(tokens)  # by which CTranslate2 tells a model of many languages
    tokenizer = Tokenizer(models.BPE(tokens, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    names = ["endoftext", "startoftranscript", "en"]
    names += [code for code in _LANGUAGE_CODES if code not in ("en", "yue")]
    names += ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    names += [f"{0.02 * step:.2f}" for step in range(PLACES + 1)]
    tokenizer.add_special_tokens([AddedToken(f"<|{name}|>", special=True) for name in names])
    return tokenizer


class _Weights:
    """Random numbers in the places of a model of this width."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._random = np.random.default_rng(5)

    def fill(self, spec: WhisperSpec, bias: Numbers, sure: float) -> None:
        width, encoder, decoder = self._width, spec.encoder, spec.decoder
        for conv, channels in ((encoder.conv1, CHANNELS), (encoder.conv2, width)):
            conv.weight, conv.bias = self._some(width, channels, 3), np.zeros(width, np.float32)
        for side, places in ((encoder, PLACES), (decoder, LONGEST)):
            side.position_encodings.encodings = self._some(places, width) * np.sqrt(width)
            self._norm(side.layer_norm)
            for layer in side.layer:
                self._attention(layer.self_attention, 3, 1)
                self._feed_forward(layer.ffn)
        for layer in decoder.layer:
            self._attention(layer.attention, 1, 2, 1)
            layer.attention.linear[2].weight *= 4  # the sound is to matter
        decoder.embeddings.weight = self._some(len(bias), width) * np.sqrt(width)
        decoder.projection.weight = self._some(len(bias), width) * sure
        decoder.projection.bias = bias

    def _some(self, *shape: int) -> Numbers:
        return self._random.normal(0, 1 / np.sqrt(shape[-1]), shape).astype(np.float32)

    def _norm(self, layer: common_spec.LayerNormSpec) -> None:
        layer.gamma, layer.beta = (
            np.ones(self._width, np.float32),
            np.zeros(self._width, np.float32),
        )

    def _linear(self, layer: common_spec.LinearSpec, outputs: int, inputs: int) -> None:
        layer.weight, layer.bias = self._some(outputs, inputs), np.zeros(outputs, np.float32)

    def _attention(self, layer: attention_spec.MultiHeadAttentionSpec, *outputs: int) -> None:
        self._norm(layer.layer_norm)
        for part, times in zip(layer.linear, outputs, strict=True):
            self._linear(part, times * self._width, self._width)

    def _feed_forward(self, layer: transformer_spec.FeedForwardSpec) -> None:
        self._norm(layer.layer_norm)
        self._linear(layer.linear_0, 4 * self._width, self._width)
        self._linear(layer.linear_1, self._width, 4 * self._width)
