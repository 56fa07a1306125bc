"""Settings in the making: what one assignment after the other does to the tree."""

from collections.abc import Iterable
from typing import Any, NamedTuple, get_origin

import msgspec
from msgspec import structs

from repartee.settings.keys import (
    KEYS,
    MODEL_ROLES,
    ROLES,
    SECTIONS,
    either,
    plain_type,
    takes_none,
)
from repartee.settings.tree import Choice, Model, Models, Session, Settings

_OF_SESSION = {name: name.partition(".")[2] for name in KEYS if name.startswith("session.")}


class SettingsError(ValueError):
    """A setting that cannot be obeyed; the message names it, its source and the remedy."""


class Assignment(NamedTuple):
    """One value given to one key.

    `path` is ("server", "port"); for a role ("mind",) or ("mind", "url"); and for a model what
    stands of these behind its name: ("models", "gpt-4o-*", "mind", "url").  `text` marks values
    that have no type of their own: they are read by the key's type.
    """

    path: tuple[str, ...]
    value: Any
    source: str
    text: bool = True

    @property
    def name(self) -> str:
        """The key as it is written; a part that has dots of its own stands in quotes."""
        return ".".join(f'"{part}"' if "." in part else part for part in self.path)

    @property
    def within(self) -> tuple[str, ...]:
        """The path, for a model the part behind its name."""
        return self.path[2:] if self.of_model else self.path

    @property
    def of_model(self) -> bool:
        """Whether it says something of one model."""
        return self.path[0] == "models" and len(self.path) > 2


class Draft:
    """Takes assignments, those of the weakest source first, and gives the settings they make."""

    def __init__(self) -> None:
        defaults = Settings()
        self._roles: dict[str, Choice] = {role: getattr(defaults, role) for role in ROLES}
        self._sections: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
        self._of_models: list[Assignment] = []

    def take(self, layer: Iterable[Assignment]) -> None:
        """All that one source says.  Raises SettingsError."""
        for assignment in sorted(layer, key=_engines_first):
            if assignment.of_model:
                _check_model(assignment)
                self._of_models.append(assignment)
            elif assignment.path[0] in ROLES:
                role = assignment.path[0]
                self._roles[role] = _chosen(self._roles[role], assignment)
            else:
                self._assign(assignment)

    def settings(self) -> Settings:
        """What was said so far.

        A model has the roles and the session of all others but for what is said of it.  An engine
        that is named for it has only the options that are given with it there: what is at the
        top, a key perhaps, may be meant for another endpoint.
        """
        models: dict[str, Model] = {}
        named: set[tuple[str, ...]] = set()
        for assignment in self._of_models:
            _, pattern, part = role = assignment.path[:3]
            model = models.get(pattern) or self._unmapped()
            if part in MODEL_ROLES and _names_engine(assignment) and role not in named:
                named.add(role)
                model = structs.replace(model, **{part: Choice("")})
            models[pattern] = _told(model, assignment)
        tree: dict[str, Any] = {**self._roles}
        tree |= {name: SECTIONS[name](**said) for name, said in self._sections.items()}
        tree["models"] = Models(**self._sections["models"], mapped=models)
        return Settings(**tree)

    def _unmapped(self) -> Model:
        roles = {role: self._roles[role] for role in MODEL_ROLES}
        return Model(**roles, session=Session(**self._sections["session"]))

    def _assign(self, assignment: Assignment) -> None:
        name = ".".join(assignment.path)
        if name in SECTIONS:
            message = f"{name} in {assignment.source} is a section: give it key by key"
            raise SettingsError(message)
        if name not in KEYS:
            raise _unknown(assignment)
        section, key = assignment.path
        self._sections[section][key] = _read(name, assignment)


def _names_engine(assignment: Assignment) -> bool:
    return assignment.within[1:] in ((), ("engine",))


def _engines_first(assignment: Assignment) -> bool:
    # Naming another engine drops the options of the one before, so it must come before its own.
    return not _names_engine(assignment)


