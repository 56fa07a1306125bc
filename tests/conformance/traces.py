"""Event streams of a faultless server: each function plays one scene and returns its script."""

import base64
from typing import Any, Literal

from conformance.sessions import SESSION, USAGE

Side = Literal["client", "server"]
Event = dict[str, Any]


def pcm(ms: int) -> str:
    """Silence as base64 of 24 kHz PCM."""
    return base64.b64encode(bytes(48 * ms)).decode()


class Script:
    """A stream in the making; it invents ids and follows the order of the conversation."""

    def __init__(self, session: dict[str, Any] = SESSION) -> None:
        self.steps: list[tuple[Side, Event]] = []
        self.session = session
        self.dialect = "ga"
        self.order: list[str] = []
        self.outputs: list[Event] = []
        self.response: Event = {}
        self._numbers: dict[str, int] = {}

    def new_id(self, prefix: str) -> str:
        """The next id of that kind: item_1, item_2, …"""
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return f"{prefix}_{self._numbers[prefix]}"

    def forget(self, prefix: str) -> None:
        """Lets ids of that kind begin anew, as a careless server might."""
        self._numbers[prefix] = 0

    def client(self, kind: str, **fields: Any) -> None:
        """The client says this, under an id of its own."""
        self.steps.append(("client", {"type": kind, "event_id": self.new_id("client"), **fields}))

    def server(self, kind: str, **fields: Any) -> None:
        """The server says this."""
        event = {"type": kind, "event_id": self.new_id("event"), **fields}
        self.steps.append(("server", event))

    @property
    def last_client_id(self) -> str:
        """The id of the client's last event."""
        return f"client_{self._numbers['client']}"

    def connect(self) -> "Script":
        """The first frame."""
        self.server("session.created", session=self.session)
        return self

    def update(self, said: dict[str, Any], shown: dict[str, Any]) -> None:
        """An accepted update: the session is now `shown`."""
        self.client("session.update", session={"type": self.session["type"], **said})
        self.session = shown
        self.server("session.updated", session=shown)

    def refuse(self, code: str | None, message: str, param: str | None = None) -> None:
        """The error about the client's last event."""
        error = {"type": "invalid_request_error", "code": code, "message": message}
        self.server("error", error={**error, "param": param, "event_id": self.last_client_id})

    def item(self, item: dict[str, Any], previous: str | None = None, **asked: Any) -> str:
        """The client creates an item; the server says where it stands."""
        item_id = item.get("id") or self.new_id("item")
        self.client("conversation.item.create", item=item, **asked)
        self.place(
            {"object": "realtime.item", "status": "completed", **item, "id": item_id},
            previous
            or (self.order[-1] if self.order and "previous_item_id" not in asked else None),
        )
        return item_id

    def place(self, item: dict[str, Any], previous: str | None) -> None:
        """An item that is complete from the beginning enters the conversation."""
        self.order.insert(self.order.index(previous) + 1 if previous else 0, item["id"])
        for phase in ("added", "done"):
            self.server(f"conversation.item.{phase}", previous_item_id=previous, item=item)

    def user_text(self, text: str = "Hello") -> str:
        """The client writes a user message."""
        content = [{"type": "input_text", "text": text}]
        return self.item({"type": "message", "role": "user", "content": content})

    def committed(self, item_id: str) -> None:
        """Audio becomes a user item."""
        previous = self.order[-1] if self.order else None
        self.server("input_audio_buffer.committed", previous_item_id=previous, item_id=item_id)
        content = [{"type": "input_audio", "transcript": None}]
        item = {"id": item_id, "object": "realtime.item", "type": "message", "role": "user"}
        self.place({**item, "status": "completed", "content": content}, previous)

    def speech_begins(self, start_ms: int = 200) -> str:
        """A second of audio, in which speech begins."""
        item_id = self.new_id("item")
        self.client("input_audio_buffer.append", audio=pcm(1000))
        self.server("input_audio_buffer.speech_started", audio_start_ms=start_ms, item_id=item_id)
        return item_id

    def speech_ends(self, item_id: str, end_ms: int = 1900) -> None:
        """Another second, in which it ends."""
        self.client("input_audio_buffer.append", audio=pcm(1000))
        self.server("input_audio_buffer.speech_stopped", audio_end_ms=end_ms, item_id=item_id)
        self.committed(item_id)

    def respond(self, **said: Any) -> None:
        """The client asks for a response, which begins."""
        if said:
            self.client("response.create", response=said)
        else:
            self.client("response.create")
        self.begin(**said)

    def begin(self, conversation: str = "auto", **shown: Any) -> None:
        """A response begins."""
        self.outputs = []
        self.response = {
            "id": self.new_id("resp"),
            "object": "realtime.response",
            "status": "in_progress",
            "status_details": None,
            "output": [],
            "usage": None,
            "conversation_id": "conv_1" if conversation == "auto" else None,
            "output_modalities": shown.get("output_modalities", self.session["output_modalities"]),
            "max_output_tokens": shown.get("max_output_tokens", "inf"),
            "metadata": shown.get("metadata"),
            "audio": {
                "output": {key: self.session["audio"]["output"][key] for key in ("format", "voice")}
            },
        }
        self.server("response.created", response=self.response)
        limit = {"name": "tokens", "limit": 1000, "remaining": 990, "reset_seconds": 0.5}
        self.server("rate_limits.updated", rate_limits=[limit])

    @property
    def in_conversation(self) -> bool:
        """Whether the response writes into the conversation."""
        return self.response["conversation_id"] is not None

    def output(self, phase: str, item: dict[str, Any]) -> None:
        """An output item is added or done, in the response and in the conversation."""
        self.server(
            f"response.output_item.{phase}",
            response_id=self.response["id"],
            output_index=len(self.outputs),
            item=item,
        )
        if not self.in_conversation:
            return
        if phase == "added":
            self.order.append(item["id"])
        place = self.order.index(item["id"])
        previous = self.order[place - 1] if place else None
        self.server(f"conversation.item.{phase}", previous_item_id=previous, item=item)

    def part(self, kind: str, item_id: str, **fields: Any) -> None:
        """An event within the first part of the present item."""
        self.server(
            f"response.{kind}",
            response_id=self.response["id"],
            item_id=item_id,
            output_index=len(self.outputs),
            content_index=0,
            **fields,
        )

    def message_begins(self, kind: Literal["audio", "text"]) -> dict[str, Any]:
        """An assistant message begins, with its first part."""
        item: dict[str, Any] = {
            "id": self.new_id("item"),
            "object": "realtime.item",
            "type": "message",
            "role": "assistant",
            "status": "in_progress",
            "content": [],
        }
        self.output("added", item)
        word = "transcript" if kind == "audio" else "text"
        self.part("content_part.added", item["id"], part={"type": kind, word: ""})
        return item

    def speak(self, item: dict[str, Any], *words: str, ms: int = 100) -> None:
        """Pieces of speech, each with its words."""
        for word in words:
            self.part("output_audio_transcript.delta", item["id"], delta=word)
            self.part("output_audio.delta", item["id"], delta=pcm(ms))

    def speech_closes(self, item: dict[str, Any], words: str, status: str = "completed") -> None:
        """The done events of a spoken message."""
        self.part("output_audio.done", item["id"])
        self.part("output_audio_transcript.done", item["id"], transcript=words)
        self.part("content_part.done", item["id"], part={"type": "audio", "transcript": words})
        content = [{"type": "output_audio", "transcript": words}]
        self.item_closes({**item, "status": status, "content": content})

    def item_closes(self, item: dict[str, Any]) -> None:
        """An output item is final."""
        self.output("done", item)
        self.outputs.append(item)

    def say(self, *words: str) -> str:
        """A whole spoken message."""
        item = self.message_begins("audio")
        self.speak(item, *words)
        self.speech_closes(item, "".join(words))
        return str(item["id"])

    def write(self, *words: str) -> str:
        """A whole written message."""
        item = self.message_begins("text")
        for word in words:
            self.part("output_text.delta", item["id"], delta=word)
        text = "".join(words)
        self.part("output_text.done", item["id"], text=text)
        self.part("content_part.done", item["id"], part={"type": "text", "text": text})
        content = [{"type": "output_text", "text": text}]
        self.item_closes({**item, "status": "completed", "content": content})
        return str(item["id"])

    def call(self, name: str, *pieces: str) -> str:
        """A whole function call; returns its call_id."""
        call_id = self.new_id("call")
        item = {
            "id": self.new_id("item"),
            "object": "realtime.item",
            "type": "function_call",
            "status": "in_progress",
            "name": name,
            "call_id": call_id,
            "arguments": "",
        }
        self.output("added", item)
        place = {
            "response_id": self.response["id"],
            "item_id": item["id"],
            "output_index": len(self.outputs),
            "call_id": call_id,
        }
        for piece in pieces:
            self.server("response.function_call_arguments.delta", **place, delta=piece)
        arguments = "".join(pieces)
        self.server(
            "response.function_call_arguments.done", **place, name=name, arguments=arguments
        )
        self.item_closes({**item, "status": "completed", "arguments": arguments})
        return call_id

    def end(self, status: str = "completed", **details: Any) -> None:
        """The response ends."""
        told = {"type": status, **details} if details else None
        end = {"status": status, "status_details": told, "output": self.outputs, "usage": USAGE}
        self.server("response.done", response={**self.response, **end})
