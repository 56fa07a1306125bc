"""Sound on the wire: encodings, and milliseconds to bytes and back."""

from typing import Literal

from msgspec import Struct

Encoding = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]
"""PCM as below; G.711 mu-law and A-law have a byte a sample at 8 kHz."""

RATE = 24_000  # Hz of all sound inside a session: mono, signed 16 bit, little endian
BYTES_PER_MS = RATE * 2 // 1000
MINIMUM_COMMIT_MS = 100  # "Expected at least 100ms of audio"
BUFFER_BYTES = 15 * 1024 * 1024  # cap of one append, and of the input buffer
RETAINED_BYTES = 32 * 1024 * 1024  # item audio a session keeps for conversation.item.retrieve


class NoiseFilter(Struct, frozen=True):
    """What to take from the client's sound: `near_field` for headsets, `far_field` for rooms.

    `strength` reaches from 0, which changes nothing, to 1.
    """

    kind: Literal["near_field", "far_field"]
    strength: float = 1.0


def ms(size: int, encoding: Encoding = "audio/pcm") -> float:
    """Length in milliseconds of `size` bytes of sound."""
    return size / bytes_per_ms(encoding)


def size(milliseconds: float, encoding: Encoding = "audio/pcm") -> int:
    """Bytes of sound in so many milliseconds, whole samples only."""
    samples = round(milliseconds * sample_rate(encoding) / 1000)
    return samples * (2 if encoding == "audio/pcm" else 1)


def bytes_per_ms(encoding: Encoding) -> int:
    """Bytes of a millisecond of mono sound so encoded."""
    return BYTES_PER_MS if encoding == "audio/pcm" else 8


def sample_rate(encoding: Encoding) -> int:
    """Samples a second of sound so encoded."""
    return RATE if encoding == "audio/pcm" else 8_000


def decoded_size(size: int, encoding: Encoding) -> int:
    """Bytes of 24 kHz PCM that `size` bytes so encoded become."""
    return size * BYTES_PER_MS // bytes_per_ms(encoding)
