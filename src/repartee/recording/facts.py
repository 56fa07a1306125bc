"""What happens in a session, and what it asks for, as a recording writes them."""

from hashlib import blake2b
from typing import Any, get_args

import msgspec
from msgspec import Struct, structs

from repartee.protocol.audio import BYTES_PER_MS
from repartee.protocol.errors import Refused
from repartee.protocol.ga import Dialect
from repartee.protocol.server import ServerEvent
from repartee.recording.format import Kind
from repartee.runtime.driver import recoded
from repartee.session.commands import (
    Close,
    Command,
    Duck,
    Hear,
    Judge,
    Listen,
    Play,
    Record,
    Reply,
    Show,
    Transcribe,
)
from repartee.session.inputs import Heard, Input, Sounded

_DIGEST = 8  # bytes
_ERROR_TYPE = "error_type"  # the field `type` of Refused, where that of the fact is another

_FACTS: dict[str, type[Struct]] = {kind.__name__: kind for kind in get_args(Input)}

_encode = msgspec.json.Encoder().encode


class _Judged(Struct, frozen=True):
    """The text of HEARD."""

    speech: float | None
    event_id: str | None


_decode_judged = msgspec.json.Decoder(_Judged).decode


def write_input(fact: Input) -> tuple[Kind, bytes, bytes]:
    """The entry of what happened: its kind, its text and its blob."""
    if isinstance(fact, Heard):
        return Kind.HEARD, _encode(_Judged(fact.speech, fact.event_id)), fact.pcm
    fields = structs.asdict(fact)
    blob = fields.pop("audio") if isinstance(fact, Sounded) else b""
    if isinstance(fact, Refused):
        fields[_ERROR_TYPE] = fields.pop("type")
    return Kind.FACT, _encode({"type": type(fact).__name__, **fields}), blob


def read_input(kind: Kind, text: bytes, blob: bytes) -> Input:
    """What happened, from an entry HEARD or FACT.  Raises ValueError."""
    if kind is Kind.HEARD:
        judged = _decode_judged(text)
        return Heard(blob, judged.speech, judged.event_id)
    fields = msgspec.json.decode(text, type=dict[str, Any])
    fact = _FACTS.get(fields.pop("type", ""))
    if fact is None:
        raise ValueError("a fact of an unknown type")
    if fact is Sounded:
        fields["audio"] = blob
    elif fact is Refused:
        fields["type"] = fields.pop(_ERROR_TYPE, None)
    made: Any = msgspec.convert(fields, fact)
    return made  # type: ignore[no-any-return]


def write_event(said: ServerEvent | Show, dialect: Dialect) -> bytes | None:
    """The frame in which the client gets an event; None where its dialect leaves it unsaid."""
    if isinstance(said, Show):
        said = recoded(said.event, said.have, said.wanted)
    return dialect.encode(said)


def write_command(command: Command) -> bytes:
    """The text of ASKED.

    What the command carries stands in it as a digest only: BLAKE2b with 8 bytes over its sound, if
    it has any, and over the rest as JSON.
    """
    shown = {"name": type(command).__name__, **_shown(command)}
    if ref := getattr(command, "ref", None):
        shown["ref"] = ref
    digest = blake2b(digest_size=_DIGEST)
    if isinstance(command, Hear | Judge | Play):
        digest.update(command.pcm)
        command = structs.replace(command, pcm=b"")
    digest.update(_encode(command))
    return _encode({**shown, "digest": digest.hexdigest()})


def _shown(command: Command) -> dict[str, Any]:
    """A few facts of a command that are useful to a reader, and no words of anybody."""
    match command:
        case Listen() | Close() | Duck():
            return structs.asdict(command)
        case Transcribe(hints=hints):
            return {"language": hints.language}
        case Judge(pcm=pcm):
            return {"ms": len(pcm) / BYTES_PER_MS}
        case Play(pcm=pcm):
            return {"ms": len(pcm) / BYTES_PER_MS}
        case Reply(prompt=prompt, voice=voice, early=early):
            return {
                "early": early,
                "voice": voice and voice.name,
                "lines": len(prompt.lines),
                "tools": len(prompt.tools),
            }
        case Record(kind=kind, id=id, status=status, duration_s=duration_s):
            return {"kind": kind, "id": id, "status": status, "duration_s": duration_s}
        case _:
            return {}
