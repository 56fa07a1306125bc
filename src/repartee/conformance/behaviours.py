"""The numbered behaviours of the Realtime API, B001 to B216, and the area each belongs to."""

_AREAS = (
    (23, "connect"),
    (50, "session.update"),
    (65, "input audio"),
    (82, "vad"),
    (100, "items"),
    (107, "truncate"),
    (138, "response"),
    (144, "cancel"),
    (156, "webrtc"),
    (166, "mcp"),
    (172, "functions"),
    (183, "transcription"),
    (192, "translation"),
    (204, "rest"),
    (211, "errors"),
    (216, "context"),
)

AREAS = tuple(area for _, area in _AREAS)
"""The areas, in the order of their numbers."""

BEHAVIOURS = tuple(f"B{number:03}" for number in range(1, _AREAS[-1][0] + 1))
"""All behaviours, in order."""


def area_of(behaviour: str) -> str:
    """The area of a behaviour such as "B053"."""
    number = int(behaviour[1:])
    return next(area for last, area in _AREAS if number <= last)
