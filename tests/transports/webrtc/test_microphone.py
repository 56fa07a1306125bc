"""A caller's packets become one gapless stream, whatever the network does to them."""

from dataclasses import dataclass

import numpy as np
import pytest

from recordings import Samples, read
from repartee.transports.webrtc.microphone import Decoder, Microphone
from repartee.transports.webrtc.playout import FRAME_SAMPLES
from repartee.transports.webrtc.voice import Encoder, _frame

OPUS, PCMU = 111, 0
FRAME_MS = 20


@dataclass
class Packet:
    payload_type: int
    sequence_number: int
    timestamp: int
    payload: bytes


class Line:
    """A microphone whose clock is that of the packets' sender."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pcm = b""
        self.microphone = Microphone(self._tell, lambda: self.now)
        self.microphone.codecs = {OPUS: "opus", PCMU: "PCMU"}

    def _tell(self, pcm: bytes) -> None:
        self.pcm += pcm

    def send(self, *packets: Packet, apart_s: float = FRAME_MS / 1000) -> None:
        for packet in packets:
            assert self.microphone.add(packet) == (False, None)
            self.now += apart_s

    @property
    def heard_ms(self) -> float:
        return len(self.pcm) / 48


def opus(sound: Samples, first: int = 65_500) -> list[Packet]:
    """Packets whose numbers, and timestamps, run over."""
    encoder = Encoder()
    return [
        Packet(OPUS, (first + n) % 2**16, (2**32 - 9600 + 960 * n) % 2**32, bytes(payload))
        for n, payload in enumerate(
            encoder(_frame(sound[n * FRAME_SAMPLES :][:FRAME_SAMPLES].tobytes(), n))
            for n in range(len(sound) // FRAME_SAMPLES)
        )
    ]


SPEECH = read("lj_LJ001-0002")
PACKETS = opus(SPEECH)


def alike(pcm: bytes, sound: Samples) -> float:
    """How much of a sound is in another: the highest correlation within 30 ms."""
    heard = np.frombuffer(pcm, "<i2").astype(float)
    wanted = sound[: len(heard) - 720].astype(float)
    norms = np.linalg.norm(heard) * np.linalg.norm(wanted)
    return max(float(heard[d : d + len(wanted)] @ wanted / norms) for d in range(0, 720, 4))


def test_packets_in_order_are_heard_at_once() -> None:
    line = Line()
    for number, packet in enumerate(PACKETS, 1):
        line.send(packet)
        assert number * FRAME_MS - 7 < line.heard_ms <= number * FRAME_MS
    assert alike(line.pcm, SPEECH) > 0.8


def test_packets_out_of_order_or_twice_change_nothing() -> None:
    line, other = Line(), Line()
    line.send(*PACKETS)
    shuffled = [*PACKETS]
    for n in range(1, len(shuffled) - 4, 4):
        shuffled[n : n + 3] = [shuffled[n + 2], shuffled[n], shuffled[n + 2], shuffled[n + 1]]
    other.send(*shuffled)
    assert other.pcm == line.pcm


@pytest.mark.parametrize("lost", [1, 3, 20])
def test_what_is_lost_is_as_long_as_it_was(lost: int) -> None:
    line = Line()
    line.send(*PACKETS[:10], *PACKETS[10 + lost : 14 + lost])
    assert (14 + lost) * FRAME_MS - 7 < line.heard_ms <= (14 + lost) * FRAME_MS
    at = 48 * FRAME_MS * 10
    assert not any(line.pcm[at : at + 48 * FRAME_MS * lost - 48])


def test_a_packet_that_comes_too_late_is_not_heard() -> None:
    line = Line()
    line.send(*PACKETS[:5], *PACKETS[6:12])
    heard = line.pcm
    line.send(PACKETS[5])
    assert line.pcm == heard


def test_who_sends_nothing_is_silent_and_time_goes_on() -> None:
    """Muted for a second, or silent by Opus's DTX: no sound more or less than time."""
    line = Line()
    line.send(*PACKETS[:10])
    for _ in range(50):
        line.now += FRAME_MS / 1000
        line.microphone.tick(line.now)
    assert 1000 <= line.heard_ms <= 1000 + FRAME_MS
    for packet in PACKETS[10:]:
        packet = Packet(
            packet.payload_type, packet.sequence_number, packet.timestamp, packet.payload
        )
        packet.timestamp = (packet.timestamp + 50 * 960) % 2**32
        line.send(packet)
    expected = (len(PACKETS) + 50) * FRAME_MS
    assert expected - 7 < line.heard_ms <= expected


def test_nobody_is_silent_before_the_first_packet() -> None:
    line = Line()
    line.microphone.tick(1e6)
    assert line.pcm == b""


def test_a_stream_that_begins_anew_is_heard() -> None:
    line = Line()
    line.send(*PACKETS[:10])
    line.send(*(Packet(OPUS, n, 7, p.payload) for n, p in enumerate(PACKETS[10:20], 9000)))
    assert line.heard_ms > 20 * FRAME_MS - 7


def test_telephone_sound_is_heard_as_well() -> None:
    """160 bytes of mu-law a packet; 0xFF is silence, 0x80 the loudest."""
    line = Line()
    line.send(*(Packet(PCMU, n, 160 * n, b"\x80\xff" * 80) for n in range(10)))
    assert 193 < line.heard_ms <= 200
    assert np.abs(np.frombuffer(line.pcm, "<i2")).max() > 8000


def test_what_nobody_can_have_spoken_is_not_heard() -> None:
    """Sound that comes faster than time: a few seconds of it, and no more."""
    line = Line()
    line.send(*(Packet(PCMU, n, 160 * n, b"\x80\xff" * 80) for n in range(1000)), apart_s=0)
    assert line.heard_ms < 2200


@pytest.mark.parametrize("payload", [b"", b"\xff", b"\x03" * 40, bytes(range(256)) * 5])
def test_broken_packets_are_silence_at_worst(payload: bytes) -> None:
    line = Line()
    line.send(*PACKETS[:5])
    broken = PACKETS[5]
    line.send(Packet(OPUS, broken.sequence_number, broken.timestamp, payload))
    line.send(*PACKETS[6:10], Packet(99, PACKETS[10].sequence_number, 0, b"unknown"))
    assert line.heard_ms > 9 * FRAME_MS - 7


def test_a_decoder_tells_how_much_it_heard() -> None:
    pcm, heard = Decoder("opus")(PACKETS[0].payload)
    assert heard == 960
    assert 0 < len(pcm) // 2 <= FRAME_SAMPLES
