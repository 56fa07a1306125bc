"""Settings of what is counted for Prometheus."""

from typing import Annotated

from msgspec import Meta, Struct


class Metrics(Struct, frozen=True, kw_only=True):
    """Whether the server counts what it does, and where it tells."""

    enabled: Annotated[
        bool,
        Meta(
            description="Count, and serve `/metrics`: on the server's own port, to whoever has an "
            "API key where keys are asked for."
        ),
    ] = True
    host: Annotated[str, Meta(description="Address of `metrics.port`.", min_length=1)] = "127.0.0.1"
    port: Annotated[
        Annotated[int, Meta(ge=0, le=65535)] | None,
        Meta(
            description="A port of its own for `/metrics`, `/healthz` and `/readyz`, which asks "
            "for no key and speaks plain HTTP; `/metrics` is then served nowhere else. 0 picks a "
            "free one."
        ),
    ] = None
