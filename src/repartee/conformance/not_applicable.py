"""Behaviours that no case can show over a WebSocket, each with its reason.

Nothing else is "not applicable": where a server does not answer in time it fails.
"""

_REASONS: dict[str, str] = {
    "B019 B020": "cases are played over WebSockets, and sidebands join calls",
    "B021": "translation sessions are not judged",
    "B046 B047": "tools of MCP servers are not judged",
    "B131": "cases are played over WebSockets",
    "B133": "nothing that a client may say makes every server's content filter act",
    "B134": "a client cannot make the engines behind a server fail",
    "B136": "how many items a model says in a response is its own choice; their order is judged "
    "in every case",
    " ".join(f"B{number}" for number in range(145, 157)): "cases are played over WebSockets",
    " ".join(f"B{number}" for number in range(157, 167)): "tools of MCP servers are not judged",
    "B180": "which models tell speakers apart differs from server to server",
    " ".join(f"B{number}" for number in range(184, 193)): "translation sessions are not judged",
    " ".join(f"B{number}" for number in range(193, 205)): "HTTP, keys and webhooks are not judged",
    "B210": "a session lasts an hour",
    "B216": "it needs a prompt that is stored with the server",
}

NOT_APPLICABLE: dict[str, str] = {
    behaviour: reason for numbers, reason in _REASONS.items() for behaviour in numbers.split()
}
"""Why a behaviour is not judged, by its number."""
