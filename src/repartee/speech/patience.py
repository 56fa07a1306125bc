"""How long engines may keep a session waiting."""

import asyncio

from msgspec import Struct


class Patience(Struct, frozen=True):
    """Deadlines in seconds: a result that takes longer counts as a hanging engine."""

    ears_s: float = 5.0  # from the end of a turn, and between results, to the final transcript
    mind_s: float = 15.0  # to the first piece of an answer, and between pieces
    voice_s: float = 5.0  # to the sound of words it was given, and between sounds


class Deadline:
    """A timeout that runs only while an engine owes something."""

    def __init__(self, timeout: asyncio.Timeout, seconds: float) -> None:
        self._timeout = timeout
        self._seconds = seconds

    def owed(self) -> None:
        """The engine has to give something: the clock starts anew."""
        self._timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)

    def given(self) -> None:
        """Nothing is owed for now."""
        self._timeout.reschedule(None)
