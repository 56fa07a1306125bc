"""A client's end of a WebSocket to any Realtime server: JSON events both ways, and its end."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from repartee.engines.remote.wire import Closing, Event, Foreign, Rejected, Wire, open_wire

__all__ = [
    "Absent",
    "Closing",
    "Event",
    "Foreign",
    "Place",
    "Refused",
    "Unreachable",
    "Wire",
    "connect",
]

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_OPENING_S = 10.0


class Unreachable(Exception):
    """There is no way to the server; the message says what to do."""


class Absent(Unreachable):
    """Nobody answers there."""


class Refused(Exception):
    """The server did not take the WebSocket handshake."""


class Place(NamedTuple):
    """Where the server is: its base URL, as in http://127.0.0.1:8000/v1, and how to come in."""

    url: str = "http://127.0.0.1:8000/v1"
    model: str = "gpt-realtime"
    key: str | None = None
    ca: Path | None = None
    insecure: bool = False

    def __repr__(self) -> str:  # never the key
        return f"Place({self.url!r})"

    def address(self, query: Mapping[str, str]) -> str:
        """The WebSocket address of `realtime` with this query.  Raises Unreachable."""
        scheme, _, rest = self.url.rstrip("/").partition("://")
        if scheme not in _SCHEMES or not rest:
            raise Unreachable(
                f"{self.url} is not a base URL: it looks like http://127.0.0.1:8000/v1"
            )
        asked = f"?{urlencode(query)}" if query else ""
        return f"{_SCHEMES[scheme]}://{rest}/realtime{asked}"

    def trust(self) -> ssl.SSLContext | None:
        """Which certificates are taken; None stands for the usual ones.  Raises Unreachable."""
        if not self.insecure and self.ca is None:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError):
            raise Unreachable(f"{self.ca} is not a file of PEM certificates") from None
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


async def connect(
    place: Place,
    take: Callable[[Event | Foreign | Closing], None],
    *,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    subprotocols: Sequence[str] = (),
) -> Wire:
    """Open a WebSocket at `place`.  Raises Unreachable, or Refused where HTTP answers otherwise."""
    offered = {"Sec-WebSocket-Protocol": ", ".join(subprotocols)} if subprotocols else {}
    address, trust = place.address(query), place.trust()
    try:
        return await open_wire(address, take, {**headers, **offered}, trust, _OPENING_S)
    except ssl.SSLCertVerificationError:
        raise Unreachable(
            f"the certificate of {place.url} is not trusted: name it with --ca FILE, "
            "or use --insecure"
        ) from None
    except Rejected as error:
        raise Refused(f"the WebSocket handshake fails: {error}") from None
    except (TimeoutError, OSError):
        raise Absent(f"cannot reach {place.url}") from None
