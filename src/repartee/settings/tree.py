"""The tree of settings: every key with its type, its default, its bounds and its meaning."""

from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from repartee.settings.metrics import Metrics
from repartee.settings.recording import Recording
from repartee.settings.server import Server
from repartee.settings.tracing import Tracing
from repartee.settings.webrtc import WebRTC

_WILD = {"*", "?", "["}


class Choice(Struct, frozen=True):
    """The engine chosen for a role, and the options its constructor is given.

    Options are checked where the engine is made; those from the environment and from flags are
    still text.
    """

    engine: str
    options: dict[str, Any] = {}

    def __repr__(self) -> str:  # options may hold an endpoint's key
        return f"Choice({self.engine!r})"


class Keys(Struct, frozen=True, kw_only=True):
    """Where API keys are kept, and with what ephemeral keys are sealed."""

    database: Annotated[
        str | None,
        Meta(
            description="SQLite file of the API keys; by default `repartee.db` in the state folder "
            "(`$XDG_STATE_HOME/repartee`)."
        ),
    ] = None
    sealing_keys: Annotated[
        tuple[str, ...],
        Meta(
            description="Keys of ephemeral keys, each `ID:` and 32 random bytes in base64, the "
            "newest first; by default one that is kept in the state folder. Servers that share "
            "them open each other's."
        ),
    ] = ()

    def __repr__(self) -> str:  # never the keys
        return f"Keys({self.database!r})"


class Session(Struct, frozen=True, kw_only=True):
    """What a session begins with, until its client says otherwise."""

    voice: Annotated[str, Meta(description="Name of the voice.", min_length=1)] = "marin"
    beta_voice: Annotated[
        str, Meta(description="Name of the voice of a session in the beta dialect.", min_length=1)
    ] = "alloy"
    instructions: Annotated[str, Meta(description="The system prompt.")] = (
        "You are a helpful voice assistant. Your answers are spoken aloud: keep them short, "
        "plain and friendly, in the language of the user, without lists or markup."
    )
    threshold: Annotated[
        float, Meta(description="Probability from which sound counts as speech.", ge=0, le=1)
    ] = 0.5
    prefix_padding_ms: Annotated[
        int, Meta(description="Sound kept from before the speech, in ms.", ge=0)
    ] = 300
    silence_duration_ms: Annotated[
        int, Meta(description="Silence that ends a turn, in ms.", ge=0)
    ] = 500
    speculate: Annotated[
        bool | None,
        Meta(
            description="Begin to recognise and to answer while the silence that ends a turn still "
            "runs, and throw that away if speech resumes. By default with engines that are not "
            "paid per call."
        ),
    ] = None
    tolerate_ms: Annotated[
        int,
        Meta(
            description="Speech over an answer, in ms, that does not interrupt it yet: the agent "
            "goes on talking, over a call more softly, until it is longer or holds other words "
            "than `backchannels`. 0: the first sound interrupts, as the API documents it.",
            ge=0,
        ),
    ] = 0
    backchannels: Annotated[
        tuple[str, ...],
        Meta(
            description="Words with which listeners say no more than that they listen; up to twice "
            "`tolerate_ms` of them do not interrupt."
        ),
    ] = ("mhm", "mm", "hmm", "hm", "uh-huh", "uh", "huh", "yeah", "yep", "yes", "ok", "okay")
    max_input_tokens: Annotated[
        int, Meta(description="Tokens of conversation the language model is shown.", ge=1)
    ] = 28224
    max_output_tokens: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="Tokens that the language model may write for an answer, unless the "
            "client allows fewer; as many as it likes where this is not set."
        ),
    ] = None
    tokenizer: Annotated[
        str,
        Meta(
            description="What counts tokens of text: `characters`, one for every four, or the path "
            "of a `tokenizer.json`.",
            min_length=1,
        ),
    ] = "characters"
    prompts: Annotated[
        str | None, Meta(description="Folder of the prompts that clients may name by id.")
    ] = None


class Model(Struct, frozen=True, kw_only=True):
    """What holds for sessions of one model name, or of all names that fit one pattern."""

    ears: Choice
    mind: Choice
    voice: Choice
    session: Session


class Models(Struct, frozen=True, kw_only=True):
    """Names under which the server answers; any other name is accepted and echoed as well."""

    default: Annotated[
        str, Meta(description="The model of a session whose client names none.", min_length=1)
    ] = "gpt-realtime"
    aliases: Annotated[
        tuple[str, ...], Meta(description="Further names that `/v1/models` lists.")
    ] = ()
    lazy: Annotated[
        bool,
        Meta(
            description="Load the engines of a model name not at the start, but when its first "
            "session comes, which waits for that."
        ),
    ] = False
    unload_after_s: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(
            description="Seconds without a session after which engines are unloaded; the next "
            "session loads them again. Without it they stay."
        ),
    ] = None
    mapped: dict[str, Model] = {}

    @property
    def named(self) -> tuple[str, ...]:
        """Those of `mapped` that are names, and no patterns."""
        return tuple(name for name in self.mapped if not _WILD & {*name})

    def pattern(self, name: str) -> str | None:
        """Which of `mapped` holds for a model: its own name, else the longest pattern it fits."""
        if name in self.mapped:
            return name
        fitting = (pattern for pattern in self.mapped if fnmatchcase(name, pattern))
        return max(fitting, key=len, default=None)


