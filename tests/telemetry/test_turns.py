"""What is known of turns follows from the steps of their session, whatever happens in it."""

from typing import Any

import pytest

from repartee.protocol.client import ClientEvent
from repartee.protocol.errors import Refused
from repartee.runtime.watching import Step
from repartee.session.inputs import Input
from repartee.session.outbox import Output
from repartee.telemetry.spans import Scene, Worker, spans
from repartee.telemetry.turn import Turn
from repartee.telemetry.turns import Turns
from scripts import script
from session.test_fuzz import KINDS, Player, kind_of
from stage import Stage

SCRIPTS = 200
NOBODY = Worker("fake")
SCENE = Scene(workflow="call", ears=NOBODY, mind=NOBODY, voice=NOBODY, shared={}, named={})


class Followed(Stage):
    """A session whose turns are followed."""

    def __init__(self, **config: Any) -> None:
        self.turns = Turns(paced=bool(config.get("paced")))
        self.over: list[Turn] = []
        self._event: ClientEvent | Input | Refused | None = None
        super().__init__(**config)

    def feed(self, event: ClientEvent | Input | Refused) -> list[dict[str, Any]]:
        self._event = event
        return super().feed(event)

    def _take(self, outputs: list[Output]) -> list[dict[str, Any]]:
        self.over += self.turns.follow(Step(self._event, outputs, self.now))
        speaking = [turn for turn in self.turns._open if turn.spoken and turn.spoken.ended is None]
        assert len(speaking) <= 1, "what nobody wants is forgotten"
        return super()._take(outputs)

    def leave(self) -> list[Turn]:
        outputs = self.session.leave(self.now)
        self.over += self.turns.leave(Step(None, outputs, self.now))
        super()._take(outputs)
        return self.over


class FollowedPlayer(Player):
    """Plays scripts in sessions that are followed."""

    stage: Followed

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.stage = Followed(**KINDS[kind])


@pytest.mark.parametrize("first", range(0, SCRIPTS, 50))
def test_each_response_and_each_item_of_sound_is_in_one_turn(first: int) -> None:
    for seed in range(first, first + 50):
        player = FollowedPlayer(kind_of(seed))
        stage = player.play(script(seed))
        turns = player.stage.leave()
        created = [
            each["response"]["id"] for each in stage.events if is_a(each, "response.created")
        ]
        assert sorted(answer.id for turn in turns for answer in turn.answers) == sorted(created)
        heard = [
            each["item_id"] for each in stage.events if is_a(each, "input_audio_buffer.committed")
        ]
        assert sorted(turn.ref for turn in turns if turn.ref) == sorted(heard)
        assert len({turn.number for turn in turns}) == len(turns)
        assert not left_of(player.stage.turns)
        for span in (span for turn in turns for span in spans(turn, SCENE)):
            assert span.began <= span.ended


def is_a(event: dict[str, Any], kind: str) -> bool:
    return bool(event["type"] == kind)


def left_of(turns: Turns) -> list[str]:
    """What is still remembered once the session is over."""
    kept = ("_open", "_recognitions", "_answers", "_answered")
    return [name for name in kept if getattr(turns, name)]
