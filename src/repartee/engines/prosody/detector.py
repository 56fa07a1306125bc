"""The turn detector that is always there."""

import asyncio

from repartee.engines.prosody.sound import RATE, cues
from repartee.engines.prosody.words import odds

# With no cue of an end, one pause in seven is one; with all three, six in seven.  Each cue counts
# alike: Duncan, and Gravano and Hirschberg after him, found that it is their number that matters.
_ODDS = 6.0

# It errs too often to end a turn at once, or to keep a speaker waiting who is done.  Within these
# bounds fewer turns are cut at every eagerness than by 500 ms of silence.
_LEAST_SURE, _SUREST = 0.42, 0.55


class Prosody:
    """A rule of thumb, no model: how long, softly and deeply the last words were said, and which.

    It multiplies odds: those of the sound (`sound.cues`) with those of the words (`words.odds`).
    """

    licence = "Apache-2.0"
    notice = (
        "The ends of turns are judged by a rule of thumb. A model, smart-turn, judges better: "
        "pip install 'repartee[turn]' and repartee models pull smart-turn-v3"
    )
    rate = RATE

    async def finished(self, pcm: bytes, text: str) -> float:
        """See `TurnDetector`."""
        return await asyncio.to_thread(_probability, pcm, text)


def _probability(pcm: bytes, text: str) -> float:
    heard = cues(pcm) or [0.5]  # where there is nothing to judge, it speaks neither for nor against
    of_sound: float = _ODDS ** (2 * sum(heard) / len(heard) - 1)
    return min(max(_LEAST_SURE, 1 - 1 / (1 + of_sound * odds(text))), _SUREST)
