"""One call between two peers of one process, with no server in between."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioice.ice
import aioice.stun
import numpy as np
import pytest
from msgspec import Struct

from recordings import RATE
from repartee.transports.webrtc.call import LARGEST_MESSAGE, Bounds, Call, fitting
from repartee.transports.webrtc.offer import BadOffer
from repartee.transports.webrtc.place import Place
from transports.webrtc.caller import WebRTCCaller, level, on_loopback
from transports.webrtc.offers import AUDIO, DATA, VIDEO, offer

HERE = Place(host="127.0.0.1", reaches_private=True)
TONE = (np.sin(np.arange(RATE) * 2 * np.pi * 440 / RATE) * 8000).astype("<i2")
CREATED = b'{"type":"session.created","event_id":"event_1"}'


class Connected(Struct):
    ours: Call
    caller: WebRTCCaller
    heard: "asyncio.Queue[bytes | None]"
    sound: list[bytes]


@asynccontextmanager
async def connected(codec: str = "opus", **bounds: Any) -> AsyncIterator[Connected]:
    """A call whose first event is told; at the end it must be gone."""
    with on_loopback():
        ours, caller = Call(HERE, Bounds(**bounds)), WebRTCCaller(codec)
        line = Connected(ours, caller, asyncio.Queue(), [])
        ours.listen(line.heard.put_nowait, lambda: line.heard.put_nowait(None))
        ours.listen_to_sound(line.sound.append)
        ours.send(CREATED)  # before anybody is there
        await caller.accept(await ours.answer(await caller.offer()))
        await caller.until("session.created")
        try:
            yield line
        finally:
            await caller.close()
            await gone(ours)


async def gone(call: Call) -> None:
    async with asyncio.timeout(10):
        await call.wait_closed()
    assert call.closed


async def nothing_more_than(before: set[asyncio.Task[Any]]) -> None:
    """aiortc's tasks notice within moments that they are over."""
    if more := asyncio.all_tasks() - before:
        _, pending = await asyncio.wait(more, timeout=5)
        assert not pending


async def test_events_go_both_ways_in_order() -> None:
    async with connected() as line:
        for number in range(5):
            line.caller.send({"type": "x", "n": number, "text": "ünï"})
            line.ours.send(b'{"type":"y","n":%d}' % number)
        assert json.loads(await line.heard.get() or b"")["text"] == "ünï"
        for number in range(1, 5):
            assert json.loads(await line.heard.get() or b"")["n"] == number
        assert (await line.caller.until("y", 5))["n"] == 4
        line.caller.send(b"binary")
        assert await line.heard.get() is None


@pytest.mark.parametrize("codec", ["opus", "PCMU", "PCMA"])
async def test_sound_goes_both_ways(codec: str) -> None:
    async with connected(codec) as line:
        line.caller.mouth.say(TONE)
        line.ours.playout.play(TONE.tobytes())
        await line.caller.mouth.silent.wait()
        await line.caller.hears(loud=48)
        loud = np.array(line.caller.heard[line.caller.loud.index(True) + 1 :][:40])
        assert level(loud) == pytest.approx(level(TONE), rel=0.2)
        heard = np.frombuffer(b"".join(line.sound), "<i2")
        # FFmpeg makes mono softer by 3 dB where it makes stereo of it, as this caller does.
        assert level(heard[np.abs(heard) > 500]) == pytest.approx(level(TONE), rel=0.35)


async def test_only_the_first_data_channel_is_one() -> None:
    async with connected() as line:
        second, closed = line.caller.peer.createDataChannel("more"), asyncio.Event()
        second.on("close", closed.set)
        async with asyncio.timeout(10):
            await closed.wait()
        line.caller.send({"type": "x"})
        assert await line.heard.get() == b'{"type": "x"}'


async def test_the_last_events_arrive_before_the_end() -> None:
    async with connected() as line:
        for number in range(50):
            line.ours.send(b'{"type":"last","n":%d,"pad":"%s"}' % (number, b"x" * 10_000))
        line.ours.close(1001, "enough")
        await gone(line.ours)
        assert len(line.caller.all("last")) == 50
        assert line.ours.ending == (1001, "enough")
        line.ours.send(b"to nobody")


async def test_a_caller_who_hangs_up_is_gone() -> None:
    async with connected() as line:
        await line.caller.close()
        await gone(line.ours)
        assert line.ours.ending == (1000, "client")


