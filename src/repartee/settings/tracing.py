"""Settings of tracing."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Tracing(Struct, frozen=True, kw_only=True):
    """Where spans of sessions go that ask to be traced; needs the extra `tracing`."""

    export: Annotated[
        Literal["off", "on"],
        Meta(
            description="Whether sessions that ask for it by their field `tracing` are traced. "
            "Where `off`, the field is taken and shown, and no span is made."
        ),
    ] = "off"
    endpoint: Annotated[
        str | None,
        Meta(
            description="Base URL of a receiver of OTLP over HTTP, as `http://127.0.0.1:4318`; "
            "spans go to `v1/traces` below it. By default what OTEL_EXPORTER_OTLP_ENDPOINT says, "
            "else port 4318 of this machine."
        ),
    ] = None
    sessions: Annotated[
        Literal["asked", "all"],
        Meta(
            description="Which sessions are traced: those whose client asks for it, or all, as if "
            'each had said `"auto"`. Sessions that only transcribe cannot ask.'
        ),
    ] = "asked"
    sample_ratio: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(
            description="Which part of the turns is told, 1 for all; by default what "
            "OTEL_TRACES_SAMPLER says, else all."
        ),
    ] = None
    capture_content: Annotated[
        bool,
        Meta(
            description="Tell with the spans what was said, heard, asked and called: attributes "
            "`repartee.pii.*`."
        ),
    ] = False

    def __repr__(self) -> str:  # never a URL, in which a password may stand
        return f"Tracing({self.export!r})"
