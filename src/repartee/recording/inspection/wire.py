"""What a recorded client was told, whichever dialect it speaks, as far as turns depend on it."""

from typing import Any, NamedTuple, cast, get_args

from repartee.protocol.audio import Encoding, bytes_per_ms
from repartee.protocol.config import ServerVad

# Names of beta, and what GA calls the same.
_GA_NAMES = {
    "transcription_session.created": "session.created",
    "transcription_session.updated": "session.updated",
    "conversation.item.created": "conversation.item.added",
    "response.text.delta": "response.output_text.delta",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
}
_BETA_FORMATS: dict[str, Encoding] = {
    "pcm16": "audio/pcm",
    "g711_ulaw": "audio/pcmu",
    "g711_alaw": "audio/pcma",
}


class Vad(NamedTuple):
    """How turns are found: what counts as speech, the silence that ends one, where it is fixed."""

    kind: str | None = None
    threshold: float | None = None
    silence_ms: int | None = None
    interrupts: bool = False


class Sound:
    """How the agent's sound is written: in this session, and in each response."""

    def __init__(self) -> None:
        self.encoding: Encoding = "audio/pcm"
        self._of: dict[str, Encoding] = {}

    def begin(self, response: dict[str, Any]) -> None:
        """A response may have a format of its own."""
        audio = response.get("audio")
        self._of[response["id"]] = (
            _encoding(audio["output"] if audio else response) or self.encoding
        )

    def of(self, response_id: str) -> Encoding:
        return self._of.get(response_id, self.encoding)

    def seconds(self, response_id: str, size: int) -> float:
        """How long so many bytes of a response sound."""
        return size / bytes_per_ms(self.of(response_id)) / 1000


def name(kind: str) -> str:
    """The name of an event, as GA has it."""
    return _GA_NAMES.get(kind, kind)


def configured(session: dict[str, Any], sound: Sound) -> Vad:
    """What a session's configuration says of turns, and, told to `sound`, of the agent's sound."""
    audio = session.get("audio") or {"input": session, "output": session}
    sound.encoding = _encoding(audio.get("output") or {}) or "audio/pcm"
    vad = audio["input"].get("turn_detection")
    if not vad:
        return Vad()
    usual = ServerVad()
    fixed = vad.get("silence_duration_ms") if vad["type"] == "server_vad" else None
    threshold = vad.get("threshold", usual.threshold)
    return Vad(vad["type"], threshold, fixed, bool(vad.get("interrupt_response")))


def _encoding(output: dict[str, Any]) -> Encoding | None:
    """As GA says it, or beta."""
    named = output.get("output_audio_format")
    told = _BETA_FORMATS.get(named) if named else (output.get("format") or {}).get("type")
    return cast(Encoding, told) if told in get_args(Encoding) else None
