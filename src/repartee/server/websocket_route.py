"""GET /v1/realtime: from an HTTP request to a session, or to a reason why not.

Faults of HTTP are answered in HTTP.  A key or a kind of session that is refused is answered as
the API answers it: 101, one `error` event, close 3000 or 4000 with the reason `<type>.<code>`.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable

import msgspec
from msgspec import UNSET, Struct

from repartee.keys.sealing import Secret
from repartee.protocol.beta import BETA, BETA_2024
from repartee.protocol.creation import meaning
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.server import Error, ErrorBody
from repartee.runtime.ids import random_id
from repartee.runtime.sessions import FREE, SOMEHOW, Terms
from repartee.runtime.watching import Arrival
from repartee.server.access import Access, Caller, safety_identifier
from repartee.server.problems import (
    Problem,
    not_an_upgrade,
    unknown_call,
    unknown_path,
    wrong_method,
)
from repartee.server.request import Request
from repartee.transports.websocket import WebSocketTransport

PATHS = ("/v1/realtime", "/realtime", "/openai/realtime", "/openai/v1/realtime")
_AZURE_GA = "/openai/v1/realtime"
_encode = msgspec.json.Encoder().encode  # every dialect has the same error event
_SUBPROTOCOL = "realtime"
_BETA_PROTOCOL = "openai-beta.realtime-v1"
_WRONG_KEY = 3000
_WRONG_SESSION = 4000
_TRY_AGAIN = 1013
_RECORDS = {"on": True, "off": False}  # what the header `Repartee-Record` may say


class Handshake(Struct, frozen=True):
    """What a client asked for when it connected, and what its key brings."""

    model: str | None
    dialect: Dialect = GA
    transcribes: bool = False  # rather than answers
    terms: Terms = FREE
    arrival: Arrival = SOMEHOW


class Sideband(Struct, frozen=True):
    """A further connection to a call, asked for with the API key of this id."""

    call_id: str
    key: str


StartSession = Callable[[WebSocketTransport, Handshake], Awaitable[None]]
"""Serves one client, from its 101 until it is gone."""

AttendCall = Callable[[WebSocketTransport, Sideband], Awaitable[None]]
"""The same for one that joins a call."""


class Refusal(Struct, frozen=True):
    """Why a client gets no session, said after the 101."""

    message: str
    code: str
    close_code: int
    type: str = "invalid_request_error"
    param: str | None = None

    def tell(self, transport: WebSocketTransport) -> None:
        """One `error` event, then the close frame."""
        body = ErrorBody(
            type=self.type, code=self.code, message=self.message, param=self.param, event_id=None
        )
        transport.send(_encode(Error(event_id=random_id("event"), error=body)))
        transport.close(self.close_code, f"{self.type}.{self.code}")


def check_upgrade(request: Request) -> str:
    """The Sec-WebSocket-Key of a request that can be upgraded.  Raises Problem."""
    if request.path not in PATHS:
        raise unknown_path(request.method, request.path)
    if request.method != "GET":
        raise wrong_method(request.method, "GET")
    if not request.wants_websocket or request.header("sec-websocket-version") != "13":
        raise not_an_upgrade()
    if "upgrade" not in [word.lower() for word in request.words("connection")]:
        raise Problem(400, "A WebSocket upgrade needs the header 'Connection: Upgrade'.")
    if request.header("content-length") not in (None, "0") or request.all("transfer-encoding"):
        raise Problem(400, "A WebSocket upgrade has no body.")
    key = request.header("sec-websocket-key") or ""
    try:
        nonce = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        nonce = b""
    if len(nonce) != 16:
        raise Problem(400, "Sec-WebSocket-Key is not 16 bytes in base64.")
    return key


def choose_subprotocol(request: Request) -> str | None:
    """`realtime` if the client offers it; the others only carry keys and hints."""
    return _SUBPROTOCOL if _SUBPROTOCOL in request.words("sec-websocket-protocol") else None


def wants_call(request: Request) -> bool:
    """Whether the client wants to join a call; then its query says nothing else."""
    return bool(request.query.get("call_id"))


def judge(request: Request, access: Access) -> Handshake | Sideband | Refusal:
    """What the client asks for, or why it gets no session.  An ephemeral key joins no call.

    Raises Problem for what is not about its key and its session.
    """
    try:
        caller = access.caller(request, opens_session=not wants_call(request))
    except Problem as problem:
        if problem.status != 401:
            raise
        return Refusal(problem.message, "invalid_api_key", _WRONG_KEY)
    if wants_call(request):
        return Sideband(request.query["call_id"], caller.key.id)
    if kind := _not_served(request):
        message = f"This server does not serve {kind} yet. Connect to /v1/realtime?model=… instead."
        return Refusal(message, "unsupported_session", _WRONG_SESSION)
    return session_of(request, caller)


def session_of(request: Request, caller: Caller) -> Handshake | Refusal:
    """The session that a request asks for by its query, with what is bound to its key."""
    return _kind_refusal(request, caller.secret) or _asked(request, caller)


def _kind_refusal(request: Request, secret: Secret | None) -> Refusal | None:
    """What is wrong with the kind of session asked for, by the query or by an ephemeral key."""
    intent = request.query.get("intent")
    if secret is not None and intent and _transcribes(request) != _is_transcription(secret):
        message = f"This ephemeral key opens {secret.kind} sessions only."
        return Refusal(message, "invalid_model", _WRONG_SESSION)
    if not request.query.get("model"):
        return None
    if _transcribes(request) or (secret is not None and _is_transcription(secret)):
        message = "You must not provide a model parameter for transcription sessions."
        return Refusal(message, "invalid_model", _WRONG_SESSION)
    return None


def _asked(request: Request, caller: Caller) -> Handshake | Refusal:
    """The handshake of a client that may come in, with what is bound to its key."""
    query, secret, limits = request.query, caller.secret, caller.key.limits
    model = query.get("model") or query.get("deployment")
    dialect, transcribes, said = _dialect(request), _transcribes(request), None
    if secret is not None:
        said = meaning(secret.session, secret.dialect, secret.kind)
        if isinstance(said, Refused):  # what was taken by a server of another version
            return unopenable(said)
        bound = getattr(said, "model", UNSET) or None
        if model and bound and model != bound and "model" in limits.locked_fields:
            return wrong_model(model)
        model, transcribes = model or bound, _is_transcription(secret)
        dialect = BETA if dialect is GA and secret.dialect == "beta" else dialect
    terms = Terms(caller.key_id, limits, said)
    return Handshake(model, dialect, transcribes, terms, _arrival(request, caller))


def _arrival(request: Request, caller: Caller) -> Arrival:
    """What of a request only those need who watch the session."""
    bound = caller.secret.safety_identifier if caller.secret else None
    return Arrival(
        safety_identifier=safety_identifier(request) or bound,
        traceparent=request.header("traceparent"),
        is_server=caller.secret is None,
        records=_RECORDS.get((request.header("repartee-record") or "").strip().lower()),
    )


def wrong_model(model: str) -> Refusal:
    """A model that the key does not allow."""
    message = f"The model '{model[:256]}' is not allowed with this API key."
    return Refusal(message, "invalid_model", _WRONG_SESSION)


def unopenable(refused: Refused) -> Refusal:
    """What is bound to an ephemeral key does not hold here."""
    return Refusal(refused.message, refused.code or "invalid_value", _WRONG_SESSION)


def no_such_call(call_id: str) -> Refusal:
    """Or it was opened with another key."""
    problem = unknown_call(call_id)
    code = problem.code or ""
    return Refusal(problem.message, code, _WRONG_SESSION, problem.type, problem.param)


def too_many_sidebands(most: int) -> Refusal:
    """The call takes no more."""
    message = f"Rate limit reached: a call may have {most} sidebands at a time."
    return Refusal(message, "rate_limit_exceeded", _TRY_AGAIN, "rate_limit_error")


def unloadable() -> Refusal:
    """An engine that serves the model cannot be loaded; the log says why."""
    message = "The engines of this model cannot be loaded now. Try again later."
    return Refusal(message, "engine_error", _TRY_AGAIN, "server_error")


def _is_transcription(secret: Secret) -> bool:
    return secret.kind == "transcription"


def _dialect(request: Request) -> Dialect:
    """Beta where the client says so; Azure's old API, told by its query, never had another.

    The header is read by its words: `OpenAI-Beta: assistants=v2` means another API.
    """
    version = request.query.get("api-version", "")
    if _is_old_azure(request):
        return BETA_2024 if version.startswith("2024-10") else BETA
    offered = request.words("sec-websocket-protocol")
    is_beta = "realtime=v1" in request.words("openai-beta") or _BETA_PROTOCOL in offered
    return BETA if is_beta else GA


def _is_old_azure(request: Request) -> bool:
    query = request.query
    return request.path != _AZURE_GA and ("api-version" in query or "deployment" in query)


def _transcribes(request: Request) -> bool:
    return request.query.get("intent") == "transcription"


def _not_served(request: Request) -> str | None:
    """The kind of session the client wants, where it is none of those we have."""
    intent = request.query.get("intent")
    known = (None, "", "realtime", "conversation", "transcription")
    return None if intent in known else f"sessions with intent={intent[:40]!r}"
