"""Settings of the server itself."""

from typing import Annotated

from msgspec import Meta, Struct


class Server(Struct, frozen=True, kw_only=True):
    """Where the server listens, who may come in, and what one connection may cost."""

    host: Annotated[str, Meta(description="Address to listen on.", min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port; 0 picks a free one.", ge=0, le=65535)] = 8000
    workers: Annotated[
        int,
        Meta(
            description="Processes of `repartee serve` that take sessions on this one port; each "
            "loads engines of its own.",
            ge=1,
            le=256,
        ),
    ] = 1
    api_key: Annotated[
        str | None,
        Meta(description="The key clients must show. Without one, only loopback is served."),
    ] = None
    tls_cert: Annotated[str | None, Meta(description="Certificate chain, a PEM file.")] = None
    tls_key: Annotated[str | None, Meta(description="Private key, a PEM file.")] = None
    tls_self_signed: Annotated[
        bool,
        Meta(description="Serve https and wss with a certificate of its own."),
    ] = False
    allowed_origins: Annotated[
        tuple[str, ...],
        Meta(description="Web pages of other hosts that may call, as `https://app.example`."),
    ] = ()
    playground: Annotated[
        bool,
        Meta(description="Serve a page at `/` to talk with the server from a browser."),
    ] = True
    max_sessions: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Sessions open at a time; as many as come where this is not set."),
    ] = None
    max_lag_ms: Annotated[
        float,
        Meta(
            description="How late the server may be in a tenth of what it does. While it is later, "
            "new sessions are refused with 503 and those inside go on; 0 sets no limit.",
            ge=0,
        ),
    ] = 20.0
    max_requests: Annotated[
        int,
        Meta(
            description="Requests that the command `engine` works on at a time, those that wait "
            "for its engines included; more are answered 429.",
            ge=1,
        ),
    ] = 64
    max_upload_bytes: Annotated[
        int,
        Meta(description="Largest request with sound that the command `engine` takes.", ge=1024),
    ] = 25 * 1024 * 1024
    drain_s: Annotated[
        float,
        Meta(description="Seconds that open sessions get to end after SIGTERM.", ge=0),
    ] = 3600.0
    header_timeout_s: Annotated[
        float, Meta(description="Seconds a client has to send its request's head.", gt=0)
    ] = 10.0
    session_max_minutes: Annotated[
        float, Meta(description="Age at which a session is ended.", gt=0)
    ] = 60.0
    idle_minutes: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="Time without a message of the client after which a session is ended; "
            "without it only `session_max_minutes` ends one."
        ),
    ] = None
    connects_per_s: Annotated[
        int,
        Meta(
            description="Connections of one address within a second; more are answered 429. 0 sets "
            "no limit.",
            ge=0,
        ),
    ] = 500
    bad_keys_per_minute: Annotated[
        int,
        Meta(
            description="Wrong keys of one address within a minute, after which it is answered 429 "
            "for the rest of it. 0 sets no limit: right behind a proxy that hides addresses, which "
            "should count itself.",
            ge=0,
        ),
    ] = 50
    max_message_bytes: Annotated[
        int, Meta(description="Largest WebSocket message taken from a client.", ge=1024)
    ] = 21 * 1024 * 1024
    output_lead_bytes: Annotated[
        int,
        Meta(description="Unsent bytes per connection at which the voice is made to wait.", ge=0),
    ] = 256 * 1024
    slow_consumer_s: Annotated[
        float,
        Meta(description="Seconds a client may take nothing before it is cut off.", gt=0),
    ] = 30.0

    def __repr__(self) -> str:  # never the key
        return f"Server({self.host!r}, {self.port})"
