"""A Realtime client for one's own ears: it speaks a WAV file or the microphone to a server."""


class TalkError(Exception):
    """The conversation cannot be had or did not end well; the message says what to do."""
