"""The server events of a session over a call, whose sound is no event but a stream of its own."""

from repartee.protocol.server import ServerEvent


class OutputBufferStarted(ServerEvent, tag="output_audio_buffer.started"):
    """The sound of a response begins to flow."""

    response_id: str


class OutputBufferStopped(ServerEvent, tag="output_audio_buffer.stopped"):
    """All sound of a response has been played."""

    response_id: str


class OutputBufferCleared(ServerEvent, tag="output_audio_buffer.cleared"):
    """What was left of a response's sound is not played."""

    response_id: str
