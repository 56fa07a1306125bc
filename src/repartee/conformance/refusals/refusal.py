"""An error that a client event deserves, and the facts by which it does."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import EllipsisType
from typing import Any

from repartee.conformance.dialects.dialect import Dialect
from repartee.conformance.judges.configuration import Configuration
from repartee.conformance.judges.conversation import Conversation
from repartee.conformance.judges.input_buffer import InputBuffer
from repartee.conformance.judges.items import Event
from repartee.conformance.judges.responses import Responses


@dataclass(frozen=True)
class Refusal:
    """An error that a client event deserves.

    `...` stands for what the contract leaves open, `message` is a pattern of the whole message.
    Without `must` the server is free to accept the event as well.
    """

    rule: str
    code: str | EllipsisType | None = ...
    param: str | EllipsisType | None = ...
    message: str = ""
    must: bool = True

    def met_by(self, error: dict[str, Any]) -> bool:
        """Whether the error is this one."""
        return (
            self.code in (..., error.get("code"))
            and self.param in (..., error.get("param"))
            and (not self.message or re.fullmatch(self.message, error["message"]) is not None)
        )

    def called(self, path: Callable[[str], str]) -> "Refusal":
        """The same, with its param as the dialect calls it."""
        return replace(self, param=path(self.param)) if isinstance(self.param, str) else self

    def __str__(self) -> str:
        told = {"code": self.code, "param": self.param, "message": self.message or ...}
        said = ", ".join(f"{name} {value!r}" for name, value in told.items() if value is not ...)
        return said or "any error"


@dataclass(frozen=True)
class Facts:
    """What is known of the connection when an event is judged."""

    session: Configuration
    conversation: Conversation
    buffer: InputBuffer
    responses: Responses
    rulings: bool
    dialect: Dialect

    @property
    def voice_is_locked(self) -> bool:
        """Whether the conversation holds assistant audio."""
        return any(self.responses.sent_ms(item_id) for item_id in self.conversation.order)


def tells_other_fault(error: dict[str, Any], event: Event, deserved: list[Refusal]) -> bool:
    """Whether the error is about a member that nothing is known against, and can be true.

    An event may have more faults than are written down here, and a server tells one of them.
    """
    param = error.get("param") or ""
    names = [name for name in re.split(r"[.\[\]]+", param) if name]
    if any(str(refusal.param).startswith(param) for refusal in deserved):
        return False
    match error.get("code"):
        case "missing_required_parameter":
            return bool(names) and _at(event, names) in (None, ...)
        case "unknown_parameter" | "invalid_value" | "invalid_type":
            return len(names) > 1 and _at(event, names) is not ...
        case _:
            return False


def _at(event: Event, names: list[str]) -> object:
    """The member at a path; `...` where there is none."""
    value: object = event
    for name in names:
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            value = value.get(name, ...) if isinstance(value, dict) else ...
    return value


def missing(param: str, rule: str = "required-member") -> Refusal:
    """A required member is not there."""
    return Refusal(rule, "missing_required_parameter", param)
