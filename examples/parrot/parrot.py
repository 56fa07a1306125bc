"""A voice that squawks: one chirp for each word."""

import math
import re
from array import array
from types import SimpleNamespace


class Parrot:
    rate = 24_000  # samples a second: mono, signed 16 bit, little-endian

    def __init__(self, pitch: float = 600.0):
        turns = ((pitch + n / 4) * n / self.rate for n in range(4_800))
        self._chirp = array("h", [int(8_000 * math.sin(math.tau * turn)) for turn in turns])

    async def speak(self, text, voice):
        async for piece in text:
            for word in re.findall(r"\s*\S+\s*|\s+", piece):
                yield SimpleNamespace(pcm=self._chirp.tobytes(), text=word)
