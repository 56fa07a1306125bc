"""A voice with the models of Piper, in worker processes."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path

from repartee.engines.espeak.synthesizer import Unheard
from repartee.engines.piper.place import find
from repartee.engines.piper.wire import Voice
from repartee.engines.protocols import EngineError, Speech
from repartee.engines.sherpa.hosting import AtLeastOne, Provider, Seconds
from repartee.engines.sherpa.hosting import threads as cores
from repartee.engines.sherpa.wire import Sound, Utterance
from repartee.engines.worker.link import START_S
from repartee.engines.worker.pool import Workers
from repartee.protocol.prompt import VoiceChoice

UTTERANCES = 16  # at once in a process
SLOWEST, FASTEST = 0.25, 1.5


class PiperSynthesizer:
    """Speaks with a voice of Piper: `model` is its file NAME.onnx, or a folder with one.

    NAME.onnx.json lies beside it.  A voice speaks one language.  `voices` leads from names of
    voices to the model's speakers, by number or by name, and from `*` for all other names; without
    it, the API's thirteen voices are spread over all speakers.  `provider` "cuda" needs
    onnxruntime-gpu.  A process serves `at_once` utterances with one model, a sentence of each in
    turn, its arithmetic on `threads` cores; up to `processes` are started, each with a model of its
    own, which it has `start_s` seconds to load.
    """

    licence = "GPL-3.0-or-later (espeak-ng, in a separate process); weights: that of the voice"
    paces = True

    def __init__(
        self,
        model: Path,
        voices: dict[str, int | str] | None = None,
        provider: Provider = "cpu",
        threads: AtLeastOne | None = None,
        processes: AtLeastOne = 1,
        at_once: AtLeastOne = UTTERANCES,
        start_s: Seconds = START_S,
    ) -> None:
        net, facts = find(model)
        self.rate = facts.audio.sample_rate
        options = Voice(
            model=str(net),
            ids=facts.phoneme_id_map,
            language=facts.language,
            rate=self.rate,
            noise=facts.inference.noise_scale,
            length=facts.inference.length_scale,
            rhythm=facts.inference.noise_w,
            voices=voices or {},
            speakers=facts.speakers,
            count=facts.num_speakers,
            threads=cores(threads),
            provider=provider,
        )
        self._workers = Workers(
            "repartee.engines.piper.speaking:Speaking",
            options,
            Sound,
            "piper",
            processes=processes,
            at_once=at_once,
            start_s=start_s,
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of its worker processes."""
        return self._workers.pids

    async def open(self) -> None:
        """Load the voice in the first process."""
        for module in ("onnxruntime", "espeakng_loader"):
            if find_spec(module) is None:
                raise EngineError(f"{module} is not installed: pip install 'repartee[piper]'")
        await self._workers.open()

    async def close(self) -> None:
        await self._workers.close()

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        """See `Synthesizer`.  Text that the model has no sound for is passed over."""
        speed = min(max(voice.speed, SLOWEST), FASTEST)
        unheard = Unheard(text)
        async with aclosing(self._workers.run(Utterance(voice.name, speed), unheard)) as sounds:
            async for sound in sounds:
                yield Speech(sound.pcm, unheard.take(sound.characters))
        if rest := unheard.take():
            yield Speech(b"", rest)
