"""Turns that are cut where the speaker goes on, and turns whose end is missed, by setting.

    python -m benchmarks.listening.turns

A real session in media time, in a still room.  Columns count, of so many, the turns that were cut
where their speaker went on:

- sentence    a sentence read aloud, with its own pauses
- hesitation  a sentence whose speaker stops for 0.7, 0.9 or 1.1 s in its middle
- two         two sentences of one speaker with 0.7 to 1.1 s between them: a turn, or two
- digits      the turns that were made of a number dictated in three groups, 1.1 and 0.9 s apart

"missed" counts pauses of 5 s between two turns that were not told apart; "late" is the time from
the true end of speech to speech_stopped, of sentences that were not cut.  A detector is told the
words as pocketsphinx understands them.
"""

import asyncio
from itertools import cycle, pairwise
from typing import Literal, NamedTuple

from benchmarks.listening.detectors import NAMES, TurnDetector, detector
from benchmarks.listening.material import (
    DIGITS,
    NO_NET,
    hesitating,
    judged,
    middle,
    said,
    sentences,
    speakers,
    still_room,
)
from benchmarks.listening.recognition import all_recognized
from benchmarks.listening.table import head, median, percentile, row
from media_time import MediaTime
from microphone import Span, speech_edges
from recordings import RATE, Samples
from repartee.protocol.config import Audio, AudioInput, SemanticVad, ServerVad, TurnDetection
from repartee.protocol.server import SpeechStarted, SpeechStopped
from repartee.session.inputs import Heard

Eagerness = Literal["low", "medium", "high", "auto"]

EAGERNESS: tuple[Eagerness, ...] = ("low", "medium", "high")  # auto is medium
PAUSES_S = (0.7, 0.9, 1.1)
APART_S = 5.0
AFTER_S = 10.0  # longer than anybody waits
EARLY_MS = 100  # the net's edge may be so much before that of energy


class Utterance(NamedTuple):
    """What is said, and where its words end, in ms since its beginning."""

    sound: Samples
    words: list[tuple[float, str]]

    def hesitating(self, pause_s: float) -> "Utterance":
        """The same with a pause in its middle."""
        cut_ms = 1000 * middle(self.sound) / RATE
        words = [(end + 1000 * pause_s * (end > cut_ms), word) for end, word in self.words]
        return Utterance(hesitating(self.sound, pause_s), words)


class Scene(NamedTuple):
    """A room as judged by the net; its turns as they truly are, and all words of it."""

    facts: list[Heard]
    turns: list[Span]
    words: list[tuple[float, str]]


class Outcome(NamedTuple):
    """What a setting made of a scene: how late the first turn ended, NaN if it never did."""

    turns: int
    cut: bool
    missed: int
    late_ms: float


def scene(*spoken: tuple[float, Utterance], turns: int = 1) -> Scene:
    """What is said after pauses; the last `turns` of it end turns."""
    room = still_room(*((pause, each.sound) for pause, each in spoken), after_s=AFTER_S)
    words: list[tuple[float, str]] = []
    for (_, each), span in zip(spoken, room.spoken, strict=True):
        placed_ms = span.begin_ms - speech_edges(each.sound)[0]
        words += [(placed_ms + end, word) for end, word in each.words]
    return Scene(judged(room.sound()), room.spoken[-turns:], words)


def utterances() -> dict[str, Utterance]:
    """All sentences and the number, by name."""
    names = [*sentences(), DIGITS]
    sounds = [said(name) for name in names]
    heard = asyncio.run(all_recognized(sounds))
    return {
        name: Utterance(sound, [(float(word.end_ms), word.text) for word in words.words])
        for name, sound, words in zip(names, sounds, heard, strict=True)
    }


def scenes() -> dict[str, list[Scene]]:
    """By what is counted of them."""
    said = utterances()
    whole = [said[name] for name in sentences()]
    pairs = [(said[a], said[b]) for names in speakers() for a, b in pairwise(names)]
    return {
        "sentence": [scene((0.0, each)) for each in whole],
        "hesitation": [
            scene((0.0, each.hesitating(pause)))
            for each, pause in zip(whole, cycle(PAUSES_S), strict=False)
        ],
        "two": [
            scene((0.0, first), (pause, second))
            for (first, second), pause in zip(pairs, cycle(PAUSES_S), strict=False)
        ],
        "apart": [scene((0.0, first), (APART_S, second), turns=2) for first, second in pairs],
        "digits": [scene((0.0, said[DIGITS]))],
    }


def play(scene: Scene, vad: TurnDetection, asked: TurnDetector | None) -> Outcome:
    """Tell the scene to a session that is so configured."""

    def finished(pcm: bytes, _text: str) -> float:
        begin = session.all(SpeechStarted)[-1].audio_start_ms
        now = session.now * 1000
        assert asked is not None
        return asked(pcm, " ".join(word for end, word in scene.words if begin < end <= now))

    config = Audio(input=AudioInput(turn_detection=vad))
    session = MediaTime(NO_NET, judge=finished if asked else None, audio=config)
    for heard in scene.facts:
        session.hear(heard)
    stops = [now * 1000 for now, event in session.events if isinstance(event, SpeechStopped)]
    return outcome(stops, scene.turns)


def outcome(stops: list[float], turns: list[Span]) -> Outcome:
    """Hold the moments of speech_stopped against the true turns."""
    first = turns[0].end_ms - EARLY_MS
    cut = any(stop < first for stop in stops)
    begins = [*(turn.begin_ms for turn in turns[1:]), float("inf")]
    missed = sum(
        not any(turn.end_ms - EARLY_MS <= stop < begin for stop in stops)
        for turn, begin in zip(turns, begins, strict=True)
    )
    late = min((stop for stop in stops if stop >= first), default=float("nan")) - turns[0].end_ms
    return Outcome(len(stops), cut, missed, late)


def report(
    name: str, vad: TurnDetection, asked: TurnDetector | None, acts: dict[str, list[Scene]]
) -> None:
    made = {act: [play(each, vad, asked) for each in scenes] for act, scenes in acts.items()}
    late = [each.late_ms for each in made["sentence"] if not each.cut]
    cut = [
        f"{sum(each.cut for each in made[act])}/{len(made[act])}"
        for act in ("sentence", "hesitation", "two")
    ]
    missed = f"{sum(each.missed for each in made['apart'])}/{len(made['apart'])}"
    row(name, *cut, made["digits"][0].turns, missed, median(late), percentile(late, 95))


def main() -> None:
    acts = scenes()
    head("turns cut", "sentence", "hesitation", "two", "digits", "missed", "late ms", "p95")
    for silence in (200, 500, 800):
        report(f"server_vad {silence} ms", ServerVad(silence_duration_ms=silence), None, acts)
    for eagerness in EAGERNESS:
        report(f"{eagerness}, nobody asked", SemanticVad(eagerness=eagerness), None, acts)
    for name in NAMES:
        with detector(name) as finished:
            for eagerness in EAGERNESS if finished else ():
                vad = SemanticVad(eagerness=eagerness)
                report(f"{eagerness}, {name}", vad, finished, acts)


if __name__ == "__main__":
    main()
