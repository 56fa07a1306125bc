"""Settings of calls over WebRTC."""

import re
from typing import Annotated

from msgspec import Meta, Struct

_PORTS = re.compile(r"(\d{1,5})-(\d{1,5})")


class WebRTC(Struct, frozen=True, kw_only=True):
    """Where calls over WebRTC are taken, and how many; needs the extra `webrtc`."""

    public_address: Annotated[
        str | None,
        Meta(
            description="The address that callers are told, for a server behind NAT or in a "
            "container; without it they are told those of this machine."
        ),
    ] = None
    udp_ports: Annotated[
        str | None,
        Meta(
            description="UDP ports for calls, as `40000-40999`; a call takes one at each address. "
            "Without it the system picks them."
        ),
    ] = None
    ice_servers: Annotated[
        tuple[str, ...],
        Meta(
            description="STUN and TURN servers that this server asks for addresses of its own, as "
            "`turn:turn.example:3478`. None is asked unless it is named here."
        ),
    ] = ()
    turn_username: Annotated[str | None, Meta(description="User name at the TURN server.")] = None
    turn_password: Annotated[str | None, Meta(description="Password at the TURN server.")] = None
    private_candidates: Annotated[
        bool | None,
        Meta(
            description="Send connectivity checks to private addresses that a client names before "
            "it has sent one from there. By default where `server.host` is loopback."
        ),
    ] = None
    max_calls: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="Calls open at a time; 0 takes none, without it any number is taken."),
    ] = None
    gather_s: Annotated[
        float, Meta(description="Seconds that STUN and TURN servers get to answer.", gt=0)
    ] = 5.0
    connect_s: Annotated[
        float,
        Meta(description="Seconds from an offer until its call is connected, or ended.", gt=0),
    ] = 30.0

    def __repr__(self) -> str:  # never the password
        return f"WebRTC({self.public_address!r})"

    @property
    def ports(self) -> range | None:
        """`udp_ports` as they are; None for any.  Raises ValueError."""
        if self.udp_ports is None:
            return None
        found = _PORTS.fullmatch(self.udp_ports)
        if not found or not 1 <= int(found[1]) <= int(found[2]) <= 65_535:
            raise ValueError(
                f"webrtc.udp_ports is two ports as 40000-40999, not {self.udp_ports!r}"
            )
        return range(int(found[1]), int(found[2]) + 1)
