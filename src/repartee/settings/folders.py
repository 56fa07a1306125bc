"""Where the server keeps what must outlive it."""

import os
from pathlib import Path


def state_folder() -> Path:
    """$XDG_STATE_HOME/repartee, by default below ~/.local/state; it need not exist yet."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "repartee"
