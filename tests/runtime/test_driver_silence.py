"""While nobody speaks a session is told less often, and of all of it in time."""

import asyncio

from client_double import SILENT, conversation
from repartee.runtime.watching import Step
from repartee.session.inputs import Heard, Tick
from virtual_time import run

FRAME_S = 0.032


class Sounds:
    """Remembers what the session was told of sound and of time, in its order."""

    def __init__(self) -> None:
        self.told: list[int | str] = []

    def stepped(self, step: Step) -> None:
        match step.event:
            case Heard(pcm=pcm):
                self.told.append(len(pcm) // len(SILENT))
            case Tick():
                self.told.append("tick")

    def left(self, step: Step) -> None:
        self.told.append("left")


async def silence(frames: int) -> list[int | str]:
    sounds = Sounds()
    detection = {"type": "server_vad", "idle_timeout_ms": 5_000}
    async with conversation(watchers=[sounds]) as client:
        session = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
        client.say("session.update", session=session)
        client.say("response.create")
        await client.until("response.done")
        for _ in range(frames):
            client.append(SILENT)
            await asyncio.sleep(FRAME_S)
    return sounds.told


def test_silence_is_told_four_frames_at_a_time_and_all_of_it_before_the_end() -> None:
    assert run(silence(10)) == [4, 4, 2, "left"]


def test_no_silence_is_kept_back_when_its_time_has_come() -> None:
    told = run(silence(400))
    tick = told.index("tick")
    before = sum(each for each in told[:tick] if isinstance(each, int))
    assert told[tick - 1] != 4, "nothing was held back when the tick came"
    assert before > 100
