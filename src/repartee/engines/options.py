"""The options of an engine: read off the keywords of its constructor, checked and converted.

Settings from a file come typed; those from the environment and from flags come as text, which is
read by the type that the constructor states.  A value is never repeated in a message: it may be
a key put in the wrong place.
"""

import difflib
import inspect
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

_KEYWORDS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    Path: "the path of a file or folder",
}
_CONTAINERS = {dict: "a table", list: "a list", tuple: "a list", set: "a list"}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def read(factory: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments for `factory` that `given` asks for.

    Raises ValueError naming the option that is unknown, missing or of the wrong kind.
    """
    parameters = _parameters(factory)
    known = [name for name, each in parameters.items() if each.kind in _KEYWORDS]
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    hints = _hints(factory)
    options = {}
    for name, value in given.items():
        if name not in known and not takes_any:
            raise ValueError(f"there is no option {name}. {_choices(name, known)}")
        options[name] = _convert(name, value, hints.get(name, Any))
    for name in known:
        if name not in given and parameters[name].default is inspect.Parameter.empty:
            expected = _expectation(hints.get(name, Any))
            raise ValueError(f"the option {name} is missing: it must be {expected}")
    return options


def nearest(name: str, known: list[str]) -> str:
    """A question that offers what `name` was perhaps meant to be, or nothing."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}? " if near else ""


def _choices(name: str, known: list[str]) -> str:
    if not known:
        return "This engine has none"
    return f"{nearest(name, known)}It takes {', '.join(known)}"


def _parameters(factory: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(factory).parameters
    except ValueError:  # compiled classes may state none
        return {}


def _hints(factory: Callable[..., Any]) -> dict[str, Any]:
    stated = factory.__init__ if inspect.isclass(factory) else factory
    try:
        return get_type_hints(stated, include_extras=True)
    except (NameError, TypeError, AttributeError):
        # Annotations that exist only for a type checker tell us nothing: take values as they are.
        return {}


def _convert(name: str, value: Any, hint: Any) -> Any:
    try:
        return msgspec.convert(value, hint, strict=False, dec_hook=_construct)
    except msgspec.ValidationError:
        refusal = ValueError(f"the option {name} must be {_expectation(hint)}")
    except TypeError:  # a type that msgspec cannot describe
        return value
    if not isinstance(value, str):
        raise refusal
    try:  # text from a variable or a flag, for an option that is a table or a list
        return msgspec.convert(msgspec.json.decode(value), hint)
    except msgspec.MsgspecError:
        raise refusal from None


def _construct(kind: type, value: Any) -> Any:
    return kind(value)  # Path and the like; its ValueError becomes msgspec's ValidationError


def _expectation(hint: Any) -> str:
    """What a value looks like, in words: "a whole number, at least 0"."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _WORDS:
        return _WORDS[hint]
    if origin is Annotated:
        return _expectation(arguments[0]) + "".join(map(_bounds, arguments[1:]))
    if origin is Literal:
        return " or ".join(f'"{word}"' for word in arguments)
    if origin in (Union, types.UnionType):
        parts = (_expectation(part) for part in arguments if part is not type(None))
        return " or ".join(parts)
    plain = origin or hint
    return _CONTAINERS.get(plain) or f"a {getattr(plain, '__name__', plain)}"


def _bounds(meta: Any) -> str:
    stated = ((words, getattr(meta, key, None)) for key, words in _BOUNDS.items())
    return "".join(f", {words} {bound}" for words, bound in stated if bound is not None)
