"""What the session is told about itself: what may change, when, and what it comes to.

A configuration is what the server began with, then what a prompt of the operator's brings, then
what the client said itself: "direct session fields win over prompt fields".
"""

from typing import Any

from msgspec import UNSET, Struct, structs

from repartee.protocol import errors
from repartee.protocol.audio import NoiseFilter
from repartee.protocol.client import ResponseAudio, ResponseAudioOutput, ResponseConfig
from repartee.protocol.config import (
    AnyConfig,
    AudioInput,
    Config,
    PromptReference,
    ServerVad,
    TurnDetection,
    encoding,
)
from repartee.protocol.errors import Refused
from repartee.protocol.said import merge
from repartee.session.bounds import Bounds
from repartee.session.commands import Listen
from repartee.session.templates import Prompted, fill

# Models of the API whose turns the client ends, and one that tells speakers apart.
_WITHOUT_VAD = ("gpt-realtime-whisper", "gpt-live-transcribe")
_DIARIZING = "gpt-4o-transcribe-diarize"


class Configuration:
    """The configuration in force, and the rules by which it changes."""

    def __init__(self, config: AnyConfig, bounds: Bounds) -> None:
        self.current = config
        self._fresh = config
        self._bounds = bounds
        self._prompted = Prompted(bounds.prompts)

    @property
    def input(self) -> AudioInput:
        return self.current.audio.input

    @property
    def detection(self) -> TurnDetection | None:
        """How turns are told, if they are."""
        return self.input.turn_detection

    @property
    def answering(self) -> Config | None:
        """The configuration of a session that answers; None where it only transcribes."""
        return self.current if isinstance(self.current, Config) else None

    def listen(self) -> Listen:
        """How the client is to be heard."""
        noise = self.input.noise_reduction
        return Listen(
            judge=self.detection is not None,
            encoding=encoding(self.input.format),
            noise_reduction=None if noise is None else NoiseFilter(noise.type, noise.strength),
        )

    def update(self, said: Struct, *, has_spoken: bool) -> Refused | None:
        """Follow what the client says, all of it or nothing.

        `has_spoken` says whether the conversation holds sound of the assistant.
        """
        changed = self._changed(said, has_spoken)
        if isinstance(changed, Refused):
            return changed
        if (field := self._bounds.locked(self.current, changed)) is not None:
            return errors.locked(f"session.{field}")
        self._become(changed, said)
        return None

    def bind(self, said: Struct) -> Refused | None:
        """Begin with what the maker of an ephemeral key said; no field is locked for them."""
        changed = self._changed(said, has_spoken=False)
        if isinstance(changed, Refused):
            return changed
        self._become(changed, said)
        return None

    def _become(self, config: AnyConfig, said: Struct) -> None:
        self.current = config
        self._prompted.said(said)

    def _changed(self, said: Struct, has_spoken: bool) -> AnyConfig | Refused:
        """The configuration as `said` would have it, or why it may not be so."""
        if said.__struct_config__.tag != self.current.__struct_config__.tag:
            return errors.session_kind(str(said.__struct_config__.tag))
        config = merge(self.current, said, self._fresh)
        changed = self._follow(config, said, has_spoken) if isinstance(config, Config) else config
        if isinstance(changed, Refused):
            return changed
        changed = _without_vad(changed, said)
        return self._fault(changed, has_spoken) or _detection_fault(changed) or changed

    def _follow(self, config: Config, said: Struct, has_spoken: bool) -> Config | Refused:
        """A session's model stays; its prompt brings what nobody said directly.

        A voice that was heard stays, too, when the prompt that brought it goes.
        """
        assert self.answering is not None
        fresh = self._fresh
        assert isinstance(fresh, Config)
        if has_spoken:
            output = structs.replace(fresh.audio.output, voice=config.audio.output.voice)
            fresh = structs.replace(fresh, audio=structs.replace(fresh.audio, output=output))
        config = structs.replace(config, model=self.answering.model)
        return self._prompted.apply(config, said, fresh)

    def _fault(self, config: AnyConfig, has_spoken: bool) -> Refused | None:
        """Why the configuration in force may not become `config`."""
        transcription = config.audio.input.transcription
        if transcription is not None and transcription.model == _DIARIZING:
            return errors.not_built("session.audio.input.transcription.model")
        if config.include and not self._bounds.logprobs:
            return errors.no_logprobs()
        before = self.current
        if not isinstance(config, Config) or not isinstance(before, Config):
            return None
        if has_spoken and config.audio.output.voice != before.audio.output.voice:
            return errors.voice_locked()
        if before.tracing is not None and config.tracing != before.tracing:
            return errors.tracing_locked()
        return None

    def response(self) -> ResponseConfig:
        """What a response is like if it says nothing of itself."""
        config = self.answering
        assert config is not None
        output = config.audio.output
        return ResponseConfig(
            output_modalities=config.output_modalities,
            instructions=config.instructions,
            audio=ResponseAudio(ResponseAudioOutput(output.format, output.voice)),
            tools=config.tools,
            tool_choice=config.tool_choice,
            parallel_tool_calls=config.parallel_tool_calls,
            reasoning=config.reasoning,
            max_output_tokens=config.max_output_tokens,
            temperature=config.temperature,
        )

    def response_as(self, said: Any, *, has_spoken: bool) -> ResponseConfig | Refused:
        """What a response is like that says `said` of itself, or why it may not."""
        config = usual = self.response()
        if said is not None:
            if isinstance(said.prompt, PromptReference):
                filled = fill(self._bounds.prompts, said.prompt, "response.prompt")
                if isinstance(filled, Refused):
                    return filled
                config = merge(config, filled)
            config = merge(config, said)
        if has_spoken and config.audio.output.voice != usual.audio.output.voice:
            return errors.voice_locked()
        if (field := self._bounds.locked(usual, config)) is not None:
            return errors.locked(f"response.{field}")
        return config


def _without_vad(config: AnyConfig, said: Any) -> AnyConfig:
    """A model whose turns the client ends needs no detection, unless it is asked for."""
    input = config.audio.input
    told = said.audio and said.audio.input and said.audio.input.turn_detection is not UNSET
    if isinstance(config, Config) or told or not _ends_by_hand(input):
        return config
    without = structs.replace(input, turn_detection=None)
    return structs.replace(config, audio=structs.replace(config.audio, input=without))


def _ends_by_hand(input: AudioInput) -> bool:
    return input.transcription is not None and input.transcription.model in _WITHOUT_VAD


def _detection_fault(config: AnyConfig) -> Refused | None:
    """What of turn detection makes no sense where nothing is answered."""
    vad = config.audio.input.turn_detection
    if isinstance(config, Config) or vad is None:
        return None
    if _ends_by_hand(config.audio.input):
        return errors.no_turn_detection()
    if isinstance(vad, ServerVad) and vad.idle_timeout_ms is not None:
        return errors.no_idle_timeout()
    return None
