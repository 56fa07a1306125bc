"""The scenes that every stock client plays; this runs in the client's own environment.

A client's script tells how that client writes, listens, stops an answer and reports; what is done
with it stands here.  `python -m clients.NAME SCENE URL SOUND` takes a base URL and a file of s16
sound at 24 kHz, and prints as JSON what the client's user came to know.  Nothing here knows the
protocol.
"""

import asyncio
import json
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

PATIENCE_S = 20
PIECE_S = 0.1
BYTES_PER_SECOND = 48_000
HALF_A_SECOND = BYTES_PER_SECOND // 2

KEY = "sk-shown-at-the-door"

QUESTION = "How do you do?"
ERRAND = "Get me the weather, please."
WEATHER = "It rains."


@dataclass
class Told:
    """What the user of a client came to know."""

    heard: list[str] = field(default_factory=list)  # what the client says its user said
    said: list[str] = field(default_factory=list)  # the words of each answer that ended
    sound_bytes: int = 0  # of all answers
    calls: list[str] = field(default_factory=list)  # the argument of each call of the function
    interruptions: int = 0  # how often the player was told to stop
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """Where to play, and what to say."""

    name: str
    url: str
    sound: bytes

    @property
    def socket_url(self) -> str:
        """The base URL, as a WebSocket's."""
        return self.url.replace("http", "ws", 1)

    @property
    def origin(self) -> str:
        """The server's address without a path."""
        return self.url.removesuffix("/v1")

    @property
    def begins_aloud(self) -> bool:
        """Whether the first that the client hears of its user is a voice."""
        return self.name in ("spoken", "defaults")

    @property
    def by_default(self) -> bool:
        """Whether the client shall ask for nothing but what it asks for by itself."""
        return self.name in ("defaults", "called")

    @property
    def has_tool(self) -> bool:
        """Whether the model may ask for the weather."""
        return self.name == "called"


class Talk(ABC):
    """A client in conversation, and what its user came to know."""

    writes = True  # whether the client can be written to

    def __init__(self) -> None:
        self.told = Told()
        self._words = ""
        self._changed = asyncio.Event()

    async def write(self, text: str) -> None:
        """Say something in writing, and have it answered."""
        raise NotImplementedError

    @abstractmethod
    async def hear(self, piece: bytes) -> None:
        """Give the client what the microphone picked up."""

    async def stop(self) -> None:
        """Stop the answer that is being given, as the client's user would."""
        raise NotImplementedError

    # What the scripts write down.

    def speaks(self, words: str) -> None:
        self._words += words

    def sounds(self, size: int) -> None:
        self.told.sound_bytes += size
        self._changed.set()

    def ends(self) -> None:
        """An answer has ended, whichever way."""
        self.told.said.append(self._words)
        self._words = ""
        self._changed.set()

    def changes(self) -> None:
        """Something else was written down."""
        self._changed.set()

    # What the scenes need.

    async def until(self, enough: Callable[[Told], object], what: str) -> None:
        """Wait until what was told is enough, or an error was told."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (enough(self.told) or self.told.errors):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self.told.errors.append(f"waited in vain for {what}")

    async def speak(self, sound: bytes) -> None:
        """Say something aloud, as fast as it was recorded."""
        size = int(PIECE_S * BYTES_PER_SECOND)
        began = time.monotonic()
        for start in range(0, len(sound), size):
            due = began + start / BYTES_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.hear(sound[start : start + size])


async def written(talk: Talk, scene: Scene) -> None:
    await talk.write(QUESTION)
    await talk.until(lambda told: told.said, "an answer")


async def spoken(talk: Talk, scene: Scene) -> None:
    await talk.speak(scene.sound)
    await talk.until(lambda told: told.said and told.heard, "an answer")


async def asked(talk: Talk, scene: Scene, text: str) -> None:
    """Ask in writing, or aloud where there is no other way."""
    await (talk.write(text) if talk.writes else talk.speak(scene.sound))


async def called(talk: Talk, scene: Scene) -> None:
    await asked(talk, scene, ERRAND)
    await talk.until(lambda told: told.said and told.said[-1], "an answer after the call")


async def cancelled(talk: Talk, scene: Scene) -> None:
    """An answer is stopped; the next one is begun, and the user hangs up."""
    await talk.write(QUESTION)
    await talk.until(lambda told: told.sound_bytes >= HALF_A_SECOND, "sound")
    await talk.stop()
    await talk.until(lambda told: told.said, "the end of the answer")
    await talk.write(QUESTION)
    await more_sound(talk)


async def interrupted(talk: Talk, scene: Scene) -> None:
    """The user speaks into the answer, is answered, and hangs up."""
    await asked(talk, scene, QUESTION)
    await talk.until(lambda told: told.sound_bytes >= 2 * HALF_A_SECOND, "sound")
    await talk.speak(scene.sound)
    await talk.until(lambda told: told.said and told.heard, "the end of the first answer")
    await more_sound(talk)


async def more_sound(talk: Talk) -> None:
    before = talk.told.sound_bytes
    await talk.until(lambda told: told.sound_bytes >= before + HALF_A_SECOND, "new sound")


SCENES: dict[str, Callable[[Talk, Scene], Awaitable[None]]] = {
    "written": written,
    "spoken": spoken,
    "defaults": spoken,
    "called": called,
    "cancelled": cancelled,
    "interrupted": interrupted,
}


def play(talking: Callable[[Scene], AbstractAsyncContextManager[Talk]]) -> None:
    """Play the scene that the command line names, and print what was told."""
    name, url, sound = sys.argv[1:]
    scene = Scene(name, url, Path(sound).read_bytes())

    async def one() -> Told:
        async with talking(scene) as talk:
            await SCENES[name](talk, scene)
        return talk.told

    told = asyncio.run(one())
    sys.stdout.write(json.dumps(asdict(told)) + "\n")
