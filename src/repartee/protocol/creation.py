"""Sessions that are asked for over HTTP, to be opened later with an ephemeral key.

What is said of a session is read as if it were said by the session's own update, so that both say
the same of the same fault.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct

from repartee.protocol import errors
from repartee.protocol.beta import BETA
from repartee.protocol.client import SessionUpdate
from repartee.protocol.config import AnyConfig
from repartee.protocol.decoding import body_refusal
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.server import Error, ErrorBody, SessionCreated

DialectName = Literal["ga", "beta"]
Kind = Literal["realtime", "transcription"]

LIFE_S, BETA_LIFE_S = 600, 60

_DIALECTS: dict[DialectName, Dialect] = {"ga": GA, "beta": BETA}
_UPDATES: dict[tuple[DialectName, Kind], bytes] = {
    ("ga", "realtime"): b"session.update",
    ("ga", "transcription"): b"session.update",
    ("beta", "realtime"): b"session.update",
    ("beta", "transcription"): b"transcription_session.update",
}
_NESTED = ("audio", "output_modalities")  # members that only GA's session has


class ExpiresAfter(Struct, forbid_unknown_fields=True):
    """How long a key can be used, counted from now."""

    anchor: Literal["created_at"] | None = "created_at"
    seconds: Annotated[int, Meta(ge=10, le=7200)] | None = None


class ClientSecretCreate(Struct, forbid_unknown_fields=True):
    """The body of POST /v1/realtime/client_secrets; `session` is read by itself."""

    expires_after: ExpiresAfter | None = None
    session: Raw = Raw(b"null")


class ClientSecretAsked(Struct, forbid_unknown_fields=True):
    """What a beta body says of its key."""

    expires_after: ExpiresAfter | None = None


class _Beta(Struct):
    """Of a beta body what does not concern the session."""

    client_secret: ClientSecretAsked | None = None


class Creation(Struct, frozen=True):
    """A session that is asked for.

    `words` is the JSON that was said of it, in `dialect`; `said` is what that means.
    """

    said: Struct
    words: bytes
    dialect: DialectName
    kind: Kind
    life_s: int
    is_nested: bool  # in a member `session`, rather than the whole body

    def __repr__(self) -> str:  # never what was said
        return f"Creation({self.dialect!r}, {self.kind!r})"

    @property
    def writes(self) -> Dialect:
        """In which it is answered."""
        return _DIALECTS[self.dialect]

    @property
    def model(self) -> str | None:
        """The model that is asked for, if any is."""
        return getattr(self.said, "model", UNSET) or None

    def show(self, config: AnyConfig) -> dict[str, Any]:
        """A configuration as this dialect shows it, ready for JSON."""
        frame = self.writes.encode(SessionCreated(session=config)) or b"{}"
        session: dict[str, Any] = msgspec.json.decode(frame)["session"]
        return session

    def fault(self, refused: Refused) -> Refused:
        """What is wrong with the session, by the names that the body has for its members."""
        body = ErrorBody(
            type=refused.type,
            code=refused.code,
            message=refused.message,
            param=refused.param,
            event_id=None,
        )
        told = self.writes.write(Error(error=body)).error
        flat = msgspec.structs.replace(refused, message=told.message, param=told.param)
        return flat if self.is_nested else at_top(flat)


def client_secret(body: bytes) -> Creation | Refused:
    """What POST /v1/realtime/client_secrets asks for."""
    asked = _read(body, ClientSecretCreate)
    if isinstance(asked, Refused):
        return asked
    words = bytes(asked.session)
    if words == b"null":
        words = b'{"type":"realtime"}'
    said = meaning(words, "ga")
    if isinstance(said, Refused):
        return said
    life_s = _life(asked.expires_after, LIFE_S)
    return Creation(said, words, "ga", kind_of(said), life_s, is_nested=True)


def session(body: bytes) -> Creation | Refused:
    """What POST /v1/realtime/sessions asks for, flat or as GA nests it."""
    members = _read(body, dict[str, Raw])
    if isinstance(members, Refused):
        return members
    if not any(name in members for name in _NESTED):
        return _beta(body, members, "beta", "realtime")
    members.setdefault("type", Raw(b'"realtime"'))
    return _beta(body, members, "ga", "realtime")


def transcription_session(body: bytes) -> Creation | Refused:
    """What POST /v1/realtime/transcription_sessions asks for."""
    members = _read(body, dict[str, Raw])
    if isinstance(members, Refused):
        return members
    return _beta(body, members, "beta", "transcription")


def call_session(body: bytes) -> Struct | Refused:
    """What the form of POST /v1/realtime/calls says of its session."""
    members = _read(body, dict[str, Raw])
    if isinstance(members, Refused):
        return members
    members.setdefault("type", Raw(b'"realtime"'))
    return meaning(msgspec.json.encode(members), "ga")


def meaning(words: bytes, dialect: DialectName, kind: Kind = "realtime") -> Struct | Refused:
    """What `words`, one JSON value, say of a session of this kind, as GA shapes it.

    In GA they name their kind themselves.
    """
    update = b'{"type":"%s","session":%s}' % (_UPDATES[dialect, kind], words)
    event = _DIALECTS[dialect].decode(update)
    if isinstance(event, Refused):
        return event
    assert isinstance(event, SessionUpdate)
    return event.session


def kind_of(said: Struct) -> Kind:
    """Which kind of session is spoken of."""
    return "transcription" if said.__struct_config__.tag == "transcription" else "realtime"


def at_top(refused: Refused) -> Refused:
    """A fault of a session that is the whole body, whose members have no `session` before them."""
    param = refused.param and refused.param.removeprefix("session.")
    message = refused.message.replace("'session.", "'")
    return msgspec.structs.replace(refused, param=param, message=message)


def _beta(
    body: bytes, members: dict[str, Raw], dialect: DialectName, kind: Kind
) -> Creation | Refused:
    key = _read(body, _Beta)
    if isinstance(key, Refused):
        return key
    members.pop("client_secret", None)
    words = msgspec.json.encode(members)
    said = meaning(words, dialect, kind)
    if isinstance(said, Refused):
        return at_top(said)
    if kind_of(said) != kind:
        return errors.unsupported_value("type", kind_of(said), (kind,))
    life = key.client_secret and key.client_secret.expires_after
    return Creation(said, words, dialect, kind, _life(life, BETA_LIFE_S), is_nested=False)


def _life(asked: ExpiresAfter | None, usual: int) -> int:
    return usual if asked is None or asked.seconds is None else asked.seconds


def _read(body: bytes, kind: Any) -> Any:
    """The body as a `kind`, or what is wrong with it; no body is an empty object."""
    body = body or b"{}"
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        return body_refusal(body, kind, fault)
