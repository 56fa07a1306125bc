"""Numbered attacks on what is not there yet, or is not answered yet, each with what it waits for.

An attack leaves this table on the day that a test by its number comes.
"""

_MCP = "the server calls no MCP servers yet"
_IMAGES = "an image is taken in the event itself, never fetched"
_CALLS = "there are no calls yet: a session that asks for one is refused by name"
_WEBRTC = "there is no WebRTC yet"
_SIP = "there is no SIP yet"
_RECORDS = "nothing that is said is kept: no recordings, no transcripts"
_NETWORK_ENGINES = "engines listen on no port: they run within, or in workers behind a pipe"
_BENCH = "a measurement of time is for a bench, not for a test"

WAITING: dict[int, str] = {
    15: _BENCH,
    17: _CALLS,
    18: _CALLS,
    65: _MCP,
    66: _MCP,
    67: _MCP,
    68: _MCP,
    69: _IMAGES,
    70: _SIP,
    71: _WEBRTC,
    72: _WEBRTC,
    73: _WEBRTC,
    74: _WEBRTC,
    75: _WEBRTC,
    76: _WEBRTC,
    77: _WEBRTC,
    78: _WEBRTC,
    79: _WEBRTC,
    80: _WEBRTC,
    81: _SIP,
    91: _RECORDS,
    92: _RECORDS,
    94: "no model is read from an ONNX file",
    95: "no model is downloaded, so that there is no manifest",
    97: "there is no image of a container yet",
    98: _NETWORK_ENGINES,
    99: _NETWORK_ENGINES,
}
