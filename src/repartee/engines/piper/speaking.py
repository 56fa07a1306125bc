"""Speech with a net of Piper, inside its worker process.

The net computes in a thread, a sentence at a time for all who speak.  espeak-ng, which is under the
GPL-3, is loaded here and nowhere else: it says how the words are pronounced.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

from repartee.engines.espeak.library import Library
from repartee.engines.piper.phonemes import Pronounce, numbers, signs
from repartee.engines.piper.wire import Voice
from repartee.engines.sherpa.speakers import number, speaker
from repartee.engines.sherpa.text import begun, is_sayable, sentences, speakable
from repartee.engines.sherpa.wire import Sound, Utterance
from repartee.engines.worker.work import Steps, WorkError

CHUNK_MS = 200
PATIENCE_S = 0.002  # how long a step waits for the thread

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
INPUTS = {"input", "input_lengths", "scales"}

Samples = NDArray[np.float32]


class Speaking:
    """The one net, which all utterances share."""

    options_type = Voice
    request_type = Utterance

    def __init__(self, options: Voice) -> None:
        self.rate = options.rate
        self._options = options
        self._check_voices()
        self._pronounce = _pronounce(options.language)
        self._net = _load(options)
        self._thread = ThreadPoolExecutor(1, "speaking")
        try:
            self.start("One, two.", Utterance(""), onnxruntime.RunOptions()).result()
        except Exception as error:  # onnxruntime has no class for all of its own
            raise WorkError(f"{options.model} is no net of Piper: it speaks nothing") from error

    def begin(self, request: Utterance, stopped: Callable[[], bool]) -> "Speaker":
        return Speaker(self, request)

    def start(
        self, text: str, utterance: Utterance, run: "onnxruntime.RunOptions"
    ) -> "Future[Samples]":
        """Speak the text; `run.terminate` ends it."""
        told = numbers(signs(text, self._pronounce), self._options.ids)
        return self._thread.submit(self._speak, told, utterance, run)

    def _speak(
        self, told: list[int], utterance: Utterance, run: "onnxruntime.RunOptions"
    ) -> Samples:
        options = self._options
        if not told:
            return np.empty(0, np.float32)
        scales = (options.noise, options.length / utterance.speed, options.rhythm)
        given = {
            "input": np.array([told], np.int64),
            "input_lengths": np.array([len(told)], np.int64),
            "scales": np.array(scales, np.float32),
        }
        if any(each.name == "sid" for each in self._net.get_inputs()):
            chosen = speaker(utterance.voice, options.voices, options.speakers, options.count)
            given["sid"] = np.array([chosen], np.int64)
        (sound,) = self._net.run(None, given, run)
        return np.asarray(sound, np.float32).reshape(-1)

    def _check_voices(self) -> None:
        count, speakers = self._options.count, self._options.speakers
        for name, chosen in self._options.voices.items():
            try:
                known = 0 <= number(chosen, speakers) < count
            except ValueError:
                known = False
            if not known:
                raise WorkError(
                    f"voices.{name} is {chosen}: there are the speakers 0 to {count - 1}"
                )


class Speaker:
    """One utterance: text in, sound out."""

    def __init__(self, speaking: Speaking, utterance: Utterance) -> None:
        self._speaking = speaking
        self._utterance = utterance
        self._silent = 0  # characters that no sound has begun with yet
        self._running: Future[Samples] | None = None
        self._run = onnxruntime.RunOptions()

    def feed(self, data: bytes) -> Steps:
        for sentence in sentences(data.decode()):
            yield from self._speak(sentence)

    def finish(self) -> Steps:
        yield from ()

    def close(self) -> None:
        self._run.terminate = True  # within milliseconds, in the middle of the net
        if self._running is not None:
            self._running.cancel()

    def _speak(self, sentence: str) -> Steps:
        text = speakable(sentence)
        told = 0
        if is_sayable(text):
            self._running = self._speaking.start(text, self._utterance, self._run)
            while (samples := _made(self._running)) is None:
                yield None
            for pcm, share in _chunks(samples, self._speaking.rate):
                now = max(told, begun(sentence, share))
                yield Sound(pcm, self._silent + now - told)
                self._silent, told = 0, now
        self._silent += len(sentence) - told


def _pronounce(language: str) -> Pronounce:
    if not language:
        return str.lower
    library = Library()
    library.read_in(language)
    return library.phonemes


def _load(options: Voice) -> "onnxruntime.InferenceSession":
    """The net.  Raises WorkError: it cannot be read, or takes something else."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = options.threads, 1
    settings.log_severity_level = 4  # what it says later may repeat what is spoken
    provider = PROVIDERS[options.provider]
    if provider not in onnxruntime.get_available_providers():
        raise WorkError(f"this onnxruntime has no {options.provider}: install onnxruntime-gpu")
    try:
        net = onnxruntime.InferenceSession(options.model, settings, providers=[provider])
    except Exception as error:  # as above
        raise WorkError(f"onnxruntime cannot read {options.model}: download it again") from error
    taken = {each.name for each in net.get_inputs()}
    if taken - {"sid"} != INPUTS:
        raise WorkError(
            f"{options.model} is no net of Piper: it takes {', '.join(sorted(taken))}, "
            f"not {', '.join(sorted(INPUTS))}"
        )
    return net


def _made(running: "Future[Samples]") -> Samples | None:
    """The sound, if it is made within a moment.  Raises what making it raises."""
    try:
        return running.result(PATIENCE_S)
    except NotYet:
        return None


def _chunks(samples: Samples, rate: int) -> list[tuple[bytes, float]]:
    """The sound as PCM in chunks, with the share of it that is over after each."""
    size = CHUNK_MS * rate // 1000
    pcm = (np.clip(samples, -1, 1) * 32_767).astype("<i2")
    starts = range(0, len(pcm), size)
    return [
        (pcm[start : start + size].tobytes(), min(1.0, (start + size) / len(pcm)))
        for start in starts
    ]
