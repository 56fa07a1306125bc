"""How far apart the offline voices are, in pitch and in timbre.

python -m benchmarks.engines.voices
"""

import asyncio
from contextlib import aclosing
from itertools import combinations

from benchmarks.engines.row import figures
from benchmarks.engines.work import SENTENCE, pieces
from engines.acoustics import centroid, mean_pitch, samples
from repartee.engines.espeak.synthesizer import EspeakSynthesizer
from repartee.engines.espeak.voices import VOICES
from repartee.protocol.prompt import VoiceChoice


async def main() -> None:
    """Print pitch and spectral centroid of each voice, and which two are nearest."""
    synthesizer, measured = EspeakSynthesizer(), {}
    await synthesizer.open()
    for name in VOICES:
        async with aclosing(synthesizer.speak(pieces(SENTENCE), VoiceChoice(name))) as spoken:
            sound = samples(b"".join([speech.pcm async for speech in spoken]))
        pitch, centre = mean_pitch(sound, synthesizer.rate), centroid(sound, synthesizer.rate)
        measured[name] = (pitch, centre)
        figures(name, pitch_hz=pitch, centroid_hz=centre)
    await synthesizer.close()
    apart = {
        f"{one}/{other}": max(max(a, b) / min(a, b) for a, b in zip(this, that, strict=True))
        for (one, this), (other, that) in combinations(measured.items(), 2)
    }
    nearest = min(apart, key=lambda pair: apart[pair])
    figures(f"nearest: {nearest}", apart=apart[nearest])


if __name__ == "__main__":
    asyncio.run(main())
