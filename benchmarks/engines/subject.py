"""One row's engine, as a process of its own is told of it."""

import sys
from typing import Any

from msgspec import Struct, field


class Subject(Struct):
    """An engine, how it is made, and by which Python."""

    role: str
    name: str
    label: str
    options: dict[str, Any] = field(default_factory=dict)
    sound: str = ""  # a file of PCM at 16 kHz that its ears know; without one it is speech
    python: str = sys.executable
