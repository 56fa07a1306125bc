"""The track that a caller hears: one frame every 20 ms, from the first to the end of the call.

Opus is encoded here, from the 24 kHz mono that the sound is made in: a third of the time that
48 kHz stereo would take.  Telephone codecs, rare on calls, are left to aiortc.
"""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioCodecContext, AudioFrame, CodecContext, Packet

from repartee.transports.webrtc.playout import FRAME_MS, FRAME_SAMPLES, RATE, Playout

_BIT_RATE = 32_000
_COMPLEXITY = 5  # of 0…10; beyond it nothing is to be heard at this bit rate
_OPUS_RATE = 48_000  # of its timestamps, whatever is inside (RFC 7587 §4.1)
_OPUS_STEP = _OPUS_RATE * FRAME_MS // 1000
_LATEST_S = 0.5  # frames that are later than this are not sent at all


class Voice(MediaStreamTrack):
    """Plays what `playout` has; `tick` is called before each frame, with the loop's time."""

    kind = "audio"

    def __init__(self, playout: Playout, tick: Callable[[float], None]) -> None:
        super().__init__()
        self._clock = asyncio.get_running_loop().time
        self._playout = playout
        self._tick = tick
        self._encoder: Encoder | None = None
        self._begun: float | None = None
        self._frames = 0

    def use_opus(self) -> None:
        """The caller takes Opus."""
        self._encoder = Encoder()

    async def recv(self) -> "AudioFrame | Packet[Any]":
        """The next frame, once its time has come.  Raises MediaStreamError at the end."""
        if self.readyState != "live":
            raise MediaStreamError
        now = self._clock()
        if self._begun is None:
            self._begun = now
        due = self._begun + self._frames * FRAME_MS / 1000
        if due > now:
            await asyncio.sleep(due - now)
        while now - due > _LATEST_S:  # this process stood still
            self._playout.frame()
            self._frames += 1
            due += FRAME_MS / 1000
        self._tick(due)
        frame = _frame(self._playout.frame(), self._frames)
        self._frames += 1
        return self._encoder(frame) if self._encoder is not None else frame


class Encoder:
    """24 kHz mono to Opus, a packet for each frame of 20 ms."""

    def __init__(self) -> None:
        codec = CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.format, codec.layout, codec.sample_rate = "s16", "mono", RATE
        codec.bit_rate = _BIT_RATE
        codec.thread_count = 1  # or each would have one for every core
        codec.options = {"application": "voip", "compression_level": str(_COMPLEXITY)}
        self._codec = codec

    def __call__(self, frame: AudioFrame) -> "Packet[Any]":
        assert frame.pts is not None
        (packet,) = self._codec.encode(frame)
        packet.pts = frame.pts // FRAME_SAMPLES * _OPUS_STEP  # the codec's begins before zero
        packet.time_base = Fraction(1, _OPUS_RATE)
        return packet


def _frame(pcm: bytes, number: int) -> AudioFrame:
    frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
    frame.planes[0].update(pcm)
    frame.sample_rate = RATE
    frame.pts = number * FRAME_SAMPLES
    frame.time_base = Fraction(1, RATE)
    return frame
