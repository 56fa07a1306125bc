"""The API's thirteen voices, as a model's speakers."""

import zlib
from collections.abc import Mapping, Sequence

NAMES = (
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"),
    *("marin", "nova", "onyx", "sage", "shimmer", "verse"),
)
OTHERS = "*"


def speaker(name: str, voices: Mapping[str, int | str], speakers: Sequence[str], count: int) -> int:
    """The number of the speaker for a voice's name.

    What `voices` says counts most.  Without that, the API's names are spread evenly over all
    `count` speakers, and any other name always gets the same one of them.
    """
    chosen = voices.get(name, voices.get(OTHERS))
    if chosen is not None:
        return number(chosen, speakers)
    if name in speakers:
        return speakers.index(name)
    if name in NAMES:
        place = NAMES.index(name)
        return place * count // len(NAMES) if count > len(NAMES) else place % count
    return zlib.crc32(name.encode(errors="replace")) % count


def number(chosen: int | str, speakers: Sequence[str]) -> int:
    """The number of a speaker that is given by number or by name.  Raises ValueError."""
    if isinstance(chosen, str) and not chosen.isdigit():
        return speakers.index(chosen)
    return int(chosen)
