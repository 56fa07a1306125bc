"""How a dialect says what the rules speak of: they are written in the words of GA."""

from collections.abc import Iterator, Mapping
from typing import Any

from repartee.conformance.dialects.server_events import FOREIGN_EVENTS, SERVER_EVENTS
from repartee.conformance.judges.items import Event

# Objects of a client event, by their dotted path, and the members that they may have.
Members = Mapping[str, frozenset[str]]


def table(rows: dict[str, str]) -> Members:
    """Such a table, from the members of each object as one line of words."""
    return {path: frozenset(members.split()) for path, members in rows.items()}


# What a client echoes of a session object (id, object, expires_at) is not listed as unknown: no
# source tells what happens to it.
_INPUT_ROWS = {
    "session.audio.input": "format transcription noise_reduction turn_detection",
    "session.audio.input.format": "type rate",
    "session.audio.input.noise_reduction": "type strength",
    "session.audio.input.transcription": "model language languages keywords prompt delay",
    "session.audio.input.turn_detection": "type threshold prefix_padding_ms "
    "silence_duration_ms idle_timeout_ms eagerness create_response interrupt_response",
}

_REALTIME = table(
    {
        "session": "type id object expires_at model output_modalities instructions audio include "
        "tracing tools tool_choice parallel_tool_calls reasoning max_output_tokens truncation "
        "prompt",
        "session.audio": "input output",
        **_INPUT_ROWS,
        "session.audio.output": "format voice speed",
        "session.audio.output.format": "type rate",
        "response": "output_modalities instructions audio tools tool_choice parallel_tool_calls "
        "reasoning max_output_tokens conversation metadata prompt input",
        "response.audio": "output",
        "response.audio.output": "format voice",
        "response.audio.output.format": "type rate",
    }
)

# That a client may name its model again, as it may in a realtime session, is not established.
_TRANSCRIPTION = table(
    {
        "session": "type id object expires_at model audio include",
        "session.audio": "input",
        **_INPUT_ROWS,
    }
)


class Dialect:
    """GA itself: every frame is judged as it stands."""

    name = "GA"
    place = "on a GA WebSocket"
    streams_sound = False  # whether sound is no event but a stream of its own
    events: Mapping[str, Any] = SERVER_EVENTS
    foreign: frozenset[str] = FOREIGN_EVENTS

    def client(self, event: object) -> object:
        """A client event in the words of GA."""
        return event

    def server(self, event: Event) -> list[Event]:
        """What a server event says in the words of GA; its shape has been judged."""
        return [event]

    def objections(self, event: Event) -> Iterator[tuple[str, str]]:
        """Rules that a server event breaks by the way in which it is put: name and message."""
        if event["type"] == "conversation.created":
            yield "conversation-created", "conversation.created in a GA session"

    def path(self, path: str) -> str:
        """The dotted path by which the dialect calls a member."""
        return path

    def members(self, transcribes: bool) -> Members:
        """What the client may say in session.update and response.create."""
        return _TRANSCRIPTION if transcribes else _REALTIME
