"""A caller's sound: from RTP packets as they come to one gapless stream of 24 kHz PCM.

It stands where aiortc has its jitter buffer, which holds all sound back by 80 ms and leaves gaps
to whoever listens.  Here a packet in order is heard at once; only where one is missing do the next
few wait for it.  What is lost, or was never sent because nobody spoke, is silence of the same
length, so that the session's times are those of the caller's clock.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from av import AudioCodecContext, CodecContext, FFmpegError, Packet

from repartee.speech.resample import Resampler
from repartee.transports.webrtc.playout import FRAME_MS, RATE

_PATIENCE = 3  # packets that wait for a missing one
_LEAP = 100  # packets; what is further away begins anew
_MOST_SILENCE = 10 * RATE  # samples of a gap that are filled
_SILENT_S = 0.2  # without a packet: the caller is muted, and time goes on all the same
_AHEAD_S = 2.0  # of sound beyond the time that has passed, which nobody can have spoken

_AV_NAMES = {"opus": "libopus", "PCMU": "pcm_mulaw", "PCMA": "pcm_alaw"}
_CLOCKS = {"opus": 48_000, "PCMU": 8_000, "PCMA": 8_000}  # of RTP's timestamps, in Hz
CODECS = tuple(_AV_NAMES)


class RTP(Protocol):
    """A packet as aiortc has it."""

    payload_type: int
    sequence_number: int
    timestamp: int
    payload: bytes


class Microphone:
    """Tells `tell` of the sound in 24 kHz mono s16.

    `clock` counts seconds.  Packets whose payload type is not among `codecs` are not heard.
    """

    def __init__(self, tell: Callable[[bytes], None], clock: Callable[[], float]) -> None:
        self.codecs: Mapping[int, str] = {}
        self._tell = tell
        self._clock = clock
        self._decoders: dict[str, Decoder] = {}
        self._early: dict[int, RTP] = {}
        self._next: int | None = None  # sequence number
        self._expected = 0  # timestamp of the next packet, in samples of its codec's clock
        self._filled = 0  # samples of silence told since the last packet
        self._last = 0.0  # when it came
        self._told = 0  # samples …
        self._begun = 0.0  # … since then

    def add(self, packet: RTP) -> tuple[bool, None]:
        """A packet has come.  For aiortc: no picture is wanted, and nothing is to be decoded."""
        now = self._last = self._clock()
        number = packet.sequence_number
        if self._next is None:
            self._next, self._expected, self._begun = number, packet.timestamp, now
        ahead = (number - self._next) % 2**16
        if _LEAP < ahead < 2**16 - _LEAP:
            self._early.clear()
            self._next, ahead = number, 0
        if ahead < _LEAP:  # the others are too late
            self._early[number] = packet
        self._hear_in_order()
        return False, None

    def tick(self, now: float) -> None:
        """Called every 20 ms: who sends nothing is silent."""
        if self._next is not None and now - self._last > _SILENT_S:
            samples = RATE * FRAME_MS // 1000
            self._filled += samples
            self._say(bytes(2 * samples))

    def _hear_in_order(self) -> None:
        assert self._next is not None
        if len(self._early) > _PATIENCE and self._next not in self._early:
            following = self._next
            self._next = min(self._early, key=lambda number: (number - following) % 2**16)
        while packet := self._early.pop(self._next, None):
            self._next = (self._next + 1) % 2**16
            self._hear(packet)

    def _hear(self, packet: RTP) -> None:
        name = self.codecs.get(packet.payload_type)
        if name is None or not packet.payload:
            return
        clock = _CLOCKS[name]
        gap = (packet.timestamp - self._expected + 2**31) % 2**32 - 2**31
        self._expected = packet.timestamp
        missing = gap * RATE // clock - self._filled
        self._filled = 0
        if self._told / RATE > self._clock() - self._begun + _AHEAD_S:
            return
        if 0 < missing <= _MOST_SILENCE:
            self._say(bytes(2 * missing))
        if name not in self._decoders:
            self._decoders[name] = Decoder(name)
        pcm, heard = self._decoders[name](packet.payload)
        self._expected = (self._expected + heard) % 2**32
        self._say(pcm)

    def _say(self, pcm: bytes) -> None:
        self._told += len(pcm) // 2
        if pcm:
            self._tell(pcm)


class Decoder:
    """One stream of an RTP codec, by its name in SDP."""

    def __init__(self, name: str) -> None:
        codec = CodecContext.create(_AV_NAMES[name], "r")
        assert isinstance(codec, AudioCodecContext)
        codec.format, codec.layout, codec.sample_rate = "s16", "mono", _CLOCKS[name]
        codec.thread_count = 1  # or each would have one for every core
        self._codec = codec
        # PyAV's own resampler is a filter graph, which has threads and takes its time to go.
        self._resample = Resampler(_CLOCKS[name], RATE)

    def __call__(self, payload: bytes) -> tuple[bytes, int]:
        """The PCM of a packet, and its samples at the codec's own rate; nothing of a broken one."""
        try:
            frames = self._codec.decode(Packet(payload))
        except FFmpegError:
            return b"", 0
        sound = b"".join(bytes(frame.planes[0])[: 2 * frame.samples] for frame in frames)
        return self._resample(sound), len(sound) // 2
