"""Echo cancellation by WebRTC's third canceller, AEC3, as the package livekit carries it.

It finds the delay of the echo by itself, from 0 to some 500 ms, learns the room within seconds,
and turns down what is left.  Told no delay, it begins with none; that was best in measurement,
since no one delay is right for all clients.  The sound comes 9 ms late out of it, for 24 kHz go
by way of 32, and takes 11 ms of a processor's time a second; the same sound gives the same.
"""

from livekit.rtc import AudioFrame
from livekit.rtc.apm import AudioProcessingModule

from repartee.protocol.audio import RATE

SAMPLES = RATE // 100  # of the 10 ms that the module takes


class WebRTCEchoCanceller:
    """Cancels echo as browsers do, for agents that play beside their microphone."""

    licence = "Apache-2.0; WebRTC: BSD-3-Clause"

    def __init__(self) -> None:
        self.stream()  # loads the library now, for that takes longer than a session may wait

    def stream(self) -> "WebRTCEchoStream":
        """See `EchoCanceller`."""
        return WebRTCEchoStream()


class WebRTCEchoStream:
    """One session's canceller."""

    def __init__(self) -> None:
        self._module = AudioProcessingModule(echo_cancellation=True)

    def cancel(self, near: bytes, far: bytes) -> bytes:
        """See `EchoStream`."""
        played, heard = _frame(far), _frame(near)
        self._module.process_reverse_stream(played)
        self._module.process_stream(heard)
        return heard.data.tobytes()


def _frame(pcm: bytes) -> AudioFrame:
    return AudioFrame(bytearray(pcm), RATE, num_channels=1, samples_per_channel=SAMPLES)
