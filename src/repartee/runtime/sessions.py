"""The sessions of a process: each gets a configuration, names for its things, and a driver."""

import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial

from msgspec import UNSET, Struct, convert, structs

from repartee.keys.limits import Denial, Limits, Spent, first_changed
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
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.template import Prompts
from repartee.runtime.accounting import Account
from repartee.runtime.driver import Driver, Speaker, Transport
from repartee.runtime.engines import Engines, EnginesByModel
from repartee.runtime.ids import random_id, session_ids
from repartee.runtime.prompts import load_prompts
from repartee.runtime.taps import Taps
from repartee.runtime.tokens import TokenCounter, token_counter
from repartee.runtime.watching import Allowance, Arrival, Observer, Opening, Watcher
from repartee.session.bounds import Bounds
from repartee.session.caps import Caps
from repartee.session.configuration import Configuration
from repartee.session.tolerance import Tolerance
from repartee.settings import Model, Session, Settings, SettingsError
from repartee.speech.patience import Patience
from repartee.usage.recorder import Recorder

BETA_TEMPERATURE = 0.8  # the documented default; GA has no temperature


class Grounds(Struct, frozen=True):
    """What every session of a model stands on."""

    model: Model
    engines: Engines
    bounds: Bounds
    counter: str  # who counts tokens of text where the endpoint does not


class Terms(Struct, frozen=True):
    """What a client's key brings into its session.

    `said` is the configuration that is bound to an ephemeral key: as if the client had said it
    first.
    """

    key_id: str | None = None
    limits: Limits = Limits()
    said: Struct | None = None

    def __repr__(self) -> str:  # a session holds instructions
        return f"Terms({self.key_id!r})"


FREE = Terms()
SOMEHOW = Arrival()
_SEED_BYTES = 16


