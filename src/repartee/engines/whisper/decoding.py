"""Whisper itself, inside the worker process: one stretch of sound in, words out.

The model is asked for text without time stamps; words get their times from the aligner, which also
tells each token's probability given the sound and all tokens before it.  That is the number behind
`logprob`, computed for the tokens that were chosen, however they were found.  faster-whisper's own
`word.probability` is a mean of these, which is no probability of the word.

As in the library, what repeats itself or is improbable is decoded again at a higher temperature,
and what the model takes for silence is no text.  The thresholds are the library's, and those of A.
Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022), section 4.5.
"""

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import _LANGUAGE_CODES, Tokenizer
from faster_whisper.vad import get_speech_timestamps
from numpy.typing import NDArray

from repartee.engines.whisper.pieces import Piece, pieces, timed
from repartee.engines.whisper.wire import Options, Turn
from repartee.engines.worker.work import WorkError

RATE = 16_000
FRAMES_A_SECOND = 100  # of the encoder's input

TEMPERATURES = (0.0, 0.4, 0.8)  # half as many tries as in the library: somebody waits
SILENT = 0.6  # the probability of no speech from which an improbable text is none
IMPROBABLE = -1.0  # the mean log probability of a text's tokens
REPETITIVE = 2.4  # how many times smaller a text gets by zlib

LONGEST_PROMPT = 223  # tokens; with them half of what the model can read

Samples = NDArray[np.float32]


class Dropped(Exception):
    """Nobody wants the result any more."""


class Draft(NamedTuple):
    """What a try has given."""

    tokens: list[int]
    mean_logprob: float
    is_silent: bool
    is_repetitive: bool

    @property
    def is_good(self) -> bool:
        return not self.is_repetitive and self.mean_logprob >= IMPROBABLE


class Decoder:
    """The model; several threads may ask it at once.  Raises WorkError: it cannot be loaded."""

    def __init__(self, options: Options) -> None:
        self._options = options
        try:
            self._whisper = WhisperModel(
                options.model,
                device=options.device,
                compute_type=options.compute_type,
                cpu_threads=options.threads,
                num_workers=options.at_once,
                local_files_only=True,
            )
            self._warm_up()
        except (RuntimeError, ValueError) as error:  # no kernel, no memory, another format
            raise WorkError(
                f"{options.model} on {options.device} as {options.compute_type}: {error}"
            ) from error

    def hear(
        self,
        sound: bytes,
        turn: Turn,
        dropped: Callable[[], bool],
        *,
        beginning: list[int],
        aligned: bool,
    ) -> list[Piece]:
        """The words of `sound`, mono s16, 30 s at most; the tokens `beginning` are its first.

        Not `aligned` is quick: one try, without beams, times and probabilities.  A call of the
        model cannot be stopped; what was `dropped` makes no further one, and raises Dropped.
        """
        samples = np.frombuffer(sound, "<i2").astype(np.float32)
        samples /= 32_768
        if not self._has_speech(samples) and not beginning:
            return []
        try:
            encoded = self._encode(samples)
            tokenizer = self._tokenizer(turn, encoded)
            prompt = [*_prompt(turn, tokenizer), *beginning]
            tokens = self._decode(encoded, tokenizer, prompt, dropped, thorough=aligned)
            tokens = [token for token in tokens if token < tokenizer.eot] or beginning
            texts, parts = tokenizer.split_tokens_on_unicode(tokens)
            words = pieces(texts, parts, tokenizer.language_code)
            if aligned and words:
                _check(dropped)
                words = self._align(encoded, tokenizer, words, len(samples))
            return words
        except RuntimeError as error:  # CTranslate2's own tell of memory and devices
            raise WorkError(str(error)) from error

    def _warm_up(self) -> None:
        encoded = self._encode(np.zeros(RATE, np.float32))
        prompt = _prompt(Turn(), self._tokenizer(Turn(), encoded))
        beams = self._options.beam_size
        self._whisper.model.generate(encoded, [prompt], beam_size=beams, max_length=16)

    def _has_speech(self, samples: Samples) -> bool:
        if not self._options.vad:
            return len(samples) > 0
        return bool(get_speech_timestamps(samples))

    def _encode(self, samples: Samples) -> Any:
        return self._whisper.encode(pad_or_trim(self._whisper.feature_extractor(samples)))

    def _tokenizer(self, turn: Turn, encoded: Any) -> Tokenizer:
        whisper = self._whisper
        language = turn.language
        if whisper.model.is_multilingual and language not in _LANGUAGE_CODES:
            (((most_likely, _), *_),) = whisper.model.detect_language(encoded)
            language = most_likely.strip("<|>")
        return Tokenizer(
            whisper.hf_tokenizer, whisper.model.is_multilingual, "transcribe", language
        )

    def _decode(
        self,
        encoded: Any,
        tokenizer: Tokenizer,
        prompt: list[int],
        dropped: Callable[[], bool],
        *,
        thorough: bool,
    ) -> list[int]:
        """The tokens of the first good draft, else those of the most probable."""
        drafts = []
        for temperature in TEMPERATURES if thorough else TEMPERATURES[:1]:
            _check(dropped)
            beams = self._options.beam_size if thorough else 1
            draft = self._draft(encoded, tokenizer, prompt, temperature, beams)
            if draft.is_silent:
                return []
            if draft.is_good:
                return draft.tokens
            drafts.append(draft)
        varied = [draft for draft in drafts if not draft.is_repetitive]
        return max(varied or drafts, key=lambda draft: draft.mean_logprob).tokens

    def _draft(
        self, encoded: Any, tokenizer: Tokenizer, prompt: list[int], temperature: float, beams: int
    ) -> Draft:
        (found,) = self._whisper.model.generate(
            encoded,
            [prompt],
            beam_size=1 if temperature else beams,
            sampling_topk=0 if temperature else 1,
            sampling_temperature=temperature or 1.0,
            return_scores=True,
            return_no_speech_prob=True,
        )
        tokens = found.sequences_ids[0]
        mean = found.scores[0] * len(tokens) / (len(tokens) + 1)  # the end is a token, too
        text = tokenizer.decode(tokens).strip().encode()
        return Draft(
            tokens,
            mean,
            is_silent=found.no_speech_prob > SILENT and mean < IMPROBABLE,
            is_repetitive=len(text) / len(zlib.compress(text)) > REPETITIVE,
        )

    def _align(
        self, encoded: Any, tokenizer: Tokenizer, words: list[Piece], samples: int
    ) -> list[Piece]:
        tokens = [token for word in words for token in word.tokens]
        frames = max(1, samples * FRAMES_A_SECOND // RATE)
        (found,) = self._whisper.model.align(encoded, tokenizer.sot_sequence, [tokens], frames)
        return timed(words, found.text_token_probs, found.alignments, samples * 1000 // RATE)


def _check(dropped: Callable[[], bool]) -> None:
    if dropped():
        raise Dropped


def _prompt(turn: Turn, tokenizer: Tokenizer) -> list[int]:
    """What the model reads first: names to be heard, the text before, and what is asked of it."""
    said = (", ".join(filter(None, turn.keywords)), turn.prompt)
    before = [
        token
        for text in said
        if text.strip()
        for token in tokenizer.encode(f" {text.strip()}")
        if token < tokenizer.eot  # a client could write others, and they are no text
    ][-LONGEST_PROMPT:]
    asked = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    return [tokenizer.sot_prev, *before, *asked] if before else asked
