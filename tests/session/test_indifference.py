"""Sound that changes nothing may be told late, and as one: no event tells the difference."""

from typing import Any

import pytest

from repartee.protocol.client import ClientEvent
from repartee.protocol.config import ServerVad
from repartee.protocol.errors import Refused
from repartee.session.bounds import Bounds
from repartee.session.inputs import Heard, Input, Tick
from repartee.session.turn import Turn
from scripts import Step, script
from session.test_fuzz import KINDS, Player
from stage import SILENCE, Stage

MOST_HELD = 4
SCRIPTS = 60


class Reluctant(Stage):
    """Tells sound as the listener does: what changes nothing is held back for a while."""

    together = 0  # frames that were told with another

    def __init__(self, *arguments: Any, **members: Any) -> None:
        self._held: list[Heard] = []
        super().__init__(*arguments, **members)

    def feed(self, event: ClientEvent | Input | Refused) -> list[dict[str, Any]]:
        if isinstance(event, Heard) and event.speech is not None:
            if event.speech < self.session.indifference:
                self._held.append(event)
                if len(self._held) == MOST_HELD:
                    self._release()
                return []
            self._release()
        elif isinstance(event, Tick | Heard) or not hasattr(event, "ref"):
            self._release()
        return super().feed(event)

    def _release(self) -> None:
        held, self._held = self._held, []
        if held:
            self.together += len(held) - 1
            pcm = b"".join(heard.pcm for heard in held)
            speech = max(heard.speech or 0.0 for heard in held)
            assert super().feed(Heard(pcm, speech, held[-1].event_id)) == []


def played(stage: Stage, kind: str, steps: list[Step]) -> Stage:
    player = Player(kind)
    player.stage = stage
    return player.play(steps)


@pytest.mark.parametrize("kind", ["ga", "beta", "transcription", "forgetful", "hearing", "patient"])
def test_no_event_tells_the_difference(kind: str) -> None:
    together = 0
    for seed in range(SCRIPTS):
        steps = script(seed)
        reluctant = Reluctant(**KINDS[kind])
        assert (
            played(reluctant, kind, steps).events
            == played(Stage(**KINDS[kind]), kind, steps).events
        )
        together += reluctant.together
    assert together > SCRIPTS, "nothing was held back"


def test_whoever_speaks_is_heard_frame_by_frame() -> None:
    stage = Stage(Bounds())
    assert stage.session.indifference == 0.5
    stage.hear(0.9)
    assert stage.session.indifference == 0.0
    stage.hear(0.0, 20)
    assert stage.session.indifference == 0.5


def test_where_turns_are_not_found_all_sound_counts() -> None:
    turn = Turn(None)
    assert turn.indifference == 0.0
    turn.hear(SILENCE, None)
    assert Turn(ServerVad(threshold=0.3)).indifference == 0.3