class Unopenable(Exception):
    """A session cannot begin with what is bound to its key; `refused` says why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


class Sessions:
    """Opens sessions on the engines of this process.

    Making it reads the tokenizers and prompts that settings name.  Raises SettingsError.  Without
    a `recorder` nobody knows what the sessions cost; `observers` watch them; `new_id` names them.
    """

    def __init__(
        self,
        settings: Settings,
        engines: EnginesByModel,
        recorder: Recorder | None = None,
        observers: Sequence[Observer] = (),
        new_id: Callable[[str], str] = random_id,
    ) -> None:
        self._recorder = recorder
        self._observers = observers
        self._new_id = new_id
        self._engines = engines
        self.taps = Taps()
        self._models = settings.models
        self._minutes = settings.server.session_max_minutes
        self._idle_minutes = settings.server.idle_minutes
        limits = settings.limits
        self._caps = convert(limits, Caps, from_attributes=True)
        self._patience = Patience(limits.ears_s, limits.mind_s, limits.voice_s)
        self._counters: dict[str, TokenCounter] = {}
        self._prompts: dict[str | None, Prompts] = {}
        self._grounds: dict[str | None, Grounds] = {
            None: self._stand(settings.model(None), engines.of(None))
        }
        for pattern, model in settings.models.mapped.items():
            try:
                self._grounds[pattern] = self._stand(model, engines.of(pattern))
            except SettingsError as error:
                raise SettingsError(f'models."{pattern}": {error}') from error

    @property
    def default_model(self) -> str:
        """The model of a session whose client names none."""
        return self._models.default

    def engines(self, model: str | None) -> AbstractAsyncContextManager[Engines]:
        """See to it that what serves `model` is loaded.  Entering it raises EngineError."""
        return self._engines.use(self._models.pattern(model or self._models.default))

    def driver(
        self,
        transport: Transport,
        model: str | None,
        dialect: Dialect = GA,
        *,
        transcribes: bool = False,
        terms: Terms = FREE,
        speaker: Speaker | None = None,
        arrival: Arrival = SOMEHOW,
    ) -> Driver:
        """A driver for a client that asked for `model`; its `run` is the session.

        `transcribes` says that the session only writes down what it hears; `speaker` is a caller's.
        Raises Unopenable.
        """
        begun = self._begin(model, dialect, transcribes, terms)
        grounds = self.grounds(begun.model)
        seed = secrets.token_bytes(_SEED_BYTES)
        opening = _opening(begun, grounds, seed, dialect, terms, arrival, speaker is not None)
        return Driver(
            begun.config,
            transport,
            grounds.engines,
            new_id=session_ids(seed),
            bounds=begun.bounds,
            patience=self._patience,
            dialect=dialect,
            account=self._account(begun.config.id, terms.key_id, dialect, grounds.counter),
            said=terms.said,
            speaker=speaker,
            watchers=self._watchers(opening),
        )

    def _watchers(self, opening: Opening) -> list[Watcher]:
        watchers = [each.watch(opening) for each in self._observers]
        tap = self.taps.open(opening.config.id, opening.key_id)
        return [tap, *(watcher for watcher in watchers if watcher is not None)]

    def effective(
        self,
        model: str | None,
        dialect: Dialect = GA,
        *,
        transcribes: bool = False,
        terms: Terms = FREE,
    ) -> AnyConfig:
        """What `driver` would begin with.  Raises Unopenable."""
        return self._begin(model, dialect, transcribes, terms).effective

    def _begin(
        self, model: str | None, dialect: Dialect, transcribes: bool, terms: Terms
    ) -> "_Begun":
        name = model or self._models.default
        grounds = self.grounds(name)
        bounds = self._bounds(grounds.bounds, terms)
        is_beta = isinstance(dialect, Beta)
        defaults, session_id = grounds.model.session, self._new_id("sess")
        config = _config(session_id, name, defaults, bounds.minutes, is_beta=is_beta)
        begun = _transcribing(config) if transcribes else config
        configuration = Configuration(begun, bounds)
        if terms.said is not None and (refused := configuration.bind(terms.said)):
            raise Unopenable(refused)
        return _Begun(name, begun, bounds, configuration.current)

    def _bounds(self, bounds: Bounds, terms: Terms) -> Bounds:
        """Those of a model, drawn closer by the limits of a key."""
        limits = terms.limits
        if limits == Limits():
            return bounds
        return structs.replace(
            bounds,
            minutes=min(bounds.minutes, limits.session_minutes or bounds.minutes),
            locked=partial(first_changed, limits.locked_fields),
            spent=Allowance(partial(self._spent, terms)),
        )

    def _spent(self, terms: Terms) -> str | None:
        """Why nothing is left for a response, where that is so."""
        if self._recorder is None:
            return None
        spent = Spent(*self._recorder.totals.today(terms.key_id))
        denial = terms.limits.overspent(spent)
        return None if denial is None else quota_message(denial)

    def _account(
        self, session_id: str, key_id: str | None, dialect: Dialect, counter: str
    ) -> Account | None:
        if self._recorder is None:
            return None
        return Account(
            self._recorder,
            session_id=session_id,
            key_id=key_id,
            dialect="beta" if isinstance(dialect, Beta) else "ga",
            counter=counter,
        )

    def grounds(self, model: str) -> Grounds:
        """What holds for a model: for its name, for a pattern that it fits, or for all others."""
        return self._grounds[self._models.pattern(model)]

    def _stand(self, model: Model, engines: Engines) -> Grounds:
        """Tokenizers and prompts are read once, however many models have the same."""
        session = model.session
        if session.tokenizer not in self._counters:
            self._counters[session.tokenizer] = token_counter(session.tokenizer)
        if session.prompts not in self._prompts:
            self._prompts[session.prompts] = load_prompts(session.prompts)
        return Grounds(
            model=model,
            engines=engines,
            bounds=Bounds(
                self._minutes,
                idle_minutes=self._idle_minutes,
                window=session.max_input_tokens,
                longest=session.max_output_tokens,
                sees=engines.sees,
                hears=engines.hears,
                speaks=engines.speaks,
                logprobs=engines.logprobs,
                guesses=engines.guesses(session.speculate),
                foresees=engines.foresees(session.speculate),
                tolerance=_tolerance(session),
                count=self._counters[session.tokenizer].count,
                prompts=self._prompts[session.prompts],
                caps=self._caps,
            ),
            counter=self._counters[session.tokenizer].name,
        )


def _tolerance(session: Session) -> Tolerance | None:
    """How much speech over an answer is put up with, if any."""
    if session.tolerate_ms == 0:
        return None
    words = frozenset(word.casefold() for word in session.backchannels)
    return Tolerance(session.tolerate_ms, words)


class _Begun(Struct, frozen=True):
    """A session about to begin: as the server would, and with what is bound to its key."""

    model: str
    config: AnyConfig
    bounds: Bounds
    effective: AnyConfig


def _opening(
    begun: _Begun,
    grounds: Grounds,
    seed: bytes,
    dialect: Dialect,
    terms: Terms,
    arrival: Arrival,
    paced: bool,
) -> Opening:
    return Opening(
        config=begun.config,
        bounds=begun.bounds,
        said=terms.said,
        paced=paced,
        seed=seed,
        dialect=dialect,
        counter=grounds.counter,
        model=grounds.model,
        arrival=arrival,
        key_id=terms.key_id,
        limits=terms.limits,
    )


def quota_message(denial: Denial) -> str:
    """Which day's allowance is used up, and what helps."""
    what = "seconds of audio" if denial == "audio_seconds_per_day" else "tokens"
    return (
        f"You exceeded your current quota: this key's {what} of the day are used up. They begin "
        "anew at midnight UTC."
    )


def _config(
    session_id: str, model: str, session: Session, minutes: float, *, is_beta: bool
) -> Config:
    """What a session begins with."""
    vad = ServerVad(
        threshold=session.threshold,
        prefix_padding_ms=session.prefix_padding_ms,
        silence_duration_ms=session.silence_duration_ms,
    )
    voice = session.beta_voice if is_beta else session.voice
    return Config(
        id=session_id,
        model=model,
        expires_at=int(time.time() + minutes * 60),
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
