"""Whoever watches learns how like speech a session's sound is, and nothing of others' sessions."""

import asyncio
import gc

from client_double import LOUD, ClientDouble
from repartee.protocol.audio import size
from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions
from repartee.runtime.taps import Judgement, Tap, Taps
from repartee.runtime.watching import Step
from repartee.session.inputs import Heard
from repartee.settings import Choice, Settings

FRAME = bytes(size(32))


def heard(pcm: bytes, speech: float | None = None) -> Step:
    return Step(Heard(pcm, speech), [], 0)


async def test_a_watcher_is_told_where_a_frame_ends_and_how_like_speech_it_is() -> None:
    tap = Tap(None)
    tap.stepped(heard(FRAME, 0.9))  # nobody watches yet
    watching = tap.watch()
    told = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    tap.stepped(heard(FRAME))  # not judged
    tap.stepped(heard(FRAME, 0.25))
    tap.stepped(heard(FRAME, 0.75))
    assert await told == [Judgement(96, 0.25), Judgement(128, 0.75)]
    await watching.aclose()


async def test_watching_ends_with_the_session() -> None:
    tap = Tap(None)
    watching = tap.watch()
    told = asyncio.ensure_future(anext(watching, None))
    await asyncio.sleep(0)
    tap.left(Step(None, [], 0))
    assert await told is None
    assert [each async for each in tap.watch()] == []


async def test_who_is_too_slow_misses_the_oldest() -> None:
    tap = Tap(None)
    watching = tap.watch()
    told = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    for _ in range(2000):
        tap.stepped(heard(FRAME, 0.5))
    judgements = await told
    assert len(judgements) == 1024
    assert judgements[-1].end_ms == 2000 * 32
    await watching.aclose()


def test_a_session_is_found_by_the_key_that_opened_it() -> None:
    taps = Taps()
    tap = taps.open("sess_1", "key_a")
    assert taps.find("sess_1", "key_a") is tap
    assert taps.find("sess_1", "key_b") is None
    assert taps.find("sess_2", "key_a") is None


def test_nothing_is_left_of_a_session_that_is_gone() -> None:
    taps = Taps()
    taps.open("sess_1", None)
    gc.collect()
    assert taps.find("sess_1", None) is None


async def test_a_session_has_a_tap_for_as_long_as_it_lasts() -> None:
    fake = Choice("fake")
    settings = Settings(vad=fake, turn=fake, ears=fake, mind=fake, voice=fake)
    sessions = Sessions(settings, EnginesByModel(settings))
    client = ClientDouble()
    running = asyncio.create_task(sessions.driver(client, None).run())
    created = await client.until("session.created")
    tap = sessions.taps.find(created["session"]["id"], None)
    assert tap is not None
    watching = tap.watch()
    told = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    client.append(LOUD * 4)
    assert [each.speech for each in await told]
    client.leave()
    await running
    assert [each async for each in watching] == []
