"""One response, from `response.created` to exactly one `response.done`.

A response has output items; at most one is open at a time, the last.  A message item has one
part, audio or text by the response's modality.  Events go out in the order of the contract:

    response.created, (rate_limits.updated)
      output_item.added, conversation.item.added
        content_part.added, …delta*, …done, content_part.done
        function_call_arguments.delta*, .done
      output_item.done, conversation.item.done
    response.done

The open item is closed only when something follows it or the response ends, so that the last
item's closing events and `response.done` leave in one step.
"""

from typing import Literal, TypedDict

from msgspec import structs

from repartee.protocol.audio import Encoding
from repartee.protocol.client import ResponseConfig
from repartee.protocol.config import CustomVoice, encoding
from repartee.protocol.items import FunctionCall, Item, Message, OutputAudio, OutputText, Status
from repartee.protocol.server import (
    ArgumentsDelta,
    ArgumentsDone,
    ContentPart,
    ContentPartAdded,
    ContentPartDone,
    ConversationItemAdded,
    ConversationItemDone,
    OutputAudioDelta,
    OutputAudioDone,
    OutputAudioTranscriptDelta,
    OutputAudioTranscriptDone,
    OutputItemAdded,
    OutputItemDone,
    OutputTextDelta,
    OutputTextDone,
    RateLimitsUpdated,
    ResponseAudio,
    ResponseBody,
    ResponseCreated,
    ResponseDone,
    ResponseOutput,
    ResponseUsage,
    StatusDetails,
)
from repartee.session.conversation import Conversation, Entry
from repartee.session.outbox import Outbox
from repartee.session.playback import Playback

Ending = Literal["completed", "cancelled", "incomplete", "failed"]


