"""What goes wrong over HTTP, in the shape of the API: {"error": {message, type, param, code}}."""

import msgspec


class Problem(Exception):
    """A request that is not answered as it wishes; `status` is HTTP's."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers

    @property
    def body(self) -> bytes:
        """The JSON of the answer."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        error = {"message": self.message, "type": kind, "param": None, "code": self.code}
        return msgspec.json.encode({"error": error})


def draining() -> Problem:
    return Problem(
        503,
        "The server is shutting down; connect again to reach the next one.",
        code="server_draining",
        headers=(("Retry-After", "1"),),
    )


def wrong_key(message: str) -> Problem:
    return Problem(401, message, code="invalid_api_key", headers=(("WWW-Authenticate", "Bearer"),))


def unknown_path(method: str, path: str) -> Problem:
    return Problem(404, f"Unknown request URL: {method} {path}.", code="unknown_url")


def unknown_model(name: str) -> Problem:
    return Problem(404, f"The model '{name}' does not exist.", code="model_not_found")


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
