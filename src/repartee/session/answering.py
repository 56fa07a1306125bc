"""What is answered, and in which manner: what the client asks, what was said, what is foreseen.

A response says of itself what the client has said of it, and of everything else what the session
says then.
"""

from repartee.protocol import errors
from repartee.protocol.audio import Encoding
from repartee.protocol.client import ResponseConfig, ResponseCreate
from repartee.protocol.errors import Refused
from repartee.session.bounds import Bounds
from repartee.session.configuration import Configuration
from repartee.session.context import Manner, fault
from repartee.session.conversation import Conversation, Entry
from repartee.session.editor import Editor
from repartee.session.replies import Replies


class Answering:
    """Of a session that answers."""

    def __init__(
        self,
        config: Configuration,
        conversation: Conversation,
        editor: Editor,
        replies: Replies,
        bounds: Bounds,
    ) -> None:
        self._config = config
        self._conversation = conversation
        self._editor = editor
        self._replies = replies
        self._bounds = bounds

    def respond(self, event: ResponseCreate, encoding: Encoding) -> Refused | None:
        """Answer as the client asks; `encoding` is how its sound comes."""
        has_spoken = self._conversation.has_assistant_audio
        config = self._config.response_as(event.response, has_spoken=has_spoken)
        if isinstance(config, Refused):
            return config
        if config.conversation == "auto" and self._replies.active is not None:
            return errors.response_active(self._replies.active.ref)
        if self._replies.running >= self._bounds.caps.responses:
            return errors.too_many_responses(self._bounds.caps.responses)
        if config.input is None:
            return self._reply_if_it_fits(config, self._conversation.entries())
        context = self._editor.context(config.input, encoding)
        if isinstance(context, Refused):
            return context
        return self._reply_if_it_fits(config, context)

    def _reply_if_it_fits(
        self, config: ResponseConfig, context: tuple[Entry, ...]
    ) -> Refused | None:
        """Begin a response, unless its context is too long already and may not be cut."""
        refused = fault(config, context, self._manner())
        if refused is None:
            self._reply(config, context)
        return refused

    def answer(self) -> None:
        """Answer what was said, unless an answer is under way, or none is ever given."""
        if self._config.answering is not None and self._replies.active is None:
            self._reply(self._config.response(), self._conversation.entries())

    def foresee(self, said: Entry) -> None:
        """The user has paused; if `said` is all, prepare the answer to it."""
        vad = self._config.detection
        if not self._bounds.foresees or vad is None or not vad.create_response:
            return
        if self._config.answering is not None and self._bounds.spent() is None:
            context = (*self._conversation.entries(), said)
            self._replies.foresee(self._config.response(), context, self._manner())

    def cancel(self, response_id: str | None) -> Refused | None:
        """End a response as the client asks: this one, or the one that is under way."""
        active = self._replies.active
        ref = response_id or (active.ref if active is not None else None)
        if ref is None or ref not in self._replies:
            return errors.nothing_to_cancel()
        self._replies.cancel(ref, "client_cancelled")
        return None

    def _reply(self, config: ResponseConfig, context: tuple[Entry, ...]) -> None:
        self._replies.create(config, context, self._manner(), spent=self._bounds.spent())

    def _manner(self) -> Manner:
        config = self._config.answering
        assert config is not None
        speed = config.audio.output.speed
        bounds = self._bounds
        return Manner(
            config.model,
            speed,
            bounds.window,
            config.truncation,
            bounds.longest,
            bounds.count,
            hears=bounds.hears,
            speaks=bounds.speaks,
            session=config.id,
        )
