"""The turn detector that is always there."""

import asyncio
import math

from repartee.engines.prosody.sound import RATE, cues
from repartee.engines.prosody.words import odds

# With no cue of an end, one pause in seven is one; with all three, six in seven.  Each cue counts
# alike: Duncan, and Gravano and Hirschberg after him, found that it is their number that matters.
_ODDS = 6.0
_UNKNOWN = 0.5  # where nothing is heard that could be judged


class Prosody:
    """A rule of thumb, no model: how long, softly and deeply the last words were said, and which.

    It multiplies odds: those of the sound (`sound.cues`) with those of the words (`words.odds`).
    """

    licence = "Apache-2.0"
    notice = (
        "The ends of turns are judged by a rule of thumb. A model, smart-turn, judges better: "
        "pip install 'repartee[turn]' and hf download pipecat-ai/smart-turn-v3"
    )
    rate = RATE

    async def finished(self, pcm: bytes, text: str) -> float:
        """See `TurnDetector`."""
        return await asyncio.to_thread(_probability, pcm, text)


def _probability(pcm: bytes, text: str) -> float:
    heard = cues(pcm)
    if heard is None:
        return _UNKNOWN
    of_sound = (sum(heard) / len(heard) * 2 - 1) * math.log(_ODDS)
    return 1 / (1 + math.exp(-of_sound - math.log(odds(text))))
