"""One caller: a peer connection as a session's transport, its loudspeaker and its microphone.

The client offers, we answer.  It opens a data channel for events and sends its microphone's sound
as media; what the session plays goes back as media.  A call that is never connected, or is lost,
is over within half a minute.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.sdp import SessionDescription
from msgspec import Struct

from repartee.transports.webrtc.microphone import CODECS, Microphone
from repartee.transports.webrtc.offer import BadOffer, cleaned
from repartee.transports.webrtc.place import Place, gather
from repartee.transports.webrtc.playout import Playout
from repartee.transports.webrtc.voice import Voice
from repartee.transports.websocket import LOST

log = logging.getLogger(__name__)

OK, POLICY_VIOLATION, TOO_BIG, INTERNAL_ERROR = 1000, 1008, 1009, 1011  # as on a WebSocket
LARGEST_MESSAGE = 256 * 1024  # that aiortc tells the client to send


class Bounds(Struct, frozen=True, kw_only=True):
    """What one call may cost.  Times in seconds."""

    output_lead_bytes: int = 256 * 1024  # of events, at which `drained` makes engines wait
    slow_consumer_s: float = 30.0  # that the client may leave more than that untaken
    gather_s: float = 5.0  # for STUN and TURN servers, if any, to answer
    connect_s: float = 30.0  # from the offer until the data channel is open
    close_s: float = 3.0  # for the last events to arrive


class Call:
    """A `Transport` and, by its `playout`, a `Speaker`."""

    paced: bool = True

    def __init__(self, place: Place, bounds: Bounds) -> None:
        self._loop = asyncio.get_running_loop()
        self._place = place
        self._bounds = bounds
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=place.servers))
        self._peer.on("datachannel", self._open)
        self._peer.on("connectionstatechange", self._look)
        self.playout = Playout()
        self._microphone = Microphone(self._hear_sound, self._loop.time)
        self._voice = Voice(self.playout, self._microphone.tick)
        self._channel: RTCDataChannel | None = None
        self._unsent: list[bytes] = []  # before the channel is open
        self._largest: int | None = None  # message that the client takes
        self._hear: Callable[[bytes], None] | None = None
        self._hear_binary: Callable[[], None] | None = None
        self._listen_to: Callable[[bytes], None] | None = None
        self.ending = (LOST, "lost")
        self._abandoned = self._loop.call_later(bounds.connect_s, self.abort)
        self._taken = asyncio.Event()
        self._taken.set()
        self._ending: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()

    async def answer(self, sdp: str) -> str:
        """The SDP answer to an offer.  Raises BadOffer, NoPort."""
        transceiver = self._peer.addTransceiver(self._voice, "sendrecv")
        transceiver.setCodecPreferences(
            [
                codec
                for name in CODECS
                for codec in RTCRtpSender.getCapabilities("audio").codecs
                if codec.name == name
            ]
        )
        offer = RTCSessionDescription(cleaned(sdp, self._place.may_reach), "offer")
        try:
            await self._peer.setRemoteDescription(offer)
        except Exception as fault:  # whatever its parser happens to trip over
            raise BadOffer(f"The offer cannot be answered: {_told(fault)}") from None
        for other in self._peer.getTransceivers():
            if other is not transceiver:
                other.direction = "inactive"
        answer = await self._peer.createAnswer()
        for connection in {each.transport._connection for each in self._transports()}:
            await gather(connection, self._place, self._bounds.gather_s)
        self._wire(transceiver, answer.sdp)
        await self._peer.setLocalDescription(answer)
        return self._peer.localDescription.sdp

    def listen_to_sound(self, tell: Callable[[bytes], None]) -> None:
        """Tell `tell` of the caller's sound: 24 kHz mono s16, as it comes."""
        self._listen_to = tell

    # What a session uses

    @property
    def closed(self) -> bool:
        return self._ending is not None

    def listen(self, hear: Callable[[bytes], None], hear_binary: Callable[[], None]) -> None:
        self._hear, self._hear_binary = hear, hear_binary

    def send(self, frame: bytes) -> None:
        if self._channel is None:
            self._unsent.append(frame)
        elif self._channel.readyState == "open" and not self.closed:
            self._channel.send(fitting(frame, self._largest).decode())
            if self._channel.bufferedAmount > self._bounds.output_lead_bytes:
                self._taken.clear()

    async def drained(self) -> None:
        try:
            async with asyncio.timeout(self._bounds.slow_consumer_s):
                await self._taken.wait()
        except TimeoutError:
            self.close(POLICY_VIOLATION, "slow_consumer")

    def close(self, code: int, reason: str) -> None:
        """End the call; a data channel has no close frame, and so the client is not told why."""
        if not self.closed:
            self.ending = (code, reason)
        self._end(self._bounds.close_s)

    def abort(self) -> None:
        self._end(0)

    async def wait_closed(self) -> None:
        await self._gone.wait()

    def _end(self, patience_s: float) -> None:
        if self._ending is None:
            self._abandoned.cancel()
            self._taken.set()
            self._ending = self._loop.create_task(self._part(patience_s))

    async def _part(self, patience_s: float) -> None:
        """Let the last events out, and be gone."""
        channel = self._channel
        if patience_s and channel is not None and channel.readyState == "open":
            closed = asyncio.Event()
            channel.on("close", closed.set)
            channel.close()
            try:
                async with asyncio.timeout(patience_s):
                    await closed.wait()
            except TimeoutError:
                pass  # the client does not answer any more
        try:
            await self._peer.close()
        finally:
            self._gone.set()

    # What aiortc tells

    def _look(self) -> None:
        if self._peer.connectionState in ("failed", "closed"):
            self._is_gone()

    def _is_gone(self) -> None:
        """The client has said goodbye, for which calls have no code, or is not heard any more."""
        if not self.closed and self._peer.iceConnectionState not in ("failed", "closed"):
            self.ending = (OK, "client")
        self.abort()

    def _open(self, channel: RTCDataChannel) -> None:
        if self._channel is not None or self.closed:
            channel.close()
            return
        self._abandoned.cancel()
        self._channel = channel
        self._largest = channel.transport._remote_max_message_size or None
        channel.bufferedAmountLowThreshold = self._bounds.output_lead_bytes // 2
        channel.on("bufferedamountlow", self._taken.set)
        channel.on("message", self._take)
        channel.on("close", self._is_gone)
        unsent, self._unsent = self._unsent, []
        for frame in unsent:
            self.send(frame)

    def _take(self, message: str | bytes) -> None:
        if self.closed or self._hear is None or self._hear_binary is None:
            return
        try:
            if isinstance(message, bytes):
                self._hear_binary()
            elif len(message) > LARGEST_MESSAGE:
                self.close(TOO_BIG, "message too big")
            else:
                self._hear(message.encode())
        except Exception:
            self._fail()

    def _hear_sound(self, pcm: bytes) -> None:
        if self.closed or self._listen_to is None:
            return
        try:
            self._listen_to(pcm)
        except Exception:
            self._fail()

    def _fail(self) -> None:
        """Whoever listens has failed: our bug."""
        log.exception("a call could not be heard")
        self.close(INTERNAL_ERROR, "internal error")

    # The parts of the peer connection

    def _transports(self) -> list[Any]:
        """Its DTLS transports; one, where all is bundled."""
        sctp = self._peer.sctp
        media = [each.receiver.transport for each in self._peer.getTransceivers()]
        return media if sctp is None else [*media, sctp.transport]

    def _wire(self, transceiver: RTCRtpTransceiver, answer: str) -> None:
        """Let sound go by our own ways, as its codecs need it."""
        (codecs,) = (
            media.rtp.codecs
            for media in SessionDescription.parse(answer).media
            if media.rtp.muxId == transceiver.mid
        )
        self._microphone.codecs = {codec.payloadType or 0: codec.name for codec in codecs}
        if codecs[0].name == "opus":
            self._voice.use_opus()
        # The one private name of aiortc's that is replaced: see `microphone`.
        vars(transceiver.receiver)["_RTCRtpReceiver__jitter_buffer"] = self._microphone


def fitting(frame: bytes, largest: int | None) -> bytes:
    """An event as a client can take it that takes no message above `largest` bytes.

    An item's sound is left out then; what is too long without it is told by an error instead.
    """
    if largest is None or len(frame) <= largest:
        return frame
    event = msgspec.json.decode(frame)
    for part in event.get("item", {}).get("content", ()):
        if "audio" in part:
            part["audio"] = None
    shorter = msgspec.json.encode(event)
    if len(shorter) <= largest:
        return shorter
    message = (
        f"An event of type {event['type']!r} has {len(shorter)} bytes: it is longer than the "
        f"{largest} that the data channel takes."
    )
    body = {"type": "server_error", "code": "event_too_long", "message": message}
    error = body | {"param": None, "event_id": None}
    return msgspec.json.encode({"type": "error", "event_id": event["event_id"], "error": error})


def _told(fault: Exception) -> str:
    """What aiortc says of an offer, as a sentence."""
    text = " ".join(str(fault).split())[:200] or type(fault).__name__
    return text if text.endswith(".") else f"{text}."
