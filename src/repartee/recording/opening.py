"""Of what a session was made, as a recording keeps it, and the session made of it again.

Engines are named; their addresses and keys are not part of a recording.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, get_type_hints

import msgspec
from msgspec import Raw, Struct

from repartee import __version__
from repartee.keys.limits import first_changed
from repartee.protocol.beta import BETA, BETA_2024
from repartee.protocol.client import SaidResponse
from repartee.protocol.config import READ_ONLY, AnyConfig, Config, TranscriptionConfig
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.said import said
from repartee.protocol.template import Template
from repartee.recording.format import FORMAT
from repartee.runtime.ids import session_ids
from repartee.runtime.tokens import TokenCounter, token_counter
from repartee.runtime.watching import Opening
from repartee.session.bounds import Bounds
from repartee.session.session import Session
from repartee.settings import Choice

DialectName = Literal["ga", "beta", "beta-2024"]

DIALECTS: dict[DialectName, Dialect] = {"ga": GA, "beta": BETA, "beta-2024": BETA_2024}
_NAMES = {id(dialect): name for name, dialect in DIALECTS.items()}

# What of its bounds is no plain value, and kept by another name.
_ELSEWHERE = ("count", "prompts", "locked", "spent")
_BOUNDS = {name: kind for name, kind in get_type_hints(Bounds).items() if name not in _ELSEWHERE}

# Either dialect's, so with all that any can say.
_SAID: Any = said(Config, without=READ_ONLY) | said(TranscriptionConfig, without=READ_ONLY)


class Engine(Struct, frozen=True):
    """An engine by name, and which model it was told to use, if any."""

    engine: str
    model: str | None = None


class Prompt(Struct, frozen=True):
    """A version of a prompt that clients could name; `said` is a response's JSON."""

    id: str
    version: str
    said: Raw
    variables: tuple[str, ...] = ()


class Opened(Struct, frozen=True, kw_only=True):
    """The text of the entry OPENING.

    `began` counts Unix seconds; `model` is the name that was asked for, `counter` who counted
    tokens of text; `seed` is what names of things were drawn from.
    """

    repartee: str = __version__
    format: int = FORMAT
    began: float
    session: str
    key: str | None
    model: str | None
    engines: dict[str, Engine]
    dialect: DialectName
    transport: str
    call: str | None
    safety_identifier: str | None
    paced: bool
    config: AnyConfig
    said: Raw = Raw(b"null")
    bounds: dict[str, Any]
    locked: tuple[str, ...] = ()
    counter: str
    seed: bytes
    prompts: tuple[Prompt, ...] = ()

    def __repr__(self) -> str:  # a session holds instructions
        return f"Opened({self.session!r})"


class Unmakeable(ValueError):
    """A session that cannot be made again here; the message says what is missing."""


def opened(opening: Opening, clock: Callable[[], float] = time.time) -> Opened:
    """What a recording keeps of a session that begins now."""
    config, bounds, arrival, model = opening.config, opening.bounds, opening.arrival, opening.model
    roles = {"ears": model.ears, "mind": model.mind, "voice": model.voice}
    return Opened(
        began=clock(),
        session=config.id,
        key=opening.key_id,
        model=getattr(config, "model", None),
        engines={role: _engine(choice) for role, choice in roles.items()},
        dialect=_NAMES[id(opening.dialect)],
        transport=arrival.transport,
        call=arrival.call_id,
        safety_identifier=arrival.safety_identifier,
        paced=opening.paced,
        config=config,
        said=Raw(msgspec.json.encode(opening.said)),
        bounds={name: getattr(bounds, name) for name in _BOUNDS},
        locked=opening.limits.locked_fields,
        counter=opening.counter,
        seed=opening.seed,
        prompts=tuple(
            Prompt(each.id, each.version, Raw(msgspec.json.encode(each.said)), (*each.variables,))
            for versions in bounds.prompts.values()
            for each in versions.values()
        ),
    )


def bounds(
    opened: Opened,
    spent: Callable[[], str | None],
    counter: Callable[[str], TokenCounter] = token_counter,
) -> Bounds:
    """The session's bounds as they were; `spent` answers what it asks of its allowance.

    Raises Unmakeable, and SettingsError where what counted its tokens is not here.
    """
    count = counter(opened.counter).count
    try:
        plain = {name: msgspec.convert(said, _BOUNDS[name]) for name, said in opened.bounds.items()}
        made = Bounds(**plain, count=count, prompts=_prompts(opened), spent=spent)
    except (KeyError, TypeError, msgspec.MsgspecError) as error:
        raise Unmakeable(f"the session's bounds cannot be read: {error}") from None
    if not opened.locked:
        return made
    return msgspec.structs.replace(made, locked=partial(first_changed, opened.locked))


def session(opened: Opened, now: float, bounds: Bounds) -> Session:
    """The session as it was made at `now`.  Raises Unmakeable."""
    return Session(
        opened.config,
        new_id=session_ids(opened.seed),
        now=now,
        bounds=bounds,
        said=bound(opened),
        paced=opened.paced,
    )


def bound(opened: Opened) -> Struct | None:
    """What the client's key had said of the session.  Raises Unmakeable."""
    try:
        said_of: Struct | None = msgspec.json.decode(opened.said, type=_SAID | None)
    except msgspec.MsgspecError as error:
        raise Unmakeable(f"what was said of the session cannot be read: {error}") from None
    return said_of


def read_opening(text: bytes) -> Opened:
    """The entry's text.  Raises Unmakeable."""
    try:
        return msgspec.json.decode(text, type=Opened)
    except msgspec.MsgspecError as error:
        raise Unmakeable(f"the opening cannot be read: {error}") from None


def _engine(choice: Choice) -> Engine:
    model = choice.options.get("model")
    return Engine(choice.engine, model if isinstance(model, str) else None)


def _prompts(opened: Opened) -> Mapping[str, Mapping[str, Template]]:
    prompts: dict[str, dict[str, Template]] = {}
    for each in opened.prompts:
        said = msgspec.json.decode(each.said, type=SaidResponse)
        template = Template(each.id, each.version, said, frozenset(each.variables))
        prompts.setdefault(each.id, {})[each.version] = template
    return prompts