def _chosen(choice: Choice, assignment: Assignment) -> Choice:
    """The engine of a role, and its options, once `assignment` is obeyed."""
    option, value = assignment.within[1:], assignment.value
    if len(option) > 1:
        raise _unknown(assignment)
    if not _names_engine(assignment):
        return Choice(choice.engine, {**choice.options, option[0]: value})
    if not isinstance(value, str) or not value:
        message = f"{assignment.name} in {assignment.source} must be the name of an engine"
        raise SettingsError(message)
    return choice if value == choice.engine else Choice(value)


def _told(model: Model, assignment: Assignment) -> Model:
    """`model` with what `assignment` says of it."""
    part, *rest = assignment.within
    if part in MODEL_ROLES:
        return structs.replace(model, **{part: _chosen(getattr(model, part), assignment)})
    value = _read(".".join(assignment.within), assignment)
    return structs.replace(model, session=structs.replace(model.session, **{rest[0]: value}))


def _check_model(assignment: Assignment) -> None:
    """Refuse what cannot be said of one model.  Raises SettingsError."""
    said = f"{assignment.name} in {assignment.source}"
    section = ".".join(assignment.path[:2])
    part, *rest = assignment.within
    if section in KEYS:
        raise SettingsError(f"{section} in {assignment.source} is a key, not a model's name")
    if part in ROLES and part not in MODEL_ROLES:
        raise SettingsError(f"{said}: all models share one {part}, which is chosen at the top")
    if part == "session" and not rest:
        raise SettingsError(f"{said} is a section: give it key by key")
    if part not in MODEL_ROLES and ".".join(assignment.within) not in _OF_SESSION:
        raise _unknown(assignment)


def _read(name: str, assignment: Assignment) -> Any:
    """The value as the key `name` takes it."""
    key, value = KEYS[name], assignment.value
    if assignment.text and get_origin(plain_type(key.type)) is tuple:
        value = [part.strip() for part in value.split(",") if part.strip()]
    elif value == "" and takes_none(key.type):
        value = None  # an emptied variable is how a shell takes a setting back
    try:
        return msgspec.convert(value, key.type, strict=not assignment.text)
    except msgspec.ValidationError:
        # The value itself stays out of the message: it may be a key put in the wrong place.
        message = f"{assignment.name} in {assignment.source} must be {key.expectation}"
        raise SettingsError(message) from None


def _unknown(assignment: Assignment) -> SettingsError:
    message = f"unknown key {assignment.name} in {assignment.source}; did you mean"
    return SettingsError(f"{message} {either(_nearest(assignment))}?")


def _nearest(assignment: Assignment) -> list[str]:
    import difflib  # loaded only on the way out

    name, section = ".".join(assignment.path), assignment.path[0]
    if assignment.of_model:
        return _nearest_of_model(assignment)
    if section == "models":
        return [*(key for key in KEYS if key.startswith("models.")), f"{assignment.name}.mind"]
    if section in ROLES:
        return [f"{section}.engine", f"{section}.OPTION"]
    # Each key is looked for by its whole name and, where only one word was given, by its last, of
    # which the first key is meant.
    keys = reversed([*KEYS, *ROLES])
    known = {key if "." in name else key.rpartition(".")[2]: key for key in keys}
    if near := difflib.get_close_matches(name, known, n=3):
        return [known[match] for match in near]
    if section in SECTIONS:
        return [key for key in KEYS if key.startswith(f"{section}.")]
    return [*ROLES, *(f"{section}.…" for section in SECTIONS)]


def _nearest_of_model(assignment: Assignment) -> list[str]:
    import difflib

    path = assignment.path
    parts = {*MODEL_ROLES, "session"}
    for place, part in enumerate(path[3:], 3):
        if part in parts and path[2] not in parts:  # a name with dots, and no quotes around it
            return [f'models."{".".join(path[1:place])}".{".".join(path[place:])}']
    model = assignment.name.removesuffix(".".join(assignment.within))
    near = difflib.get_close_matches(path[-1], [*_OF_SESSION.values()], n=3)
    keys = [f"session.{key}" for key in near] or [*MODEL_ROLES, "session.…"]
    return [f"{model}{key}" for key in keys]
