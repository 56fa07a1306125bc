"""What engines are asked, in plain words: no wire shapes, no sound for a model that cannot hear.

A `Prompt` is a snapshot: it holds what the conversation was when the response began, and of
the assistant's spoken words only those that were heard.
"""

from typing import Any, Literal

from msgspec import Struct

from repartee.protocol.audio import Encoding


class Sound(Struct, frozen=True):
    """What the user said, as it was heard: mono, so encoded; PCM is 24 kHz s16.

    Engines are given PCM.
    """

    audio: bytes
    encoding: Encoding = "audio/pcm"

    def __repr__(self) -> str:  # sound is never logged
        return f"Sound({len(self.audio)} bytes, {self.encoding!r})"


class Message(Struct, frozen=True):
    """Something said.  `images` are data URIs, in the order they were given.

    Only for a model that hears, what the user said stands in `sounds` in place of words, as long
    as it is kept; after that `text` has its transcript or, where there is none, `FORGOTTEN`.
    `id` then tells that it is still the same message.
    """

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[str, ...] = ()
    sounds: tuple[Sound, ...] = ()
    id: str = ""


FORGOTTEN = "(speech that is no longer kept)"


class Call(Struct, frozen=True):
    """A function call the assistant made; `arguments` is a JSON text."""

    call_id: str
    name: str
    arguments: str


class CallOutput(Struct, frozen=True):
    """What a called function gave back, as free text."""

    call_id: str
    output: str


class Tool(Struct, frozen=True):
    """A function the model may call; `parameters` is a JSON Schema object."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}


Line = Message | Call | CallOutput


class VoiceChoice(Struct, frozen=True):
    """The voice a session asks for: an API voice name, or the id of a custom voice."""

    name: str = "marin"
    language: str | None = None
    speed: float = 1.0


class Prompt(Struct, frozen=True):
    """One question to a language model.

    `tool_choice` is "auto", "none", "required", or `=name` for one forced function.
    `max_output_tokens` None means as many as the model likes.  `voice` is only for a model that
    speaks: how it should; where it is None, text is wanted.

    `session` is the same for all questions of a session, and says nothing else; an engine may keep
    something for it (see `LanguageModel`).  `aside` says that neither this question nor its answer
    need be part of the session's conversation.
    """

    lines: tuple[Line, ...]
    instructions: str = ""
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    parallel_tool_calls: bool | None = None
    max_output_tokens: int | None = None
    reasoning_effort: str | None = None
    temperature: float | None = None  # only the beta dialect can say one
    model: str = ""
    session: str = ""
    aside: bool = False
    voice: VoiceChoice | None = None


class Hints(Struct, frozen=True):
    """What a session knows beforehand about the speech to be recognised."""

    language: str | None = None  # ISO-639-1
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
