"""What is said in the rooms, and by whom."""

from collections import defaultdict
from functools import cache

import numpy as np

from microphone import Microphone, speech_edges
from recordings import RATE, Samples, clips, read, recorded
from repartee.engines.fake import FakeVad
from repartee.engines.silero import SileroVad
from repartee.session.commands import Listen
from repartee.session.inputs import Heard
from repartee.speech.listener import SpeechDetector

DIGITS = "fsdd_pauses_george"  # a number in three groups
STILL_DBFS = -65  # the noise of a still room
LEAD_S = 1.0  # of it, before anybody speaks
MARGIN_MS = 150  # of a clip, around its speech

_FADE = RATE // 100  # samples at a cut, so that it does not click


def sentences() -> list[str]:
    """The names of all clips in which somebody says a sentence."""
    return [clip.name for clip in clips() if clip.name != DIGITS]


def speakers() -> list[list[str]]:
    """The same by speaker, of those who say two or more; espeak-ng is a single one."""
    if not recorded():
        return [sentences()]
    of: defaultdict[str, list[str]] = defaultdict(list)
    for name in sentences():
        of["-".join(name.split("-")[:-1]) or name.rpartition("_")[0]].append(name)
    return [names for names in of.values() if len(names) > 1]


def said(name: str) -> Samples:
    """The speech of a clip; what dies away at its end is softer than speech by energy counts."""
    clip = read(name)
    begin, end = speech_edges(clip)
    first = max(round((begin - MARGIN_MS) * RATE / 1000), 0)
    return clip[first : round((end + MARGIN_MS) * RATE / 1000)]


def middle(sound: Samples) -> int:
    """Where a sentence is quietest near its middle, as a sample."""
    third = len(sound) // 3 // _FADE
    windows = sound[: len(sound) // _FADE * _FADE].reshape(-1, _FADE)[third : 2 * third]
    quietest = int(np.argmin(np.sum(np.square(windows, dtype=np.float64), axis=1)))
    return (third + quietest) * _FADE + _FADE // 2


def hesitating(sound: Samples, pause_s: float) -> Samples:
    """A sentence whose speaker stops in its middle for so long."""
    fade = np.linspace(1, 0, _FADE)
    before, after = np.split(sound.astype(np.float64), [middle(sound)])
    before[-_FADE:] *= fade
    after[:_FADE] *= fade[::-1]
    pause = np.zeros(round(pause_s * RATE))
    return np.concatenate([before, pause, after]).astype(np.int16)


def still_room(*spoken: tuple[float, Samples], after_s: float) -> Microphone:
    """A still room: pauses and the speech after each, by energy; then silence for so long."""
    room = Microphone(LEAD_S + sum(pause + len(s) / RATE for pause, s in spoken) + after_s)
    end_ms = 1000 * LEAD_S
    for pause, sound in spoken:
        begin, _ = speech_edges(sound)
        end_ms = room.speak(pause + (end_ms - begin) / 1000, sound).end_ms
    room.hiss(STILL_DBFS, "pink")
    return room


@cache
def _net() -> SileroVad:
    return SileroVad()


def judged(sound: Samples) -> list[Heard]:
    """The sound as the listener tells it to a session: so it need be judged but once."""
    facts: list[Heard] = []
    listener = SpeechDetector(_net(), call_later=lambda *_: _Never()).listener(facts.append)
    listener.configure(Listen(judge=True))
    listener.hear(sound.tobytes())
    listener.flush()
    return facts


class _Never:
    """A timer that is not waited for: `flush` judges everything."""

    def cancel(self) -> None:
        pass


NO_NET = FakeVad()  # for sessions that are told what was judged
