"""The judge of all responses of a session: which of them run, and in whose name."""

from repartee.conformance.findings import Findings
from repartee.conformance.judges import items
from repartee.conformance.judges.configuration import Configuration
from repartee.conformance.judges.conversation import Conversation
from repartee.conformance.judges.items import Event
from repartee.conformance.judges.ladder import Ladder
from repartee.conformance.judges.output_item import OutputItem


class Responses:
    """Every response of the session, and the one that the default conversation may have active."""

    def __init__(
        self, findings: Findings, session: Configuration, conversation: Conversation
    ) -> None:
        self._findings = findings
        self._session = session
        self._conversation = conversation
        self._ladders: dict[str, Ladder] = {}
        self._items: dict[str, tuple[Ladder, OutputItem]] = {}
        self._conversation_id: str | None = None
        self._rate_limits_due = 0
        self._next: tuple[str, str, str] | None = None  # rule, type and item id of the next event
        self.active: Ladder | None = None
        self.foretold: str | None = None  # an error has named a response that is yet to begin
        self.call_ids: set[str] = set()
        self.voices: set[str] = set()  # that have spoken

    @property
    def running(self) -> list[str]:
        """The ids of all responses that have not ended."""
        return [ladder.id for ladder in self._ladders.values() if not ladder.done]

    @property
    def total_sent_ms(self) -> float:
        """How much audio was sent in all."""
        return sum(ladder.sent_ms(item) for ladder, item in self._items.values())

    def item(self, item_id: str) -> OutputItem | None:
        """The output item of that id, of whatever response."""
        return self._items[item_id][1] if item_id in self._items else None

    def sent_ms(self, item_id: str) -> float | None:
        """How much audio of the item was sent; None if no response made it."""
        if item_id not in self._items:
            return None
        ladder, item = self._items[item_id]
        return ladder.sent_ms(item)

    def response_of(self, item_id: str) -> str | None:
        """The id of the response that made the item."""
        return self._items[item_id][0].id if item_id in self._items else None

    def spoken_items(self, response_id: str) -> list[str]:
        """The ids of the response's items that have an audio part."""
        ladder = self._ladders.get(response_id)
        outputs = ladder.items if ladder else []
        return [item.id for item in outputs if any(part.kind == "audio" for part in item.parts)]

    def before(self, event: object) -> None:
        """Anything from the server: some events must follow others immediately."""
        expected, self._next = self._next, None
        if expected is None:
            return
        rule, kind, item_id = expected
        told = event if isinstance(event, dict) else {}
        item = told.get("item")
        told_id = item.get("id") if isinstance(item, dict) else ""
        if (told.get("type"), told_id) != (kind, item_id):
            self._findings.note(rule, f"{told.get('type')} comes where {kind} {item_id} was due")

    def conversation_created(self, event: Event) -> None:
        """conversation.created: the home of all responses but those out of band."""
        self._conversation_id = event["conversation"]["id"]

    def created(self, event: Event) -> None:
        """response.created"""
        ladder = Ladder(self._findings, self._session, event)
        ladder.judge_beginning()
        if ladder.id in self._ladders:
            self._findings.note("response-id", f"{ladder.id} is created twice")
        self._ladders[ladder.id] = ladder
        self._rate_limits_due += 1
        self._next = ("rate-limits-place", "rate_limits.updated", "")
        if not ladder.out_of_band:
            self._begin_in_conversation(ladder)

    def _begin_in_conversation(self, ladder: Ladder) -> None:
        if self.active is not None:
            self._findings.note("one-active", f"{ladder.id} begins while {self.active.id} runs")
        if self.foretold not in (None, ladder.id):
            self._findings.note("active-response", f"{self.foretold} was named, but never ran")
        self.foretold = None
        if self._conversation_id not in (None, ladder.conversation_id):
            self._findings.note("response-home", "conversation_id is not that of earlier responses")
        self._conversation_id = ladder.conversation_id
        self.active = ladder

    def rate_limits(self, event: Event) -> None:
        """rate_limits.updated"""
        self._rate_limits_due -= 1
        if self._rate_limits_due < 0 and self._session.realtime:
            self._findings.note("rate-limits", "more rate_limits.updated than responses")

    def event(self, event: Event) -> None:
        """Any response.* event but created and done."""
        ladder = self._ladder(event)
        if ladder is None:
            return
        if event["type"] == "response.output_item.added":
            self._judge_new_item(event, ladder)
        ladder.hear(event, self._conversation.is_truncated)
        if event["type"] == "response.output_item.added":
            self._items[ladder.items[-1].id] = (ladder, ladder.items[-1])
        elif event["type"] == "response.output_item.done":
            self._item_done(event, ladder)
        elif event["type"] == "response.output_audio.delta":
            self._spoke(ladder)

    def _ladder(self, event: Event) -> Ladder | None:
        if "response_id" not in event:  # events of MCP calls name the item only
            known = self._items.get(event["item_id"])
            if known is None:
                self._findings.note("item-known", f"{event['type']} of unknown {event['item_id']}")
            return known[0] if known else None
        ladder = self._ladders.get(event["response_id"])
        if ladder is None or ladder.done:
            how = "has ended" if ladder else "was never created"
            self._findings.note(
                "response-id", f"{event['type']}: response {event['response_id']} {how}"
            )
            return None
        return ladder

    def _judge_new_item(self, event: Event, ladder: Ladder) -> None:
        item = event["item"]
        if item["id"] in self._items or item["id"] in self._conversation.order:
            self._findings.note("item-duplicate", f"{item['id']} names another item already")
        if item["type"] == "function_call":
            if item["call_id"] in self.call_ids:
                self._findings.note("call", f"call_id {item['call_id']} is used again")
            self.call_ids.add(item["call_id"])

    def _item_done(self, event: Event, ladder: Ladder) -> None:
        item = event["item"]
        for problem in items.part_problems(item):
            self._findings.note("item-parts", f"item {item['id']}: {problem}")
        if items.carries_audio(item):
            self._findings.note("item-audio", f"item {item['id']} carries audio bytes")
        if not ladder.out_of_band and item["id"] in self._conversation.order:
            self._next = ("item-done-next", "conversation.item.done", item["id"])

    def _spoke(self, ladder: Ladder) -> None:
        if not ladder.out_of_band:
            output = ladder.created.get("audio", {}).get("output", {})
            self.voices.add(str(output.get("voice") or self._session.audio_output.get("voice")))

    def is_out_of_band(self, item_id: str) -> bool:
        """Whether the item belongs to a response outside of the conversation."""
        return item_id in self._items and self._items[item_id][0].out_of_band

    def item_added(self, event: Event) -> None:
        """conversation.item.added of an output item."""
        item = event["item"]
        ladder, output_item = self._items[item["id"]]
        if ladder.out_of_band:
            self._findings.note("out-of-band", f"item {item['id']} is out of band, but was added")
            return
        if not items.same(item, output_item.item):
            self._findings.note("item-done", f"{item['id']} is added otherwise than as output")
        output_item.in_conversation = True

    def conversation_item_done(self, event: Event) -> None:
        """conversation.item.done of an output item."""
        item = event["item"]
        ladder, output_item = self._items[item["id"]]
        if ladder.out_of_band:
            self._findings.note("out-of-band", f"item {item['id']} is out of band, but is done")
            return
        output_item.conversation_done = True
        if output_item.final is not None and not items.same(item, output_item.final):
            self._findings.note("item-done", f"{item['id']} is done otherwise than as output")

    def deleted(self, item_id: str) -> None:
        """The client deleted the item: nothing more of it is owed to the conversation."""
        if item_id in self._items:
            self._items[item_id][1].conversation_done = True

    def speech_started(self) -> None:
        """The user speaks: with interrupt_response the active response is to be cancelled."""
        detection = self._session.turn_detection or {}
        if detection.get("interrupt_response") is False:
            return
        self.silence()
        if self.active is not None:
            self.active.interrupted = True
            self.active.cut_short()

    def silence(self) -> None:
        """What sounds by now may be cleared."""
        for ladder in self._ladders.values():
            ladder.silenced = True

    def may_be_cleared(self, response_id: str) -> bool:
        """Whether somebody has spoken over the response, or the client has cleared its sound."""
        return response_id in self._ladders and self._ladders[response_id].silenced

    def sounds(self, response_id: str) -> None:
        """The sound of the response begins, on a stream of its own."""
        if response_id in self._ladders:
            self._spoke(self._ladders[response_id])

    def cancel_asked(self, response_id: object) -> None:
        """The client sent response.cancel."""
        ladder = self._ladders.get(str(response_id)) if response_id else self.active
        if ladder is not None and not ladder.done:
            ladder.cut_short()

    def done(self, event: Event) -> None:
        """response.done"""
        response = event["response"]
        ladder = self._ladders.get(response["id"])
        if ladder is None or ladder.done:
            how = "is done twice" if ladder else "was never created"
            self._findings.note("response-id", f"response {response['id']} {how}")
            return
        for item in response["output"]:
            if items.carries_audio(item):
                self._findings.note("item-audio", f"item {item['id']} carries audio bytes")
        ladder.finish(response, self._conversation.is_truncated)
        if ladder is self.active:
            self.active = None

    def finish(self) -> None:
        """At the end of the connection every response has ended."""
        for response_id in self.running:
            self._findings.note("response-open", f"{response_id} has had no response.done")
        if self._next is not None:
            rule, kind, item_id = self._next
            self._findings.note(rule, f"{kind} {item_id} was due")
