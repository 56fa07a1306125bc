"""What there is to tell of a session: once a turn, a response, a failure; never of a frame.

None of it holds what anybody said.  Times are seconds.
"""

from typing import Literal, Protocol

from msgspec import Struct

from repartee.protocol.server import ResponseUsage
from repartee.runtime.watching import Ending

Stage = Literal["vad", "asr", "llm_ttft", "tts_ttfb"]
Engine = Literal["ears", "mind", "voice", "turn"]


class Who(Struct, frozen=True, kw_only=True):
    """Whose session it is.  `model` is a name that the operator knows, or "other"."""

    session: str
    model: str
    transport: str
    api: Literal["ga", "beta"]
    kind: Literal["realtime", "transcription"] = "realtime"
    call: str | None = None
    key_id: str | None = None
    trace: str | None = None  # the id that its client gave, as W3C's `traceparent` has it


class Began(Struct, frozen=True):
    """The session began."""


class Staged(Struct, frozen=True):
    """A stage of a turn took so long."""

    stage: Stage
    seconds: float


class FirstSounded(Struct, frozen=True):
    """The answer to a spoken turn began to sound, so long after `speech_stopped`."""

    seconds: float


class Answered(Struct, frozen=True, kw_only=True):
    """A response is over.

    `first_sound_s` counts from the end of the spoken turn that it answers, `lead_s` is how long
    what was sent of it takes still to play.
    """

    response: str
    outcome: str
    code: str | None
    seconds: float
    usage: ResponseUsage | None
    item: str | None = None
    first_sound_s: float | None = None
    lead_s: float | None = None
    stages: dict[Stage, float]


class Recognized(Struct, frozen=True):
    """The recognition of an item is over, so long after its sound was complete."""

    item: str
    outcome: str
    seconds: float


class Interrupted(Struct, frozen=True):
    """An answer was cut short by its listener."""


class Stopped(Struct, frozen=True):
    """An engine has stopped, so long after it was asked to."""

    seconds: float


class Failure(Struct, frozen=True):
    """An engine failed at the work `ref`: of an item or a response."""

    engine: Engine
    code: str
    ref: str


class ToolAnswered(Struct, frozen=True):
    """The output of a tool came, so long after its call."""

    kind: Literal["function"]
    seconds: float


class Told(Struct, frozen=True):
    """The client was told of an error with this code."""

    code: str


class Ended(Struct, frozen=True, kw_only=True):
    """The session is over.  Sound is in seconds."""

    ending: Ending | None
    expired: bool
    seconds: float
    responses: int
    heard_s: float
    said_s: float


Fact = (
    Began
    | Staged
    | FirstSounded
    | Answered
    | Recognized
    | Interrupted
    | Stopped
    | Failure
    | ToolAnswered
    | Told
    | Ended
)


class Listener(Protocol):
    """Is told of all sessions."""

    def told(self, who: Who, fact: Fact) -> None:
        """This happened."""
