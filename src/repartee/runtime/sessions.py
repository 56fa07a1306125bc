"""The sessions of a process: each gets a configuration, names for its things, and a driver."""

import time

from repartee.protocol.config import Audio, AudioInput, AudioOutput, Config, ServerVad
from repartee.runtime.driver import Driver, Transport
from repartee.runtime.engines import Engines
from repartee.runtime.ids import random_id, session_ids
from repartee.session.bounds import Bounds
from repartee.settings import Settings
from repartee.speech.patience import Patience


class Sessions:
    """Opens sessions on the engines of this process."""

    def __init__(self, settings: Settings, engines: Engines) -> None:
        self._settings = settings
        self._engines = engines
        self._bounds = Bounds(
            minutes=settings.server.session_max_minutes,
            window=settings.session.max_input_tokens,
            sees=engines.sees,
        )
        limits = settings.limits
        self._patience = Patience(limits.ears_s, limits.mind_s, limits.voice_s)

    def driver(self, transport: Transport, model: str | None) -> Driver:
        """A driver for a client that asked for `model`; its `run` is the session."""
        return Driver(
            self._config(model or self._settings.models.default),
            transport,
            self._engines,
            new_id=session_ids(),
            bounds=self._bounds,
            patience=self._patience,
        )

    def _config(self, model: str) -> Config:
        """What a session begins with."""
        session = self._settings.session
        vad = ServerVad(
            threshold=session.threshold,
            prefix_padding_ms=session.prefix_padding_ms,
            silence_duration_ms=session.silence_duration_ms,
        )
        return Config(
            id=random_id("sess"),
            model=model,
            expires_at=int(time.time() + self._bounds.minutes * 60),
            instructions=session.instructions,
            audio=Audio(AudioInput(turn_detection=vad), AudioOutput(voice=session.voice)),
        )
