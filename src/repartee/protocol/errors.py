"""Every error the server can say, by code, and how a decoding failure becomes one of them."""

from msgspec import Struct


class Refused(Struct, frozen=True):
    """A client event that cannot be obeyed, and why, in the catalogue's words."""

    message: str
    code: str | None = None
    param: str | None = None
    event_id: str | None = None
    type: str = "invalid_request_error"
