"""Settings: one tree of values from a TOML file, the environment and the command line.

`load` gives the settings in force; whatever cannot be obeyed is a `SettingsError`.
"""

from repartee.settings.sources import Assignment, SettingsError, load, parse_set
from repartee.settings.tree import Choice, Limits, Log, Models, Server, Session, Settings

__all__ = [
    "Assignment",
    "Choice",
    "Limits",
    "Log",
    "Models",
    "Server",
    "Session",
    "Settings",
    "SettingsError",
    "load",
    "parse_set",
]