class Place(TypedDict):
    """Where in a response a part's event belongs."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int


class Response:
    """An answer on its way.  `conversation` is None for one out of band."""

    def __init__(
        self,
        ref: str,
        config: ResponseConfig,
        context: tuple[Entry, ...],
        conversation: Conversation | None,
        outbox: Outbox,
        playback: Playback,
    ) -> None:
        self.ref = ref
        self.begun = outbox.now
        self.config = config
        self.context = context
        self.waits_for: set[Entry] = set()  # user items whose words are not known yet
        self.work: str | None = None  # the ref under which engines work on it, or have
        self.output: list[Entry] = []
        self._finished: list[Item] = []  # the output as its events told it
        self._conversation = conversation
        self._outbox = outbox
        self._playback = playback
        self._open: Entry | None = None
        self._text = ""  # of the open part, or arguments of the open call
        self._key: str | None = None  # of the open call

    @property
    def in_conversation(self) -> bool:
        return self._conversation is not None

    @property
    def audible(self) -> bool:
        return self.config.output_modalities == ("audio",)

    @property
    def encoding(self) -> Encoding:
        """How its sound is wanted."""
        output = self.config.audio.output
        return "audio/pcm" if self._playback.paced else encoding(output.format)

    def begin(self) -> None:
        self._outbox.say(ResponseCreated(response=self._body("in_progress", None, None)))
        self._outbox.say(RateLimitsUpdated(rate_limits=[]))

    def say(self, text: str) -> None:
        """The model's words go on."""
        entry = self._message()
        self._text += text
        delta = OutputAudioTranscriptDelta if self.audible else OutputTextDelta
        self._outbox.say(delta(**self._place(entry), delta=text))
        self._hold(entry)

    def sound(self, audio: bytes, length_ms: float, words: str) -> None:
        """The voice goes on."""
        entry = self._message()
        entry.sound(audio, length_ms, words)
        if audio and not self._playback.paced:
            self._outbox.say(OutputAudioDelta(**self._place(entry), delta=audio))
        if audio and (self.in_conversation or self._playback.paced):
            self._playback.sounds(self.ref, entry, audio, length_ms)

    def call(self, key: str, name: str, arguments: str) -> None:
        """A function call begins or goes on."""
        if self._key != key:
            self.close("completed")
            self._open_call(key, name)
        entry = self._open
        assert entry is not None
        assert isinstance(entry.item, FunctionCall)
        self._text += arguments
        if arguments:
            self._outbox.say(
                ArgumentsDelta(
                    response_id=self.ref,
                    item_id=entry.id,
                    output_index=len(self.output) - 1,
                    call_id=entry.item.call_id or "",
                    delta=arguments,
                )
            )

    def end(
        self, status: Ending, details: StatusDetails | None, usage: ResponseUsage | None
    ) -> None:
        """Close what is open and say the one `response.done`."""
        self.close("completed" if status == "completed" else "incomplete")
        if self._conversation is not None:
            self._conversation.retain()  # the answer's sound has grown
        self._outbox.say(ResponseDone(response=self._body(status, details, usage)))
        self._playback.completes(self.ref)

    def _body(
        self,
        status: Literal["in_progress"] | Ending,
        details: StatusDetails | None,
        usage: ResponseUsage | None,
    ) -> ResponseBody:
        output = self.config.audio.output
        voice = output.voice.id if isinstance(output.voice, CustomVoice) else output.voice
        return ResponseBody(
            id=self.ref,
            status=status,
            status_details=details,
            output=list(self._finished),
            conversation_id=self._conversation.id if self._conversation else None,
            output_modalities=self.config.output_modalities,
            max_output_tokens=self.config.max_output_tokens,
            audio=ResponseAudio(output=ResponseOutput(format=output.format, voice=voice)),
            usage=usage,
            metadata=self.config.metadata,
            temperature=self.config.temperature,
        )

    def _message(self) -> Entry:
        """The open message item; one is opened if there is none."""
        if self._open is not None and self._key is None:
            return self._open
        self.close("completed")
        item_id = self._outbox.new_id("item")
        item = Message(id=item_id, status="in_progress", role="assistant", content=[])
        entry = self._add(Entry(item))
        entry.encoding = self.encoding
        part = (
            ContentPart(type="audio", transcript="")
            if self.audible
            else ContentPart(type="text", text="")
        )
        self._outbox.say(ContentPartAdded(**self._place(entry), part=part))
        self._hold(entry)
        return entry

    def _place(self, entry: Entry) -> Place:
        return {
            "response_id": self.ref,
            "item_id": entry.id,
            "output_index": len(self.output) - 1,
            "content_index": 0,
        }

    def _hold(self, entry: Entry, status: Status = "in_progress") -> Message:
        """The item with what it says so far; events said before keep the one they had."""
        assert isinstance(entry.item, Message)
        part = OutputAudio(transcript=self._text) if self.audible else OutputText(text=self._text)
        whole = structs.replace(entry.item, status=status, content=[part])
        entry.item = whole
        if entry.heard_ms is not None:
            entry.truncate(entry.heard_ms)
        return whole

    def _open_call(self, key: str, name: str) -> None:
        new_id = self._outbox.new_id
        item = FunctionCall(
            id=new_id("item"), status="in_progress", call_id=new_id("call"), name=name, arguments=""
        )
        self._add(Entry(item))
        self._key = key

    def _add(self, entry: Entry) -> Entry:
        """Open an output item, first in the response, then in the conversation."""
        self.output.append(entry)
        self._open, self._text = entry, ""
        index = len(self.output) - 1
        self._outbox.say(OutputItemAdded(response_id=self.ref, output_index=index, item=entry.item))
        if self._conversation is not None:
            previous = self._conversation.add(entry)
            self._outbox.say(ConversationItemAdded(previous_item_id=previous, item=entry.item))
        return entry

    def close(self, status: Status) -> None:
        """Close the open item: what it holds is the sum of its deltas."""
        entry = self._open
        if entry is None:
            return
        close = self._close_message if self._key is None else self._close_call
        finished = close(entry, status)
        self._open, self._key = None, None
        index = len(self.output) - 1
        self._finished.append(finished)
        self._outbox.say(OutputItemDone(response_id=self.ref, output_index=index, item=finished))
        if self._conversation is not None and entry.id in self._conversation:
            previous = self._conversation.previous_id(entry)
            self._outbox.say(ConversationItemDone(previous_item_id=previous, item=finished))

    def _close_call(self, entry: Entry, status: Status) -> Item:
        assert isinstance(entry.item, FunctionCall)
        item = structs.replace(entry.item, status=status, arguments=self._text)
        entry.item = item
        self._outbox.say(
            ArgumentsDone(
                response_id=self.ref,
                item_id=entry.id,
                output_index=len(self.output) - 1,
                call_id=item.call_id or "",
                name=item.name,
                arguments=item.arguments,
            )
        )
        return item

    def _close_message(self, entry: Entry, status: Status) -> Item:
        place, text = self._place(entry), self._text
        if self.audible:
            self._outbox.say(OutputAudioDone(**place))
            self._outbox.say(OutputAudioTranscriptDone(**place, transcript=text))
            part = ContentPart(type="audio", transcript=text)
        else:
            self._outbox.say(OutputTextDone(**place, text=text))
            part = ContentPart(type="text", text=text)
        self._outbox.say(ContentPartDone(**place, part=part))
        return self._hold(entry, status)
