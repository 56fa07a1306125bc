"""Commands: what a session asks of the driver.  Names are imperatives."""

from typing import Literal

from msgspec import Struct

from repartee.protocol.audio import Encoding, NoiseFilter
from repartee.protocol.prompt import Hints, Prompt, VoiceChoice
from repartee.protocol.server import (
    ConversationItemRetrieved,
    DurationUsage,
    ResponseUsage,
    TokenUsage,
)


class Listen(Struct, frozen=True):
    """How to hear the client from now on.

    `judge` says whether speech must be told from silence, `encoding` how the client's sound comes,
    `noise_reduction` what is taken from it first.  `anew` asks to forget what was heard so far.
    """

    judge: bool
    encoding: Encoding = "audio/pcm"
    noise_reduction: NoiseFilter | None = None
    anew: bool = False


class Transcribe(Struct, frozen=True):
    """Open a recognition for the user item `ref`; its sound follows in `Hear`."""

    ref: str
    hints: Hints


class Hear(Struct, frozen=True):
    """More sound of `ref`, so encoded: PCM is 24 kHz mono s16.  An item has one encoding."""

    ref: str
    pcm: bytes
    encoding: Encoding = "audio/pcm"


class Guess(Struct, frozen=True):
    """The speaker has paused: what will the transcript of `ref` be if nothing but silence follows?

    Recognisers that cannot tell say nothing.
    """

    ref: str


class Judge(Struct, frozen=True):
    """Tell with what probability a speaker who has paused is done.

    `pcm` is what was said lately (24 kHz mono s16), the pause included, `text` what a recogniser
    has understood of the turn so far.
    """

    ref: str
    pcm: bytes
    text: str


class Settle(Struct, frozen=True):
    """No more sound of `ref` follows; its final transcript is wanted."""

    ref: str


class Reply(Struct, frozen=True):
    """Ask the language model, and speak its answer, so encoded, if there is a `voice`.

    Where it is `early` nobody may ever hear of it: no more than its beginning is wanted until
    `Proceed`.
    """

    ref: str
    prompt: Prompt
    voice: VoiceChoice | None
    encoding: Encoding = "audio/pcm"
    early: bool = False


class Proceed(Struct, frozen=True):
    """The early reply `ref` is wanted, all of it."""

    ref: str


class Play(Struct, frozen=True):
    """Play this sound (24 kHz mono s16) when all before it has been played; only of a call."""

    pcm: bytes


class Hush(Struct, frozen=True):
    """Play nothing of what is still to be played."""


class Duck(Struct, frozen=True):
    """Play more softly, or as loud as before."""

    softly: bool


class Show(Struct, frozen=True):
    """Tell the client `event`, its user's sound brought from one encoding to the other first."""

    event: ConversationItemRetrieved
    have: Encoding
    wanted: Encoding


class Stop(Struct, frozen=True):
    """End the work `ref` at once; nothing it still tells will be heard."""

    ref: str


class Record(Struct, frozen=True, kw_only=True):
    """Keep what a response, or the recognition of an item, has cost; `id` is the one's or other's.

    What the session says after this in the same step the client learns only once it is kept.
    `usage` is what the client is told, None where it is told nothing; `by_endpoint` says whether
    the language model's endpoint counted the tokens of text.  `audio_s` are seconds of the item's
    sound, and 0 for a response: sound is counted once, however often it is answered.
    `duration_s` is the time from the beginning of a response, or from the end of an item's sound.
    """

    kind: Literal["response", "transcription"]
    id: str
    status: Literal["completed", "cancelled", "incomplete", "failed"]
    usage: ResponseUsage | TokenUsage | DurationUsage | None = None
    model: str | None = None
    by_endpoint: bool = False
    audio_s: float = 0.0
    duration_s: float = 0.0


class Close(Struct, frozen=True):
    """End the connection, with this WebSocket close code and reason."""

    code: int
    reason: str


Command = (
    Listen
    | Transcribe
    | Hear
    | Guess
    | Judge
    | Settle
    | Reply
    | Proceed
    | Play
    | Hush
    | Duck
    | Show
    | Stop
    | Record
    | Close
)
