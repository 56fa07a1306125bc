"""The API's thirteen voices, as espeak-ng can do them: told apart by pitch and by timbre.

They go up in steps of about a tenth in mean pitch, from 82 to 264 Hz.  Neighbours take turns
between dark and bright variants, a tenth or more apart in their spectral centroid.  All are about
equally loud.
"""

import zlib

from repartee.engines.espeak.wire import Voice

VOICES = {
    "onyx": Voice("benjamin", pitch=30, range=40, volume=109),
    "echo": Voice("Mike", pitch=51, range=45, volume=147),
    "cedar": Voice("Andy", pitch=51, range=45, volume=71),
    "ash": Voice("m2", pitch=57, range=55, volume=114),
    "ballad": Voice("adam", pitch=65, range=60, volume=95),
    "verse": Voice("Alex", pitch=66, range=60, volume=109),
    "fable": Voice("Michael", pitch=72, range=55, volume=73),
    "alloy": Voice("m3", pitch=90, range=45, volume=88),
    "sage": Voice("steph", pitch=46, range=40, volume=90),
    "marin": Voice("f2", pitch=47, range=50, volume=81),
    "coral": Voice("steph2", pitch=61, range=50, volume=50),
    "nova": Voice("linda", pitch=50, range=60, volume=74),
    "shimmer": Voice("Annie", pitch=61, range=55, volume=99),
}


def voice(name: str) -> Voice:
    """The voice of that name; a name of no voice always gets the same one of the thirteen."""
    if name in VOICES:
        return VOICES[name]
    names = sorted(VOICES)
    return VOICES[names[zlib.crc32(name.encode(errors="replace")) % len(names)]]
