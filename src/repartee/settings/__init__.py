"""Settings: one tree of values from a TOML file, the environment and the command line.

`load` gives the settings in force; whatever cannot be obeyed is a `SettingsError`.
"""

from repartee.settings.draft import Assignment, SettingsError
from repartee.settings.metrics import Metrics
from repartee.settings.recording import Recording
from repartee.settings.server import Server
from repartee.settings.sources import load, parse_set, said_of_roles
from repartee.settings.tracing import Tracing
from repartee.settings.tree import (
    Choice,
    Egress,
    Keys,
    Limits,
    Log,
    Model,
    Models,
    Session,
    Settings,
    Usage,
)
from repartee.settings.webrtc import WebRTC

__all__ = [
    "Assignment",
    "Choice",
    "Egress",
    "Keys",
    "Limits",
    "Log",
    "Metrics",
    "Model",
    "Models",
    "Recording",
    "Server",
    "Session",
    "Settings",
    "SettingsError",
    "Tracing",
    "Usage",
    "WebRTC",
    "load",
    "parse_set",
    "said_of_roles",
]
