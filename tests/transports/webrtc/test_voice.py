"""The track that a caller hears."""

import asyncio

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, Packet

from recordings import read
from repartee.transports.webrtc.microphone import Decoder
from repartee.transports.webrtc.playout import FRAME_SAMPLES, Playout
from repartee.transports.webrtc.voice import Voice
from virtual_time import run


def test_frames_come_every_20_ms_by_one_clock() -> None:
    async def play() -> None:
        loop, ticks = asyncio.get_running_loop(), list[float]()
        voice = Voice(Playout(), ticks.append)
        for number in range(100):
            frame = await voice.recv()
            assert isinstance(frame, AudioFrame)
            assert frame.pts == number * FRAME_SAMPLES
            assert loop.time() == pytest.approx(number * 0.02)
            await asyncio.sleep(0.015 if number % 3 else 0.05)  # work, sometimes too long
            if loop.time() > (number + 1) * 0.02:
                await voice.recv()
                return
        assert len(ticks) == 100

    run(play())


def test_late_frames_are_made_up_for_and_very_late_ones_are_gone() -> None:
    async def play() -> None:
        loop, playout = asyncio.get_running_loop(), Playout()
        voice = Voice(playout, lambda _: None)
        await voice.recv()
        await asyncio.sleep(0.2)
        for _ in range(10):
            await voice.recv()
        assert loop.time() == pytest.approx(0.2)
        playout.play(b"\1\0" * FRAME_SAMPLES * 600)
        await asyncio.sleep(10)
        frame = await voice.recv()
        assert frame.pts is not None
        assert frame.pts / 24_000 == pytest.approx(9.7, abs=0.03)

    run(play())


def test_opus_is_told_by_its_own_clock_and_sounds_alike() -> None:
    async def play() -> None:
        sound, playout = read("lj_LJ001-0002"), Playout()
        playout.play(sound.tobytes())
        voice, decode, pcm = Voice(playout, lambda _: None), Decoder("opus"), b""
        voice.use_opus()
        for number in range(50):
            packet = await voice.recv()
            assert isinstance(packet, Packet)
            assert packet.pts == number * 960
            pcm += decode(bytes(packet))[0]
        heard = np.frombuffer(pcm, "<i2").astype(float)
        assert np.linalg.norm(heard) == pytest.approx(np.linalg.norm(sound[:24_000]), rel=0.2)

    run(play())


async def test_a_track_that_was_stopped_gives_nothing() -> None:
    voice = Voice(Playout(), lambda _: None)
    voice.stop()
    with pytest.raises(MediaStreamError):
        await voice.recv()
