"""Commands: what a session asks of the driver.  Names are imperatives."""

from msgspec import Struct

from repartee.protocol.audio import Encoding, NoiseFilter
from repartee.protocol.prompt import Hints, Prompt, VoiceChoice
from repartee.protocol.server import ConversationItemRetrieved


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


class Settle(Struct, frozen=True):
    """No more sound of `ref` follows; its final transcript is wanted."""

    ref: str


class Reply(Struct, frozen=True):
    """Ask the language model, and speak its answer, so encoded, if there is a `voice`."""

    ref: str
    prompt: Prompt
    voice: VoiceChoice | None
    encoding: Encoding = "audio/pcm"


class Show(Struct, frozen=True):
    """Tell the client `event`, its user's sound brought from one encoding to the other first."""

    event: ConversationItemRetrieved
    have: Encoding
    wanted: Encoding


class Stop(Struct, frozen=True):
    """End the work `ref` at once; nothing it still tells will be heard."""

    ref: str


class Close(Struct, frozen=True):
    """End the connection, with this WebSocket close code and reason."""

    code: int
    reason: str


Command = Listen | Transcribe | Hear | Settle | Reply | Show | Stop | Close