class Limits(Struct, frozen=True, kw_only=True):
    """How long an engine may take to begin its answer, and what one session may hold and ask."""

    ears_s: Annotated[float, Meta(description="Seconds to a turn's transcript.", gt=0)] = 5.0
    mind_s: Annotated[float, Meta(description="Seconds to the first word of an answer.", gt=0)] = (
        15.0
    )
    voice_s: Annotated[
        float, Meta(description="Seconds to the first sound of an answer.", gt=0)
    ] = 5.0
    event_bytes: Annotated[
        int,
        Meta(
            description="Longest event that is read, but for those that carry sound, pictures or "
            "histories: `input_audio_buffer.append`, `conversation.item.create` and "
            "`response.create` may be as long as `server.max_message_bytes`.",
            ge=1024,
        ),
    ] = 256 * 1024
    items: Annotated[
        int,
        Meta(
            description="Items of a conversation from which on the client's own are refused. "
            "Answers, and turns that were heard, come in all the same; turns that the client "
            "commits, up to ten times as many.",
            ge=1,
        ),
    ] = 1000
    text_characters: Annotated[
        int, Meta(description="Characters of text in the client's own items.", ge=1)
    ] = 4_000_000
    image_bytes: Annotated[
        int, Meta(description="Bytes of pictures, as base64, in the client's own items.", ge=1)
    ] = 32 * 1024 * 1024
    instructions_characters: Annotated[
        int, Meta(description="Longest instructions of a session or of one response.", ge=1)
    ] = 256_000
    tools: Annotated[int, Meta(description="Most tools of a session or of one response.", ge=0)] = (
        128
    )
    tools_bytes: Annotated[
        int, Meta(description="Bytes of all their names, descriptions and schemas as JSON.", ge=1)
    ] = 256_000
    updates_per_s: Annotated[
        float,
        Meta(
            description="How often the session may be updated; ten seconds' worth may come at "
            "once.",
            gt=0,
        ),
    ] = 20.0
    responses: Annotated[
        int, Meta(description="Responses that one session may have in progress.", ge=1)
    ] = 16


class Usage(Struct, frozen=True, kw_only=True):
    """What is kept of what each response and each transcription has cost."""

    database: Annotated[
        str | None,
        Meta(
            description="SQLite file of the records, by default `repartee.db` in the state folder "
            "(`$XDG_STATE_HOME/repartee`); `off` keeps none."
        ),
    ] = None
    durability: Annotated[
        Literal["process", "power"],
        Meta(
            description="What a record outlives once the client is told that its response is "
            "done: the end of the process, or a power cut, too, at the cost of disk writes."
        ),
    ] = "process"


class Egress(Struct, frozen=True, kw_only=True):
    """How far the server goes for what clients name; as yet, nothing that they say is fetched."""

    allowed: Annotated[
        tuple[str, ...],
        Meta(
            description="Hosts, as `mcp.internal`, and networks, as `10.1.0.0/16`, that may be "
            "reached though they are not public, on any port, also over http. The addresses of "
            "engines are not held to this."
        ),
    ] = ()
    timeout_s: Annotated[
        float, Meta(description="Seconds from the question to the end of the answer.", gt=0)
    ] = 10.0
    max_bytes: Annotated[
        int, Meta(description="Longest answer that is taken, packed or unpacked.", ge=1)
    ] = 1024 * 1024


class Log(Struct, frozen=True, kw_only=True):
    """What is written to stderr.  Keys, audio and transcripts never are."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least severity shown.")
    ] = "info"
    format: Annotated[
        Literal["text", "json"], Meta(description="Lines for people, or one JSON object a line.")
    ] = "text"


class Settings(Struct, frozen=True, kw_only=True):
    """Everything an operator can say."""

    echo: Choice = Choice("none")
    vad: Choice = Choice("silero")
    turn: Choice = Choice("auto")
    ears: Choice = Choice("pocketsphinx")
    mind: Choice = Choice("repartee-echo")
    voice: Choice = Choice("espeak-ng")
    server: Server = Server()
    keys: Keys = Keys()
    session: Session = Session()
    models: Models = Models()
    limits: Limits = Limits()
    usage: Usage = Usage()
    egress: Egress = Egress()
    webrtc: WebRTC = WebRTC()
    recording: Recording = Recording()
    metrics: Metrics = Metrics()
    tracing: Tracing = Tracing()
    log: Log = Log()

    def model(self, pattern: str | None) -> Model:
        """What holds for `models.mapped[pattern]`, or, where None, for every name not mapped."""
        if pattern is not None:
            return self.models.mapped[pattern]
        return Model(ears=self.ears, mind=self.mind, voice=self.voice, session=self.session)
