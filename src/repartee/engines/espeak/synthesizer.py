"""A voice without a model hub: espeak-ng, in a worker process.

espeak-ng is under the GPL-3.  Nothing in this process loads it; only `espeak_library` does, which
runs in the worker process.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from importlib.util import find_spec

from repartee.engines.espeak.voices import voice as voice_of
from repartee.engines.espeak.wire import RATE, Options, Sound, Utterance
from repartee.engines.protocols import EngineError, Speech
from repartee.engines.worker.pool import Workers
from repartee.protocol.prompt import VoiceChoice


class EspeakSynthesizer:
    """Speaks with espeak-ng's formant voices: clear, quick and robotic.

    The API's thirteen voices differ in pitch and timbre; another name always gets the same one of
    them.  `language` is a tag such as "en-us" or "de", for sessions that ask for none or for one
    that espeak-ng does not know.  All text is spoken as it stands: no markup has a meaning.
    """

    licence = "GPL-3.0-or-later (espeak-ng, in a separate process)"
    rate = RATE

    def __init__(self, language: str = "en-us") -> None:
        self._workers = Workers(
            "repartee.engines.espeak.speaking:Speaking", Options(language), Sound, "espeak-ng"
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The id of its worker process."""
        return self._workers.pids

    async def open(self) -> None:
        """Load the library in its process: 0.1 s."""
        if find_spec("espeakng_loader") is None:
            raise EngineError("espeak-ng is not installed: pip install 'repartee[offline]'")
        await self._workers.open()

    async def close(self) -> None:
        await self._workers.close()

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        """See `Synthesizer`.  Each written word begins with a `Speech` of its own."""
        utterance = Utterance(voice_of(voice.name), voice.language)
        unheard = Unheard(text)
        async with aclosing(self._workers.run(utterance, unheard)) as sounds:
            async for sound in sounds:
                yield Speech(sound.pcm, unheard.take(sound.characters))
        if rest := unheard.take():
            yield Speech(b"", rest)


class Unheard(AsyncIterator[bytes]):
    """Text on its way to the voice: what was passed on and has not begun to sound is kept."""

    def __init__(self, pieces: AsyncIterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._begun = 0  # characters of it that sound already

    async def __anext__(self) -> bytes:
        """The next piece in UTF-8, character by character: half a surrogate pair becomes a "?"."""
        piece = await anext(self._pieces)
        self._text = self._text[self._begun :] + piece
        self._begun = 0
        return piece.encode(errors="replace")

    def take(self, characters: int | None = None) -> str:
        """The next so many characters, or all that are left, begin to sound."""
        end = len(self._text) if characters is None else self._begun + characters
        begun, self._begun = self._begun, end
        return self._text[begun:end]
