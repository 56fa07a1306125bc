"""Taps: how like speech a session's sound is, for its owner who watches; no event tells it."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from weakref import WeakValueDictionary

from msgspec import Struct

from repartee.protocol.audio import BYTES_PER_MS
from repartee.runtime.watching import Step
from repartee.session.inputs import Heard

_MOST = 1024  # frames that a watcher may be behind: half a minute


class Judgement(Struct, frozen=True, array_like=True):
    """How like speech a stretch of the client's sound is, which ends so far into the session."""

    end_ms: float
    speech: float


class Tap:
    """What one session hears, opened by the API key `key_id`."""

    def __init__(self, key_id: str | None) -> None:
        self.key_id = key_id
        self._ms = 0.0
        self._watchers: list[_Watcher] = []
        self._closed = False

    def stepped(self, step: Step) -> None:
        """The session may hear more; of what was not judged only the length counts."""
        if not isinstance(heard := step.event, Heard):
            return
        self._ms += len(heard.pcm) / BYTES_PER_MS
        if heard.speech is not None:
            for watcher in self._watchers:
                watcher.tell(Judgement(round(self._ms, 1), round(heard.speech, 3)))

    def left(self, step: Step) -> None:
        """The session is over, and so are those who watch."""
        self._closed = True
        for watcher in self._watchers:
            watcher.news.set()

    async def watch(self) -> AsyncGenerator[list[Judgement], None]:
        """What is heard from now on, as it comes; whoever is too slow misses the oldest."""
        watcher = _Watcher()
        self._watchers.append(watcher)
        try:
            while not self._closed:
                await watcher.news.wait()
                if told := watcher.take():
                    yield told
        finally:
            self._watchers.remove(watcher)


class Taps:
    """The taps of a process, by session; each is there as long as its session."""

    def __init__(self) -> None:
        self._taps: WeakValueDictionary[str, Tap] = WeakValueDictionary()

    def open(self, session_id: str, key_id: str | None) -> Tap:
        """A tap for a session that begins."""
        tap = self._taps[session_id] = Tap(key_id)
        return tap

    def find(self, session_id: str, key_id: str | None) -> Tap | None:
        """The tap of a session that was opened by this key, while it lives."""
        tap = self._taps.get(session_id)
        return tap if tap is not None and tap.key_id == key_id else None


class _Watcher:
    def __init__(self) -> None:
        self.news = asyncio.Event()
        self._untold: deque[Judgement] = deque(maxlen=_MOST)

    def tell(self, judgement: Judgement) -> None:
        self._untold.append(judgement)
        self.news.set()

    def take(self) -> list[Judgement]:
        self.news.clear()
        told = [*self._untold]
        self._untold.clear()
        return told
