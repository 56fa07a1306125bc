"""The way in, in order: sound and messages; the driver's tests show the rest."""

import asyncio
import base64
import json
from typing import Any

import pytest

from client_double import LOUD, SILENT
from repartee.engines.fake import FakeVad
from repartee.protocol.client import ResponseCancel
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from repartee.runtime.inlet import FLUSHABLE, Inlet, Told
from repartee.session.commands import Listen
from repartee.session.inputs import Heard
from repartee.speech.listener import SpeechDetector
from virtual_time import run


class Ordered:
    """What a session would be told."""

    def __init__(self, *, is_call: bool = False, room: float = 1e9) -> None:
        self.told: list[Told] = []
        self.inlet = Inlet(
            SpeechDetector(FakeVad()),
            read=GA.decode,
            tell=lambda event, _: self.told.append(event),
            room=lambda: room,
            is_call=is_call,
        )

    def say(self, kind: str, **members: Any) -> None:
        self.inlet.hear(json.dumps({"type": kind, **members}).encode())

    @property
    def sound(self) -> bytes:
        return b"".join(each.pcm for each in self.told if isinstance(each, Heard))


def base64_of(pcm: bytes) -> str:
    return base64.b64encode(pcm).decode()


@pytest.mark.parametrize("seconds", [0.5, 5.0])
def test_what_follows_sound_waits_until_it_is_judged(seconds: float) -> None:
    async def play() -> None:
        session = Ordered()
        session.inlet.configure(Listen(judge=True))
        sound = LOUD * round(seconds / 0.032)
        session.say("input_audio_buffer.append", audio=base64_of(sound))
        session.say("response.cancel")
        if len(sound) <= FLUSHABLE:
            assert isinstance(session.told[-1], ResponseCancel)
        else:
            assert session.told == []
            await asyncio.sleep(10)
        assert isinstance(session.told[-1], ResponseCancel)
        assert session.sound == sound
        session.inlet.close()

    run(play())


def test_a_callers_sound_comes_beside_events_and_as_pcm() -> None:
    async def play() -> None:
        session = Ordered(is_call=True)
        session.inlet.configure(Listen(judge=False, encoding="audio/pcmu"))
        session.inlet.hear_sound(LOUD)
        session.say("input_audio_buffer.append", audio=base64_of(b"\xff" * 800))
        assert session.sound[: len(LOUD)] == LOUD
        assert len(session.sound) == len(LOUD) + 4_800
        session.inlet.close()

    run(play())


def test_what_there_is_no_room_for_is_refused_or_not_heard() -> None:
    async def play() -> None:
        session = Ordered(room=len(SILENT) - 2)
        session.inlet.configure(Listen(judge=False))
        session.say("input_audio_buffer.append", audio=base64_of(SILENT), event_id="mine")
        session.inlet.hear_sound(SILENT)
        (refused,) = session.told
        assert isinstance(refused, Refused)
        assert refused.event_id == "mine"
        session.inlet.close()

    run(play())


def test_a_binary_frame_is_told_behind_what_came_before() -> None:
    async def play() -> None:
        session = Ordered()
        session.inlet.configure(Listen(judge=True))
        session.say("input_audio_buffer.append", audio=base64_of(LOUD * 100))
        session.say("response.cancel")
        session.inlet.hear_binary()
        *_, cancel, refused = session.told
        assert isinstance(cancel, ResponseCancel)
        assert isinstance(refused, Refused)
        assert session.sound == LOUD * 100
        session.inlet.close()

    run(play())


LONG = LOUD * 1_000  # 2 MB of base64


def test_a_large_append_is_decoded_in_the_turns_of_the_loop_that_follow() -> None:
    """And what is said behind it does not overtake it."""

    async def play() -> None:
        session = Ordered()
        session.say("input_audio_buffer.append", audio=base64_of(LONG), event_id="long")
        session.say("response.cancel")
        assert session.told == []
        await asyncio.sleep(1)
        heard, cancel = session.told
        assert isinstance(heard, Heard)
        assert (heard.pcm, heard.event_id) == (LONG, "long")
        assert isinstance(cancel, ResponseCancel)
        session.inlet.close()

    run(play())


def test_a_fault_in_a_large_append_is_told_as_in_a_small_one() -> None:
    async def play() -> None:
        session = Ordered()
        session.say("input_audio_buffer.append", audio=base64_of(LONG)[:-4] + "?===", event_id="x")
        await asyncio.sleep(1)
        (refused,) = session.told
        assert isinstance(refused, Refused)
        assert (refused.param, refused.event_id) == ("audio", "x")

    run(play())


def test_who_sends_more_and_more_meanwhile_waits_no_longer() -> None:
    async def play() -> None:
        session = Ordered()
        for _ in range(3):
            session.say("input_audio_buffer.append", audio=base64_of(LONG))
        session.inlet.hear_binary()
        assert session.sound == LONG * 3
        assert isinstance(session.told[-1], Refused)

    run(play())
