"""The sessions of a process: each gets a configuration, names for its things, and a driver."""

import time

from msgspec import UNSET, Struct, convert

from repartee.protocol.beta import Beta
from repartee.protocol.config import (
    AnyConfig,
    Audio,
    AudioInput,
    AudioOutput,
    Config,
    ServerVad,
    TranscriptionAudio,
    TranscriptionConfig,
)
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.template import Prompts
from repartee.runtime.driver import Driver, Transport
from repartee.runtime.engines import Engines, EnginesByModel
from repartee.runtime.ids import random_id, session_ids
from repartee.runtime.prompts import load_prompts
from repartee.runtime.tokens import TokenCounter, token_counter
from repartee.session.bounds import Bounds
from repartee.session.caps import Caps
from repartee.settings import Session, Settings, SettingsError
from repartee.speech.patience import Patience

BETA_TEMPERATURE = 0.8  # the documented default; GA has no temperature


class Grounds(Struct, frozen=True):
    """What every session of a model stands on."""

    defaults: Session
    engines: Engines
    bounds: Bounds


class Sessions:
    """Opens sessions on the engines of this process.

    Making it reads the tokenizers and prompts that settings name.  Raises SettingsError.
    """

    def __init__(self, settings: Settings, engines: EnginesByModel) -> None:
        self._models = settings.models
        self._minutes = settings.server.session_max_minutes
        self._idle_minutes = settings.server.idle_minutes
        limits = settings.limits
        self._caps = convert(limits, Caps, from_attributes=True)
        self._patience = Patience(limits.ears_s, limits.mind_s, limits.voice_s)
        self._counters: dict[str, TokenCounter] = {}
        self._prompts: dict[str | None, Prompts] = {}
        self._grounds: dict[str | None, Grounds] = {
            None: self._stand(settings.session, engines.of(None))
        }
        for pattern, model in settings.models.mapped.items():
            try:
                self._grounds[pattern] = self._stand(model.session, engines.of(pattern))
            except SettingsError as error:
                raise SettingsError(f'models."{pattern}": {error}') from error

    def driver(
        self,
        transport: Transport,
        model: str | None,
        dialect: Dialect = GA,
        *,
        transcribes: bool = False,
    ) -> Driver:
        """A driver for a client that asked for `model`; its `run` is the session.

        `transcribes` says that the session only writes down what it hears.
        """
        name = model or self._models.default
        grounds = self.grounds(name)
        config = self._config(name, grounds.defaults, is_beta=isinstance(dialect, Beta))
        return Driver(
            _transcribing(config) if transcribes else config,
            transport,
            grounds.engines,
            new_id=session_ids(),
            bounds=grounds.bounds,
            patience=self._patience,
            dialect=dialect,
        )

    def grounds(self, model: str) -> Grounds:
        """What holds for a model: for its name, for a pattern that it fits, or for all others."""
        return self._grounds[self._models.pattern(model)]

    def _stand(self, session: Session, engines: Engines) -> Grounds:
        """Tokenizers and prompts are read once, however many models have the same."""
        if session.tokenizer not in self._counters:
            self._counters[session.tokenizer] = token_counter(session.tokenizer)
        if session.prompts not in self._prompts:
            self._prompts[session.prompts] = load_prompts(session.prompts)
        return Grounds(
            defaults=session,
            engines=engines,
            bounds=Bounds(
                self._minutes,
                idle_minutes=self._idle_minutes,
                window=session.max_input_tokens,
                longest=session.max_output_tokens,
                sees=engines.sees,
                logprobs=engines.logprobs,
                count=self._counters[session.tokenizer].count,
                prompts=self._prompts[session.prompts],
                caps=self._caps,
            ),
        )

    def _config(self, model: str, session: Session, *, is_beta: bool) -> Config:
        """What a session begins with."""
        vad = ServerVad(
            threshold=session.threshold,
            prefix_padding_ms=session.prefix_padding_ms,
            silence_duration_ms=session.silence_duration_ms,
        )
        voice = session.beta_voice if is_beta else session.voice
        return Config(
            id=random_id("sess"),
            model=model,
            expires_at=int(time.time() + self._minutes * 60),
            instructions=session.instructions,
            audio=Audio(AudioInput(turn_detection=vad), AudioOutput(voice=voice)),
            temperature=BETA_TEMPERATURE if is_beta else UNSET,
        )


def _transcribing(config: Config) -> AnyConfig:
    """The same for a session that only writes down what it hears."""
    return TranscriptionConfig(
        id=config.id,
        expires_at=config.expires_at,
        audio=TranscriptionAudio(config.audio.input),
    )
