"""How far a key reaches: what it may open, for how long, and what it may not change.

Nothing here reads a clock or a database: who asks brings what was spent.
"""

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Self,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from msgspec import UNSET, Meta, Struct

from repartee.protocol.config import READ_ONLY, Config
from repartee.protocol.said import merge

Denial = Literal["models", "max_sessions", "audio_seconds_per_day", "tokens_per_day"]
"""The limit that stands in the way."""

_Count = Annotated[int, Meta(ge=1)] | None
_Length = Annotated[float, Meta(gt=0)] | None


class Spent(NamedTuple):
    """What a key has used since midnight UTC: seconds of users' sound, and tokens in and out."""

    audio_seconds: float = 0.0
    tokens: int = 0


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a key may do; what is not said is not limited.

    `models` are names, or patterns with * and ?.  `locked_fields` are dotted paths in the GA
    session ("instructions", "audio.output.voice") that a client may repeat but not change.
    `recorded` asks for its sessions to be recorded, where the server records those asked for.
    """

    max_sessions: _Count = None
    session_minutes: _Length = None
    audio_seconds_per_day: _Length = None
    tokens_per_day: _Count = None
    models: tuple[str, ...] = ()
    locked_fields: tuple[str, ...] = ()
    recorded: bool = False

    def allows(self, model: str) -> bool:
        """Whether sessions of this model may be opened."""
        return not self.models or any(fnmatchcase(model, pattern) for pattern in self.models)

    def overspent(self, spent: Spent) -> Denial | None:
        """Which day's allowance is used up; asked before a session and before each response."""
        seconds, tokens = self.audio_seconds_per_day, self.tokens_per_day
        if seconds is not None and spent.audio_seconds >= seconds:
            return "audio_seconds_per_day"
        if tokens is not None and spent.tokens >= tokens:
            return "tokens_per_day"
        return None

    def denial(self, model: str, *, live: int, spent: Spent) -> Denial | None:
        """Why one more session of `model` may not be opened beside `live` others, if so."""
        if not self.allows(model):
            return "models"
        if self.max_sessions is not None and live >= self.max_sessions:
            return "max_sessions"
        return self.overspent(spent)

    def locked(self, said: Struct, effective: Struct, fresh: Struct | None = None) -> str | None:
        """The first locked field that `said` would change in `effective`, if any.

        `said` and `effective` are a session's, or a response's; `fresh` as in `merge`.
        """
        if not self.locked_fields:
            return None
        if said.__struct_config__.tag != effective.__struct_config__.tag:
            return None  # no update of this kind of session: it is refused as such
        return first_changed(self.locked_fields, effective, merge(effective, said, fresh))


class LiveSessions:
    """How many sessions each key has open; an ephemeral key's count as its parent's.

    `with` it nobody else counts, so that what is found holds until the next session begins.  These
    are those of one process; where others share them, any use may raise StoreError.
    """

    def __init__(self) -> None:
        self._live: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __getitem__(self, key_id: str) -> int:
        return self._live[key_id]

    @property
    def total(self) -> int:
        """Those of all keys."""
        return self._live.total()

    def begin(self, key_id: str) -> None:
        """A session was let in."""
        self._live[key_id] += 1

    def end(self, key_id: str) -> None:
        """It is over."""
        self._live[key_id] -= 1
        if self._live[key_id] <= 0:
            del self._live[key_id]


def first_changed(paths: Iterable[str], before: Struct, after: Struct) -> str | None:
    """The first of `paths` at which two configurations differ."""
    return next((path for path in paths if _at(before, path) != _at(after, path)), None)


def is_field(path: str) -> bool:
    """Whether there is such a field in a session that a client could change."""
    kinds: list[Any] = [Config]
    for name in path.split("."):
        hints = [get_type_hints(kind) for kind in kinds if _is_struct(kind)]
        kinds = [kind for hint in hints if name in hint for kind in _kinds(hint[name])]
    return bool(kinds) and path not in READ_ONLY


def _at(config: Any, path: str) -> Any:
    for name in path.split("."):
        config = getattr(config, name, UNSET)
    return config


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _kinds(hint: Any) -> list[Any]:
    """The types that a hint allows, one by one."""
    if get_origin(hint) is Annotated:
        return _kinds(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return [kind for part in get_args(hint) for kind in _kinds(part)]
    return [hint]
