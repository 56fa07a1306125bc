"""What goes wrong over HTTP, in the shape of the API: {"error": {message, type, param, code}}."""

import msgspec

from repartee.protocol.errors import Refused

_BUSY_S = 5  # after which a client may as well try again


class Problem(Exception):
    """A request that is not answered as it wishes; `status` is HTTP's."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        type: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.type = type or ("server_error" if status >= 500 else "invalid_request_error")
        self.headers = headers

    @property
    def body(self) -> bytes:
        """The JSON of the answer."""
        error = {
            "message": self.message,
            "type": self.type,
            "param": self.param,
            "code": self.code,
        }
        return msgspec.json.encode({"error": error})


def draining() -> Problem:
    return Problem(
        503,
        "The server is shutting down; connect again to reach the next one.",
        code="server_draining",
        headers=_retry_after(1),
    )


def full() -> Problem:
    return Problem(
        503,
        "The server has as many sessions as it takes; try again later.",
        code="server_overloaded",
        headers=_retry_after(_BUSY_S),
    )


def overloaded() -> Problem:
    return Problem(
        503,
        "The server has more to do than it can in time; try again later.",
        code="server_overloaded",
        headers=_retry_after(_BUSY_S),
    )


def too_much_work(most: int) -> Problem:
    return Problem(
        429,
        f"The server works on {most} requests at a time, and has as many; try again later.",
        code="rate_limit_exceeded",
        headers=_retry_after(1),
    )


def engine_failed(message: str, code: str) -> Problem:
    return Problem(500, message, code=code)


def no_keys() -> Problem:
    return Problem(
        503,
        "The server cannot read its API keys; its log says more.",
        code="keys_unavailable",
        headers=_retry_after(_BUSY_S),
    )


def too_many_sessions(most: int) -> Problem:
    return Problem(
        429,
        f"Rate limit reached: this key may have {most} sessions open at a time.",
        code="rate_limit_exceeded",
        type="rate_limit_error",
        headers=_retry_after(_BUSY_S),
    )


def quota_used_up(message: str, wait_s: int) -> Problem:
    """`wait_s` seconds from now there is a new one."""
    return Problem(
        429,
        message,
        code="insufficient_quota",
        type="insufficient_quota",
        headers=_retry_after(wait_s),
    )


def cannot_keep() -> Problem:
    return Problem(
        503,
        "The session is too long to stand in its key, and the server cannot keep it elsewhere; its "
        "log says more.",
        code="storage_unavailable",
        headers=_retry_after(_BUSY_S),
    )


def forbidden_model(name: str, param: str) -> Problem:
    message = f"The model '{name[:256]}' is not allowed with this API key."
    return Problem(400, message, code="invalid_model", param=param)


def bad_body(refused: Refused) -> Problem:
    """A body that cannot be obeyed, in the words of the events."""
    return Problem(400, refused.message, code=refused.code, param=refused.param, type=refused.type)


def wrong_key(message: str) -> Problem:
    return Problem(401, message, code="invalid_api_key", headers=(("WWW-Authenticate", "Bearer"),))


def unknown_path(method: str, path: str) -> Problem:
    return Problem(404, f"Unknown request URL: {method} {path}.", code="unknown_url")


def unknown_model(name: str) -> Problem:
    return Problem(404, f"The model '{name}' does not exist.", code="model_not_found")


def unknown_call(call_id: str) -> Problem:
    message = f"There is no call with the id '{call_id[:64]}'."
    return Problem(404, message, code="call_not_found", param="call_id")


def no_calls() -> Problem:
    return Problem(
        501,
        "This server takes no calls over WebRTC: they need pip install 'repartee[webrtc]'.",
        code="webrtc_not_installed",
        type="invalid_request_error",
    )


def wrong_method(method: str, allowed: str) -> Problem:
    message = f"Not allowed: {method}. Allowed here: {allowed}."
    return Problem(405, message, code="method_not_supported", headers=(("Allow", allowed),))


def not_an_upgrade() -> Problem:
    return Problem(
        426,
        "This address speaks WebSocket: connect with a wss:// or ws:// URL.",
        code="upgrade_required",
        headers=(("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")),
    )


def internal() -> Problem:
    return Problem(500, "The server failed at this request; its log says more.")


def _retry_after(seconds: int) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", str(seconds)),)
