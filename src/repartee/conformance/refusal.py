"""An error that a client event deserves, and the facts by which it does."""

import re
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

from repartee.conformance.configuration import Configuration
from repartee.conformance.conversation import Conversation
from repartee.conformance.input_buffer import InputBuffer
from repartee.conformance.responses import Responses


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

    @property
    def voice_is_locked(self) -> bool:
        """Whether the conversation holds assistant audio."""
        return any(self.responses.sent_ms(item_id) for item_id in self.conversation.order)


def missing(param: str, rule: str = "required-member") -> Refusal:
    """A required member is not there."""
    return Refusal(rule, "missing_required_parameter", param)
