"""Where the server keeps what outlives it."""

import os
from pathlib import Path

OFF = "off"


def state_folder() -> Path:
    """$XDG_STATE_HOME/repartee, by default below ~/.local/state."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "repartee"


def database(setting: str | None) -> Path | None:
    """The database that a setting names: a file, None for `off`."""
    if setting == OFF:
        return None
    return state_folder() / "repartee.db" if setting is None else Path(setting).expanduser()