async def test_a_caller_who_vanishes_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a goodbye: within 30 s, here in less."""
    checked_s = 1.2 * aioice.ice.CONSENT_INTERVAL + aioice.stun.RETRY_RTO
    assert checked_s * aioice.ice.CONSENT_FAILURES < 30
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.02)
    async with connected() as line:
        assert line.caller.peer.sctp is not None
        for protocol in line.caller.peer.sctp.transport.transport._connection._protocols:
            for way in ("datagram_received", "send_stun"):
                monkeypatch.setattr(protocol, way, lambda _, __: None)
        await gone(line.ours)
        assert line.ours.ending == (1006, "lost")


async def test_a_caller_who_closes_the_data_channel_is_gone() -> None:
    async with connected() as line:
        line.caller.channel.close()
        await gone(line.ours)
        assert line.ours.ending == (1000, "client")


async def test_a_call_that_is_never_connected_is_over() -> None:
    before = asyncio.all_tasks()
    call = Call(HERE, Bounds(connect_s=0.05))
    await call.answer(offer())
    await gone(call)
    await nothing_more_than(before)


async def test_a_caller_who_takes_nothing_is_let_go() -> None:
    async with connected(output_lead_bytes=1000, slow_consumer_s=0.0) as line:
        await line.ours.drained()
        line.ours.send(b'{"type":"long","pad":"%s"}' % (b"x" * 100_000))
        await line.ours.drained()
        assert line.ours.closed


async def test_engines_wait_for_a_caller_who_is_behind() -> None:
    async with connected(output_lead_bytes=1000) as line:
        line.ours.send(b'{"type":"long","pad":"%s"}' % (b"x" * 100_000))
        async with asyncio.timeout(10):
            await line.ours.drained()
        await line.caller.until("long")
        assert not line.ours.closed


async def test_a_message_that_is_too_long_ends_the_call() -> None:
    async with connected() as line:
        assert line.caller.peer.sctp is not None
        line.caller.peer.sctp._remote_max_message_size = 0  # as a client that does not care
        line.caller.send("x" * (LARGEST_MESSAGE + 1))
        await gone(line.ours)
        assert line.heard.empty()


async def test_text_that_is_not_utf8_ends_the_call() -> None:
    async with connected() as line:
        transport, string = line.caller.channel.transport, 51  # RFC 8831 §8
        transport._data_channel_queue.append((line.caller.channel, string, b"\xff\xfe"))
        line.caller.send({"type": "x"})
        await gone(line.ours)
        assert line.heard.empty()


async def test_who_has_not_the_key_that_was_offered_is_nobody() -> None:
    """The fingerprint of the offer is that of another certificate."""
    with on_loopback():
        ours, caller = Call(HERE, Bounds()), WebRTCCaller()
        offered = re.sub(
            r"(a=fingerprint:\S+) \S+", rf"\1 {':'.join(['AB'] * 32)}", await caller.offer()
        )
        await caller.accept(await ours.answer(offered))
        await gone(ours)
        await caller.close()
    assert not caller.events


async def test_our_own_fault_ends_the_call(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: bytes) -> None:
        raise RuntimeError("planted")

    async with connected() as line:
        line.ours.listen(fail, lambda: None)
        line.caller.send({"type": "x"})
        await gone(line.ours)
    assert [each.levelno for each in caplog.records] == [logging.ERROR]


async def test_video_is_answered_inactive() -> None:
    call = Call(HERE, Bounds())
    answer = await call.answer(offer(AUDIO, VIDEO, DATA, AUDIO))
    call.abort()
    await gone(call)
    _, audio, video, data, more = answer.split("m=")
    assert "a=sendrecv" in audio
    assert "a=inactive" in video
    assert "a=inactive" in more
    assert data.startswith("application")
    assert "opus/48000" in audio
    assert "PCMU/8000" in audio
    assert "a=msid:" in audio


@pytest.mark.parametrize(
    "spoilt",
    [
        offer(secrets=""),
        offer(secrets="a=ice-ufrag:abcd\n"),
        offer(AUDIO[: AUDIO.index("a=rtpmap")].replace("111 0", "9"), DATA),
        offer(AUDIO.replace("m=audio 9", "m=audio x"), DATA),
        offer(AUDIO.replace("opus/48000/2", "opus"), DATA),
        offer(lines="a=fingerprint:\n"),
        offer(lines="a=rtpmap:x\n"),
    ],
)
async def test_what_cannot_be_answered_leaves_nothing(spoilt: str) -> None:
    before = asyncio.all_tasks()
    call = Call(HERE, Bounds())
    with pytest.raises(BadOffer, match=r"\.$"):
        await call.answer(spoilt)
    call.abort()
    await gone(call)
    await nothing_more_than(before)


def test_events_are_made_to_fit() -> None:
    part = {"type": "audio", "audio": "x" * 500, "transcript": "Yes."}
    event = {"type": "t", "event_id": "event_1", "item": {"content": [part]}}
    frame = json.dumps(event).encode()
    assert fitting(frame, None) == fitting(frame, 1000) == frame
    part["audio"] = None  # type: ignore[assignment]
    assert json.loads(fitting(frame, 400)) == event
    error = json.loads(fitting(b'{"type":"t","event_id":"event_2","x":"%s"}' % (b"x" * 900), 400))
    assert (error["type"], error["event_id"]) == ("error", "event_2")
    assert error["error"]["code"] == "event_too_long"
    assert set(error["error"]) == {"type", "code", "message", "param", "event_id"}
