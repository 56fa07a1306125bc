"""Both sides of a recording as sound on one time line: 24 kHz mono s16, from the session's begin.

The user's sound stands where it was heard: stretches that come one after another are joined, as
they were said, and only where none came for a while is there silence between them.  The agent's
stands where a client plays it that plays what it is given at once.
"""

import wave
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repartee.protocol.audio import Encoding
from repartee.speech.codec import Decoder

RATE = 24_000
SLACK_S = 0.1  # by which sound may come late before that is a gap

Samples = NDArray[np.int16]


class Tracks:
    """Collects the sound of both sides."""

    def __init__(self) -> None:
        self.since = 0.0
        self._user: list[tuple[int, bytes]] = []  # from which sample on
        self._agent: list[tuple[int, bytes]] = []
        self._user_end = 0
        self._decoders: dict[str, Decoder] = {}
        self._waiting: defaultdict[str, list[bytes]] = defaultdict(list)

    def hear(self, now: float, pcm: bytes) -> None:
        """The user's sound, of which the last was heard at `now`."""
        begin = self._sample(now) - len(pcm) // 2
        if begin - self._user_end < SLACK_S * RATE:
            begin = self._user_end
        self._user.append((begin, pcm))
        self._user_end = begin + len(pcm) // 2

    def send(self, begins: float, sound: bytes, encoding: Encoding, ref: str) -> None:
        """The agent's sound, of this response, as it is played from `begins` on."""
        if ref not in self._decoders:
            self._decoders[ref] = Decoder(encoding)
        self._agent.append((self._sample(begins), self._decoders[ref](sound)))

    def expect(self, ref: str, pcm: bytes) -> None:
        """This may be played on a call."""
        self._waiting[ref].append(pcm)

    def forget(self, ref: str) -> None:
        """What was not played so far is not."""
        self._waiting.pop(ref, None)

    def play(self, begins: float, ref: str) -> None:
        """What is due of a call's sound is played from `begins` on."""
        if self._waiting[ref]:
            self._agent.append((self._sample(begins), self._waiting[ref].pop(0)))

    def hush(self, now: float) -> None:
        """Nothing of the agent is heard from `now` on, of all that was sent so far."""
        end = self._sample(now)
        self._agent = [
            (begin, pcm[: 2 * (end - begin)]) for begin, pcm in self._agent if begin < end
        ]

    def user(self) -> Samples:
        """The user's track."""
        return _joined(self._user)

    def agent(self) -> Samples:
        """The agent's track."""
        return _joined(self._agent)

    def _sample(self, now: float) -> int:
        return max(0, round((now - self.since) * RATE))


def _joined(stretches: list[tuple[int, bytes]]) -> Samples:
    length = max((begin + len(pcm) // 2 for begin, pcm in stretches), default=0)
    track = np.zeros(length, np.int16)
    for begin, pcm in stretches:
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")
        track[begin : begin + len(samples)] = samples
    return track


def write(folder: Path, stem: str, tracks: Tracks) -> list[Path]:
    """Three WAV files: each side alone, and both, the user on the left.  Raises OSError."""
    user, agent = tracks.user(), tracks.agent()
    both = np.zeros((max(len(user), len(agent)), 2), np.int16)
    both[: len(user), 0], both[: len(agent), 1] = user, agent
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, samples in (("user", user), ("agent", agent), ("both", both)):
        paths.append(folder / f"{stem}-{name}.wav")
        with paths[-1].open("wb") as file, wave.open(file, "wb") as written:
            written.setnchannels(samples.ndim)
            written.setsampwidth(2)
            written.setframerate(RATE)
            written.writeframes(samples.astype("<i2").tobytes())
    return paths
