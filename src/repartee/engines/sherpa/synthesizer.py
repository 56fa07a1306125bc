"""A voice with the models that sherpa-onnx publishes, in worker processes."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from repartee.engines.espeak.synthesizer import Unheard
from repartee.engines.protocols import Speech
from repartee.engines.sherpa import hosting
from repartee.engines.sherpa.folder import Folder
from repartee.engines.sherpa.hosting import AtLeastOne, Hosted, Provider, Seconds
from repartee.engines.sherpa.voice_models import find
from repartee.engines.sherpa.wire import Sound, Utterance, Voice
from repartee.engines.worker.link import START_S
from repartee.protocol.prompt import VoiceChoice

log = logging.getLogger(__name__)

UTTERANCES = 16  # at once in a process
SLOWEST, FASTEST = 0.25, 1.5
PACING = ("vits", "matcha", "kokoro", "kitten")  # whose models choose how long each sound is


class SherpaSynthesizer:
    """Speaks with a model that sherpa-onnx publishes: `model` is its folder.

    What kind of model it is, its files tell.  `voices` leads from names of voices to the model's
    speakers, by number or by name, and from `*` for all other names; without it, the API's
    thirteen voices are spread over all speakers.  Models that copy a voice have the recordings in
    their folder for speakers.

    `language` chooses what the model is to speak where it knows several.  `steps` is how often
    models that refine their sound do so: more sounds better, and takes longer.  A process serves
    `at_once` utterances with one model, a sentence of each in turn, its arithmetic on `threads`
    cores; up to `processes` are started, each with a model of its own, which it has `start_s`
    seconds to load.
    """

    licence = hosting.LICENCE

    def __init__(
        self,
        model: str,
        family: str | None = None,
        language: str = "",
        voices: dict[str, int | str] | None = None,
        steps: AtLeastOne = 5,
        provider: Provider = "cpu",
        threads: AtLeastOne | None = None,
        processes: AtLeastOne = 1,
        at_once: AtLeastOne = UTTERANCES,
        start_s: Seconds = START_S,
    ) -> None:
        folder = Folder(model, small=provider == "cpu")
        found = find(folder, family, language)
        self.licence = hosting.licence(folder)
        self.rate = found.rate
        self.paces = found.family in PACING
        options = Voice(
            family=found.family,
            files=found.files,
            threads=hosting.threads(threads),
            provider=provider,
            language=language,
            rate=found.rate,
            steps=steps,
            voices=voices or {},
            speakers=found.speakers,
        )
        work = "repartee.engines.sherpa.speaking:Speaking"
        self._hosted = Hosted(folder, work, options, Sound, processes, at_once, start_s)
        self._language = language
        self._warned = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of its worker processes."""
        return self._hosted.workers.pids

    async def open(self) -> None:
        """Load the model in the first process."""
        await self._hosted.open()

    async def close(self) -> None:
        await self._hosted.workers.close()

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        """See `Synthesizer`.  Text that the model has no sound for is passed over."""
        self._warn(voice)
        speed = min(max(voice.speed, SLOWEST), FASTEST)
        unheard = Unheard(text)
        async with aclosing(
            self._hosted.workers.run(Utterance(voice.name, speed), unheard)
        ) as sounds:
            async for sound in sounds:
                yield Speech(sound.pcm, unheard.take(sound.characters))
        if rest := unheard.take():
            yield Speech(b"", rest)

    def _warn(self, voice: VoiceChoice) -> None:
        if voice.language and voice.language != self._language and not self._warned:
            self._warned = True
            log.warning("sherpa-onnx speaks the language of its settings, not that of a session")
