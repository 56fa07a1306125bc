"""Speech with sherpa-onnx, inside its worker process.

The library computes in a thread, a sentence at a time for all who speak, and hands sound over
while it is made where the model can; it stops at the next such moment when nobody listens.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import sherpa_onnx  # type: ignore[import-untyped]
from numpy.typing import NDArray

from repartee.engines.sherpa import synthesizers
from repartee.engines.sherpa.quiet import hush
from repartee.engines.sherpa.speakers import number, speaker
from repartee.engines.sherpa.text import begun, is_sayable, sentences, speakable
from repartee.engines.sherpa.wire import Sound, Utterance, Voice
from repartee.engines.worker.work import Steps, WorkError

CHUNK_MS = 200
PATIENCE_S = 0.002  # how long a step waits for the thread

Samples = NDArray[np.float32]
Hear = Callable[[Samples, float], int]


class Speaking:
    """The one model, which all utterances share."""

    options_type = Voice
    request_type = Utterance

    def __init__(self, options: Voice) -> None:
        self.options = options
        self._voice: Any = synthesizers.make(options)
        self._recordings = synthesizers.recordings(options)
        self._count = len(self._recordings) or max(1, self._voice.num_speakers)
        self._check_voices()
        self._thread = ThreadPoolExecutor(1, "speaking")
        self._warm_up()
        hush()

    def begin(self, request: Utterance, stopped: Callable[[], bool]) -> "Speaker":
        return Speaker(self, request, stopped)

    def start(self, text: str, utterance: Utterance, hear: Hear) -> Future[None]:
        """Speak the text; `hear` is called with each piece of sound, and tells whether to go on."""
        return self._thread.submit(self._speak, text, utterance, hear)

    def _speak(self, text: str, utterance: Utterance, hear: Hear) -> None:
        self._voice.generate(text, self._manner(utterance), hear)

    def _manner(self, utterance: Utterance) -> Any:
        manner = sherpa_onnx.GenerationConfig()
        voices, names = self.options.voices, self.options.speakers
        chosen = speaker(utterance.voice, voices, names, self._count)
        manner.speed, manner.num_steps = utterance.speed, self.options.steps
        if self._recordings:
            recording = self._recordings[chosen]
            manner.reference_audio = recording.sound
            manner.reference_sample_rate = recording.rate
            manner.reference_text = recording.text
        else:
            manner.sid = chosen
        if self.options.family == "supertonic":
            manner.extra = {"lang": self.options.language or "en"}
        return manner

    def _warm_up(self) -> None:
        """The first words take longer than any later ones.  Raises WorkError: there are none."""
        heard: list[float] = []

        def hear(samples: Samples, progress: float) -> int:
            heard.append(progress)
            return 1

        self.start("One.", Utterance(""), hear).result()
        if self.options.family == "supertonic" and not heard:
            raise WorkError(f'the model does not speak the language "{self.options.language}"')

    def _check_voices(self) -> None:
        for name, chosen in self.options.voices.items():
            try:
                known = 0 <= number(chosen, self.options.speakers) < self._count
            except ValueError:
                known = False
            if not known:
                names = f" ({', '.join(self.options.speakers)})" if self.options.speakers else ""
                raise WorkError(
                    f"voices.{name} is {chosen}, and the model has the speakers 0 to "
                    f"{self._count - 1}{names}"
                )


class Speaker:
    """One utterance: text in, sound out."""

    def __init__(
        self, speaking: Speaking, utterance: Utterance, stopped: Callable[[], bool]
    ) -> None:
        self._speaking = speaking
        self._utterance = utterance
        self._stopped = stopped
        self._silent = 0  # characters that no sound has begun with yet
        self._running: Future[None] | None = None

    def feed(self, data: bytes) -> Steps:
        for sentence in sentences(data.decode()):
            yield from self._speak(sentence)

    def finish(self) -> Steps:
        yield from ()

    def close(self) -> None:
        if self._running is not None:
            self._running.cancel()  # unless it has begun: then it stops at its next sound

    def _speak(self, sentence: str) -> Steps:
        text = speakable(sentence)
        told = 0
        if is_sayable(text):
            made: SimpleQueue[tuple[Samples, float]] = SimpleQueue()
            self._running = self._speaking.start(
                " ".join(text.split()), self._utterance, self._hearing(made)
            )
            over = 0.0  # share of the sentence
            while (piece := (yield from self._next(made, self._running))) is not None:
                samples, progress = piece
                end = min(max(progress, over), 1.0)
                for pcm, share in _chunks(samples, self._speaking.options.rate):
                    now = max(told, begun(sentence, over + (end - over) * share))
                    yield Sound(pcm, self._silent + now - told)
                    self._silent, told = 0, now
                over = end
        self._silent += len(sentence) - told

    def _hearing(self, made: "SimpleQueue[tuple[Samples, float]]") -> Hear:
        def hear(samples: Samples, progress: float) -> int:
            made.put((samples, progress))
            return 0 if self._stopped() else 1

        return hear

    def _next(self, made: "SimpleQueue[tuple[Samples, float]]", running: Future[None]) -> Any:
        """The next sound; None when all is made.  Raises what making it raises."""
        while True:
            over = running.done()
            try:
                return made.get(timeout=PATIENCE_S) if not over else made.get_nowait()
            except Empty:
                if over:
                    running.result()
                    return None
            yield None


def _chunks(samples: Samples, rate: int) -> list[tuple[bytes, float]]:
    """The sound as PCM in chunks, with the share of it that is over after each."""
    size = CHUNK_MS * rate // 1000
    pcm = (np.clip(samples, -1, 1) * 32_767).astype("<i2")
    starts = range(0, len(pcm), size)
    return [
        (pcm[start : start + size].tobytes(), min(1.0, (start + size) / len(pcm)))
        for start in starts
    ]
