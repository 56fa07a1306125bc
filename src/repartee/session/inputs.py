"""Facts: what can happen to a session besides the words of its client.

Names are past participles.  Whatever carries a `ref` is a result of work that the session asked
for under that ref (a user item's id for recognition, a response's id for a reply); results of
stopped work find nobody waiting for them and say nothing.
"""

from msgspec import Struct

from repartee.protocol.errors import Refused


class Heard(Struct, frozen=True, gc=False):
    """Sound from the client: 24 kHz mono s16 PCM of any length, after noise reduction.

    `speech` is the voice activity detector's probability for this stretch, None where nothing was
    judged.  What was judged comes in frames of 32 ms, or in several at once, with the greatest of
    their probabilities, while `Session.indifference` allows it.  `event_id` is that of the client
    event it came in.
    """

    pcm: bytes
    speech: float | None = None
    event_id: str | None = None


class Transcribed(Struct, frozen=True):
    """The recogniser's hypothesis for the item `ref`: see `engines.protocols.Words`.

    A `complete` one answers the last `Guess` of this item.
    """

    ref: str
    text: str
    stable: int = 0
    final: bool = False
    logprobs: tuple[tuple[str, float], ...] = ()
    complete: bool = False


class Judged(Struct, frozen=True):
    """The speaker, who has paused, is done with this probability."""

    ref: str
    finished: float


class Said(Struct, frozen=True):
    """The language model gave a piece of its answer."""

    ref: str
    text: str


class Sounded(Struct, frozen=True):
    """The voice gave sound, in the response's output format, `ms` milliseconds long.

    `text` is the part of what was said that begins with this sound.
    """

    ref: str
    audio: bytes
    ms: float
    text: str = ""


class Called(Struct, frozen=True):
    """The language model gave a piece of a function call; see `engines.protocols.ToolCall`."""

    ref: str
    key: str
    name: str
    arguments: str


class Finished(Struct, frozen=True):
    """A reply is complete: all text said, all of it sounded, all calls called.

    Token counts are the endpoint's own, None where it gives none: see `engines.protocols.Usage`.
    `stopped` says why the model stopped early ("max_output_tokens", "content_filter").
    """

    ref: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int = 0
    stopped: str | None = None
    heard_tokens: int | None = None
    spoken_tokens: int | None = None
    cached_heard_tokens: int = 0


class Failed(Struct, frozen=True):
    """The work `ref` cannot be done; the message is one a person can act on."""

    ref: str
    code: str
    message: str


class Tick(Struct, frozen=True):
    """Nothing happened but time."""


Result = Transcribed | Judged | Said | Sounded | Called | Finished | Failed
Input = Heard | Result | Refused | Tick
