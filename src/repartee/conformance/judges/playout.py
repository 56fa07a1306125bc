"""The judge of a call's playout: sound that begins, and is played to its end or cleared.

The sound itself is not seen here, only what the events of a call tell of it.
"""

from typing import Literal

from repartee.conformance.findings import Findings
from repartee.conformance.judges.conversation import Conversation
from repartee.conformance.judges.items import Event
from repartee.conformance.judges.responses import Responses

State = Literal["flows", "stopped", "cleared"]


class Playout:
    """What has become of the sound of each response."""

    def __init__(
        self, findings: Findings, responses: Responses, conversation: Conversation
    ) -> None:
        self._findings = findings
        self._responses = responses
        self._conversation = conversation
        self._states: dict[str, State] = {}
        self._clearing = False  # what waits behind cleared sound goes with it
        self._owed: set[str] = set()  # responses with a truncation to come
        self._truncated: set[str] = set()

    def before(self, event: Event) -> None:
        """Anything from the server."""
        if event["type"] not in ("output_audio_buffer.cleared", "conversation.item.truncated"):
            self._clearing = False

    def event(self, event: Event) -> None:
        """Any output_audio_buffer.* event."""
        response_id: str = event["response_id"]
        if not self._responses.spoken_items(response_id):
            self._findings.note(
                "playout-response", f"{event['type']}: {response_id} has no audio part"
            )
        match event["type"].rpartition(".")[2]:
            case "started":
                self._started(response_id)
            case "stopped":
                self._stopped(response_id)
            case "cleared":
                self._cleared(response_id)

    def _started(self, response_id: str) -> None:
        if response_id in self._states:
            self._findings.note("playout-started", f"the sound of {response_id} begins again")
        self._states[response_id] = "flows"
        self._responses.sounds(response_id)

    def _stopped(self, response_id: str) -> None:
        state = self._states.get(response_id, "silent")
        if state != "flows":
            self._findings.note("playout-stopped", f"{response_id} stops, but is {state}")
        elif response_id in self._responses.running:
            self._findings.note("playout-stopped", f"{response_id} stops before response.done")
        self._states[response_id] = "stopped"

    def _cleared(self, response_id: str) -> None:
        state = self._states.get(response_id, "silent")
        if not (state == "flows" or (state == "silent" and self._clearing)):
            self._findings.note("playout-cleared", f"{response_id} is cleared, but is {state}")
        elif not self._responses.may_be_cleared(response_id):
            self._findings.note("playout-cleared", f"{response_id} is cleared for no reason")
        self._states[response_id], self._clearing = "cleared", True
        item_ids = self._responses.spoken_items(response_id)
        if item_ids and all(item_id in self._conversation.order for item_id in item_ids):
            self._owed.add(response_id)

    def truncated(self, event: Event) -> None:
        """conversation.item.truncated that no client has asked for."""
        response_id = self._responses.response_of(event["item_id"])
        if response_id is None or event["audio_end_ms"] < 0:
            self._findings.note(
                "playout-truncated", f"{event['item_id']} is cut at {event['audio_end_ms']} ms"
            )
        else:
            self._truncated.add(response_id)

    def finish(self) -> None:
        """At rest nothing is played any more."""
        for response_id, state in self._states.items():
            if state == "flows":
                self._findings.note("playout-stopped", f"the sound of {response_id} has no end")
        for response_id in sorted(self._owed - self._truncated):
            self._findings.note("playout-truncated", f"{response_id} is cleared, but not truncated")
        for response_id in sorted(self._truncated):
            if self._states.get(response_id) != "cleared":
                self._findings.note(
                    "playout-truncated", f"{response_id} is truncated, but not cleared"
                )
