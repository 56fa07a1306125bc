"""What the recogniser asks of its worker process; what is heard is in `engines.hypothesis`."""

from msgspec import Struct


class Options(Struct, frozen=True):
    """How to decode; see `FasterWhisper`.  `model` is a folder."""

    model: str
    device: str
    compute_type: str
    threads: int
    at_once: int
    beam_size: int
    partials_s: float
    vad: bool


class Turn(Struct, frozen=True):
    """The request: one turn, and what is known of it beforehand."""

    language: str | None = None
    prompt: str = ""
    keywords: tuple[str, ...] = ()
