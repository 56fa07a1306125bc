"""What one step answers, in order."""

from collections.abc import Callable

from repartee.protocol.audio import Encoding
from repartee.protocol.errors import Refused
from repartee.protocol.server import ConversationItemRetrieved, Error, ErrorBody, ServerEvent
from repartee.session.commands import Command, Show

Output = ServerEvent | Command


class Outbox:
    """Collects events for the client and commands for the driver until the step is over."""

    def __init__(self, new_id: Callable[[str], str]) -> None:
        self.new_id = new_id
        self.now = 0.0  # when the step happens, in seconds of the driver's clock
        self._outputs: list[Output] = []

    def say(self, event: ServerEvent) -> None:
        """Tell the client; here the event gets its id."""
        event.event_id = self.new_id("event")
        self._outputs.append(event)

    def ask(self, command: Command) -> None:
        """Ask the driver."""
        self._outputs.append(command)

    @property
    def place(self) -> int:
        """Where the next output will stand."""
        return len(self._outputs)

    def ask_at(self, place: int, command: Command) -> None:
        """Ask the driver before what has been said since `place`."""
        self._outputs.insert(place, command)

    def show(self, event: ConversationItemRetrieved, have: Encoding, wanted: Encoding) -> None:
        """Tell the client of an item whose sound has to be brought to another encoding first."""
        event.event_id = self.new_id("event")
        self._outputs.append(Show(event, have, wanted))

    def refuse(self, refused: Refused, event_id: str | None) -> None:
        """Tell the client what was wrong with its event."""
        body = ErrorBody(
            type=refused.type,
            code=refused.code,
            message=refused.message,
            param=refused.param,
            event_id=event_id,
        )
        self.say(Error(error=body))

    def drain(self) -> list[Output]:
        """Everything since the last drain."""
        outputs, self._outputs = self._outputs, []
        return outputs
