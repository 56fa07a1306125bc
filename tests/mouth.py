"""The mouth of the user: all that was said, held against what the recogniser is given of it."""

from repartee.protocol.server import SpeechStarted, SpeechStopped
from repartee.session.commands import Hear, Settle, Stop, Transcribe
from repartee.session.outbox import Output

PCM_BYTES_PER_MS = 48


class Mouth:
    """Says sound; a turn that the client is told of is recognised from its beginning to its end."""

    def __init__(self) -> None:
        self._said = bytearray()  # since the session began
        self._given: dict[str, bytearray] = {}  # to recognisers that still listen
        self._starts: dict[str, int] = {}

    def say(self, pcm: bytes) -> None:
        self._said += pcm

    def told(self, output: Output) -> None:
        """Something that the session says or asks."""
        match output:
            case Transcribe(ref=ref):
                self._given[ref] = bytearray()
            case Hear(ref=ref, pcm=pcm):
                self._given[ref] += pcm
            case Stop(ref=ref) | Settle(ref=ref):
                self._given.pop(ref, None)
            case SpeechStarted(item_id=item_id, audio_start_ms=start_ms):
                self._starts[item_id] = start_ms
            case SpeechStopped(item_id=item_id, audio_end_ms=end_ms):
                self._judge(self._given.get(item_id), end_ms - self._starts[item_id])

    def _judge(self, given: bytearray | None, long_ms: int) -> None:
        """A recogniser that still listens has had the turn, up to this moment."""
        if given is not None:
            assert len(given) / PCM_BYTES_PER_MS >= long_ms - 1, "something of it is lost"
            assert self._said.endswith(given)

    def ended(self, ref: str) -> None:
        """The recogniser of `ref` listens no longer."""
        self._given.pop(ref, None)
