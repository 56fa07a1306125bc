"""Foresight shows in nothing but time: with it and without it, the same happens to the client.

The same user says the same to both, and the engines of both answer the same to the same, as
soon as they are asked.
"""

import json
import re
from collections import Counter
from random import Random
from typing import Any

import pytest
from msgspec import structs

from plays import detection, text, update
from repartee.protocol.prompt import Call, Message
from repartee.session.bounds import Bounds
from repartee.session.commands import Hear, Reply
from repartee.session.tolerance import Tolerance
from scripts import BY_MEANING, IDLE, SHOWN, WRITTEN
from stage import SILENCE, Stage

LIVES = 25  # of each kind
BLIND = Bounds()
GUESSING = Bounds(guesses=True)
PATIENT = Bounds(guesses=True, tolerance=Tolerance(200, frozenset({"word"})))
ID = re.compile(r"\b(?:item|resp|event|call|conv|asr|early|pause)_\d+")
TRANSCRIPTION = "conversation.item.input_audio_transcription"


class Prompt:
    """Engines that answer at once: a word for each frame of speech, a line for each prompt."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._answered: set[str] = set()

    def work(self) -> None:
        """Answer all that is asked, until nobody asks any more."""
        while self._step():
            pass

    def _step(self) -> bool:
        stage = self._stage
        for ref, settled in stage.recognitions.items():
            if ref in stage.guesses:
                stage.guess(ref, self._understood(ref))
                return True
            if settled:
                stage.transcribe(ref, self._understood(ref))
                return True
        stage.guesses = [ref for ref in stage.guesses if ref in stage.recognitions]
        for ref, reply in stage.replies.items():
            if ref not in self._answered:
                self._answered.add(ref)
                self._answer(ref, reply)
                return True
        return False

    def _understood(self, ref: str) -> str:
        sound = b"".join(
            one.pcm for one in self._stage.commands if isinstance(one, Hear) and one.ref == ref
        )
        return " ".join(["word"] * (len(sound.replace(SILENCE, b"")) // len(SILENCE)))

    def _answer(self, ref: str, reply: Reply) -> None:
        lines = [line for line in reply.prompt.lines if not isinstance(line, Call)]
        heard = [line.text for line in lines if isinstance(line, Message)]
        self._stage.say(ref, f"{len(lines)} lines, the last is {heard[-1:]}. ")
        if len(lines) % 3 == 2:
            self._stage.call(ref, "look", json.dumps(heard))
        self._stage.finish(ref)


class Life:
    """A user, whose engines work whenever something has happened."""

    def __init__(self, bounds: Bounds, *, paced: bool) -> None:
        self.stage = Stage(bounds, paced=paced)
        self.prompt = Prompt(self.stage)
        update(self.stage, **SHOWN)

    def live(self, random: Random) -> Stage:
        """Whatever comes, in any order, and silence in the end."""
        moves = (self._speak, self._speak, self._speak, self._wait, self._ask, self._change)
        for _ in range(random.randint(3, 12)):
            random.choice(moves)(random)
            self.prompt.work()
        self._hear(0.0, 70)
        self.stage.settle()
        return self.stage

    def _hear(self, speech: float, frames: int) -> None:
        for _ in range(frames):
            self.stage.hear(speech)
            self.prompt.work()

    def _speak(self, random: Random) -> None:
        for _ in range(random.randint(1, 3)):
            self._hear(0.9, random.randint(2, 14))
            self._hear(0.0, random.randint(2, 14))

    def _wait(self, random: Random) -> None:
        self.stage.wait(random.choice((1, 9)) * random.random())

    def _ask(self, random: Random) -> None:
        asks: list[dict[str, Any]] = [
            {"type": "conversation.item.create", "item": text("Wait!")},
            {"type": "input_audio_buffer.commit"},
            {"type": "response.create"},
            {"type": "input_audio_buffer.clear"},
        ]
        self.stage.client(random.choice(asks))

    def _change(self, random: Random) -> None:
        update(self.stage, **random.choice((BY_MEANING, detection(), IDLE, WRITTEN)))


def lived(seed: int, bounds: Bounds, *, paced: bool) -> Stage:
    """A life of this seed."""
    stage = Life(bounds, paced=paced).live(Random(seed))
    assert stage.end() == []
    return stage


def told(stage: Stage) -> tuple[list[str], Counter[str]]:
    """What the client was told, whatever its names; of transcripts the order does not count."""
    names: dict[str, str] = {}
    answers, transcripts = [], Counter[str]()
    for event in stage.events:
        said = json.dumps({**event, "event_id": None}, sort_keys=True)
        plain = ID.sub(lambda one: names.setdefault(one[0], f"name {len(names)}"), said)
        if event["type"].startswith(TRANSCRIPTION):
            transcripts[event["type"] + str(event.get("transcript"))] += 1
        else:
            answers.append(plain)
    return answers, transcripts


KINDS: dict[str, tuple[Bounds, bool]] = {
    "socket": (BLIND, False),
    "call": (BLIND, True),
    "guessing": (GUESSING, False),
    "patient": (PATIENT, False),
    "patient call": (PATIENT, True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_foresight_shows_in_nothing_but_time(kind: str) -> None:
    bounds, paced = KINDS[kind]
    used = 0
    for seed in range(LIVES):
        without = lived(seed, bounds, paced=paced)
        foreseeing = structs.replace(bounds, guesses=True, foresees=True)
        together = lived(seed, foreseeing, paced=paced)
        assert told(together) == told(without), f"seed {seed}"
        used += sum(isinstance(one, Reply) and one.early for one in together.commands)
    assert used > LIVES, "it foresees nothing"
