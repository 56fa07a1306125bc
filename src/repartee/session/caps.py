"""What a client may make its session hold, and how often it may ask."""

from msgspec import Struct


class Caps(Struct, frozen=True):
    """Of one session.  `settings.Limits` says the same to operators, and tells what each means."""

    event_bytes: int = 256 * 1024
    items: int = 1000
    text_characters: int = 4_000_000
    image_bytes: int = 32 * 1024 * 1024
    instructions_characters: int = 256_000
    tools: int = 128
    tools_bytes: int = 256_000
    updates_per_s: float = 20
    responses: int = 16
