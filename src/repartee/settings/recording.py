"""Settings of recordings."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Recording(Struct, frozen=True, kw_only=True):
    """Which sessions are recorded, word for word and with all sound, and for how long."""

    folder: Annotated[
        str | None,
        Meta(
            description="Folder of the recordings, one file a session. Without it nothing is "
            "recorded."
        ),
    ] = None
    sessions: Annotated[
        Literal["all", "asked"],
        Meta(
            description="`all`, or those `asked` for: by a key that was made with `--record`, or "
            "by the request's header `Repartee-Record: on`. `off` there always wins."
        ),
    ] = "all"
    keep_days: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Days after which a recording is deleted; without it, it is kept."),
    ] = None
