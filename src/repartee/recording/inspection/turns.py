"""What a recording tells: the session at a glance, and its turns.

All of it is plain data, the same for `repartee inspect --json`, for the table on a terminal and for
a comparison.  Times are seconds since the session began, or, of a turn, milliseconds since its
zero: the end of the user's speech as voice activity detection saw it, or what else asked for the
answer (see `Turn.kind`).
"""

from math import ceil
from typing import Literal, Self

from msgspec import Struct

Kind = Literal["spoken", "pushed", "idle", "asked", "continued", "aside", "server"]


class Moments(Struct, kw_only=True, omit_defaults=True):
    """When the stages of a turn were reached, in ms since its zero; what never was is None.

    `began` is the first frame of speech; `partial`, `guessed` and `transcribed` are the
    recogniser's first words, its last word on what will have been said if the pause goes on, and
    its final ones.  `stopped` and `committed` end the turn, `created` begins the answer.  `asked`
    is when the model was asked, `proceeded` when an early answer was wanted; `text` and `text_end`
    are its first and last piece, `sound` and `sound_end` those of the voice.  `sent` is the first
    sound on its way to the client, or the first text of an answer that has none, `done` the end of
    the response.  `played` and `silent` are when its sound begins and ends to be heard, where a
    client plays what it is given at once.
    """

    began: float | None = None
    partial: float | None = None
    guessed: float | None = None
    stopped: float | None = None
    committed: float | None = None
    transcribed: float | None = None
    asked: float | None = None
    proceeded: float | None = None
    created: float | None = None
    text: float | None = None
    text_end: float | None = None
    sound: float | None = None
    sound_end: float | None = None
    sent: float | None = None
    played: float | None = None
    silent: float | None = None
    done: float | None = None


class Judgement(Struct):
    """With what probability the speaker was said to be done; asked and told in ms."""

    asked: float
    told: float | None = None
    finished: float | None = None


class Interruption(Struct):
    """Where an answer was ended: when (ms), by whom, and how much of it had been heard (ms).

    `truncated` says that `heard_ms` is what the conversation remembers; else it is reckoned.
    """

    at: float
    by: Literal["speech", "client"]
    heard_ms: float = 0.0
    truncated: bool = False


class ToolCall(Struct):
    """A function that the model called; when, and when its output came back (ms)."""

    name: str
    call_id: str
    called: float
    output: float | None = None


class Fault(Struct):
    """What went wrong, and when: in seconds of the session."""

    at_s: float
    code: str
    message: str
    turn: int | None = None


class Tokens(Struct):
    """What responses have cost."""

    input: int = 0
    cached: int = 0
    output: int = 0


class Turn(Struct, kw_only=True):
    """One answer, or one thing said that was not answered, and all it waited for.

    `kind` says what its zero is: the end of speech (`spoken`), the commit (`pushed`; `idle` if by
    the session after a silence), the client's request for a response (`asked`; `continued` if a
    function had answered before; `aside` if out of band), or, where nothing else is known, the
    beginning of the response (`server`).

    `speech_ms` is from where to where speech was heard, on the clock of the user's sound.
    """

    number: int
    kind: Kind
    begun_s: float
    item_id: str | None = None
    response_id: str | None = None
    heard: str | None = None
    said: str = ""
    speech_ms: tuple[float, float] | None = None
    detection: str | None = None
    silence_ms: int | None = None
    early: bool = False
    early_dropped: int = 0
    moments: Moments
    judgements: list[Judgement] = []
    interruption: Interruption | None = None
    tools: list[ToolCall] = []
    faults: list[Fault] = []
    status: str | None = None
    tokens: Tokens | None = None


class Spread(Struct):
    """Of one stage, over the turns that reached it: ms."""

    count: int
    median: float
    p90: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> Self:
        """By nearest rank; there is one value at least."""
        ranked = sorted(values)
        at = [ranked[max(0, ceil(share * len(ranked)) - 1)] for share in (0.5, 0.9, 1.0)]
        return cls(len(ranked), *at)


class Inspection(Struct, kw_only=True):
    """A recorded session.

    `began` counts Unix seconds, `version` is that of the server.  `complete` says that the client
    was seen to leave, `note` what is wrong with the file, if anything.
    """

    version: str
    began: float
    session: str
    model: str | None
    dialect: str
    transport: str
    engines: dict[str, str]
    duration_s: float
    user_s: float
    agent_s: float
    complete: bool
    note: str | None
    turns: list[Turn]
    spreads: dict[Kind, dict[str, Spread]]
    faults: list[Fault]
    tokens: Tokens


# Those of which there are percentiles.
STAGES = ("stopped", "transcribed", "text", "sound", "sent", "done")


def spreads(turns: list[Turn]) -> dict[Kind, dict[str, Spread]]:
    """How long the stages took, over a session's turns of each kind."""
    found: dict[Kind, dict[str, list[float]]] = {}
    for turn in turns:
        stages = found.setdefault(turn.kind, {})
        for stage in STAGES:
            if (ms := getattr(turn.moments, stage)) is not None:
                stages.setdefault(stage, []).append(ms)
    return {
        kind: {stage: Spread.of(values) for stage, values in stages.items()}
        for kind, stages in found.items()
    }
