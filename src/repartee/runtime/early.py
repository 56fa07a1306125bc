"""A reply that may never be wanted gives its beginning, and waits."""

import asyncio

from repartee.session.inputs import Result, Sounded

AHEAD_MS = 2_000  # of sound; what a client needs until the rest follows


class Early:
    """Of one early reply."""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()
        self._ms = 0.0

    def proceed(self) -> None:
        """It is wanted, all of it."""
        self._wanted.set()

    async def told(self, fact: Result) -> None:
        """After each fact: wait, if enough was told of what nobody may want."""
        self._ms += fact.ms if isinstance(fact, Sounded) else 0
        if self._ms >= AHEAD_MS:
            await self._wanted.wait()
