"""The responses in progress: one at most writes the conversation, any number run beside it.

A response is asked of the engines only when the words of all user sound in its context are
known; until then it waits, unless the model hears for itself.  One that was foreseen begins with
what was prepared.  Facts of a ref that is not here any more say nothing.
"""

from repartee.protocol.client import ResponseConfig
from repartee.protocol.config import CustomVoice, encoding
from repartee.protocol.prompt import VoiceChoice
from repartee.protocol.server import ResponseError, StatusDetails
from repartee.session.commands import Record, Reply, Stop
from repartee.session.context import Manner, cut, fault, prompt
from repartee.session.conversation import Conversation, Entry
from repartee.session.foresight import Fact, Foresight
from repartee.session.inputs import Called, Failed, Finished, Said, Sounded
from repartee.session.outbox import Outbox
from repartee.session.playback import Playback
from repartee.session.response import Ending, Response
from repartee.session.usage import usage_of


class Replies:
    """Responses by ref."""

    def __init__(self, conversation: Conversation, outbox: Outbox, playback: Playback) -> None:
        self.active: Response | None = None  # the one that writes the conversation
        self.begun = 0  # how many have written it, or tried to
        self._conversation = conversation
        self._outbox = outbox
        self._playback = playback
        self.foresight = Foresight(outbox)
        self._responses: dict[str, Response] = {}
        self._works: dict[str, Response] = {}
        self._manners: dict[str, Manner] = {}

    @property
    def running(self) -> int:
        """How many are in progress."""
        return len(self._responses)

    def __contains__(self, ref: str) -> bool:
        return ref in self._responses

    def foresee(self, config: ResponseConfig, context: tuple[Entry, ...], manner: Manner) -> None:
        """Prepare a response that may have to be given soon."""
        if self.active is None and not any(entry.awaited for entry in context):
            kept, _ = cut(config, context, manner)
            if fault(config, context, manner) is None:
                self.foresight.prepare(self._request("", config, kept, manner))

    def create(
        self,
        config: ResponseConfig,
        context: tuple[Entry, ...],
        manner: Manner,
        *,
        spent: str | None = None,
    ) -> None:
        """Begin a response; the caller has seen to it that it may begin.

        `spent` says why there is nothing left for it: then it fails.
        """
        ref = self._outbox.new_id("resp")
        conversation = self._conversation if config.conversation == "auto" else None
        response = Response(ref, config, context, conversation, self._outbox, self._playback)
        if not manner.hears:
            response.waits_for = {entry for entry in context if entry.awaited}
        self._responses[ref], self._manners[ref] = response, manner
        if response.in_conversation:
            self.active = response
            self.begun += 1
        response.begin()
        if spent is not None:
            self._fail(response, Failed(ref, "insufficient_quota", spent))
        elif context and context[-1].failed is not None and not manner.hears:
            self._fail(response, context[-1].failed)
        elif not response.waits_for:
            self._ask(response)

    def resolve(self, entry: Entry, failed: Failed | None) -> None:
        """The words of an item are settled: ask for what waited for them.

        An answer to words that nobody could recognise fails; that older ones were not
        recognised does not matter.
        """
        for response in tuple(self._responses.values()):
            if entry not in response.waits_for:
                continue
            response.waits_for.discard(entry)
            if failed is not None and response.context[-1] is entry:
                self._fail(response, failed)
            elif not response.waits_for:
                self._ask(response)

    def follow(self, fact: Fact) -> None:
        """Take what the engines tell of a response."""
        response = self._works.get(fact.ref)
        if response is None:
            self.foresight.follow(fact)
            return
        match fact:
            case Said(text=text):
                if text:
                    response.say(text)
            case Sounded(audio=audio, ms=ms, text=text):
                response.sound(audio, ms, text)
            case Called(key=key, name=name, arguments=arguments):
                response.call(key, name, arguments)
            case Finished():
                self._finish(response, fact)
            case Failed():
                self._fail(response, fact)

    def cancel(self, ref: str, reason: str) -> None:
        """Stop a response: what was said of it stays, closed as incomplete."""
        response = self._responses[ref]
        self._stop(response)
        self._end(response, "cancelled", StatusDetails(type="cancelled", reason=reason))

    def _finish(self, response: Response, finished: Finished) -> None:
        if finished.stopped is not None:
            details = StatusDetails(type="incomplete", reason=finished.stopped)
            self._end(response, "incomplete", details, finished)
        elif not response.output:
            nothing = Failed(response.ref, "empty_response", "The language model answered nothing.")
            self._fail(response, nothing)
        else:
            self._end(response, "completed", None, finished)

    def fail_all(self, code: str, message: str) -> None:
        """The session ends: so do its responses."""
        for response in tuple(self._responses.values()):
            self._stop(response)
            self._fail(response, Failed(response.ref, code, message))

    def abandon(self) -> None:
        """Nobody listens any more."""
        for ref in tuple(self._responses):
            self.cancel(ref, "client_cancelled")

    def _fail(self, response: Response, failed: Failed) -> None:
        error = ResponseError(type="server_error", code=failed.code, message=failed.message)
        self._end(response, "failed", StatusDetails(type="failed", error=error))

    def _stop(self, response: Response) -> None:
        if response.work is not None:
            self._outbox.ask(Stop(response.work))

    def _end(
        self,
        response: Response,
        status: Ending,
        details: StatusDetails | None,
        finished: Finished | None = None,
    ) -> None:
        manner = self._manners.pop(response.ref)
        del self._responses[response.ref]
        self._works.pop(response.work or "", None)
        if self.active is response:
            self.active = None
        tail = self._outbox.place
        response.close("completed" if status == "completed" else "incomplete")
        asked = response.context if response.work else ()
        instructions = response.config.instructions if response.work else ""
        usage = usage_of(instructions, asked, response.output, finished, manner.count)
        record = Record(
            kind="response",
            id=response.ref,
            status=status,
            usage=usage,
            model=manner.model,
            by_endpoint=_counted(finished),
            duration_s=self._outbox.now - response.begun,
        )
        self._outbox.ask_at(tail, record)
        response.end(status, details, usage)

    def _ask(self, response: Response) -> None:
        config, manner = response.config, self._manners[response.ref]
        if refused := fault(config, response.context, manner):
            code = refused.code or ""
            self._fail(response, Failed(response.ref, code, refused.message))
            return
        response.context, dropped = cut(config, response.context, manner)
        if response.in_conversation and config.input is None:
            for entry in dropped:
                entry.dropped = True
        request = self._request(response.ref, config, response.context, manner)
        foreseen = self.foresight.take(request) if response.in_conversation else None
        response.work, facts = foreseen or (response.ref, [])
        self._works[response.work] = response
        if foreseen is None:
            self._outbox.ask(request)
        for fact in facts:
            self.follow(fact)

    def _request(
        self, ref: str, config: ResponseConfig, context: tuple[Entry, ...], manner: Manner
    ) -> Reply:
        """What the engines are asked."""
        output = config.audio.output
        voice = VoiceChoice(
            name=output.voice.id if isinstance(output.voice, CustomVoice) else output.voice,
            speed=manner.speed,
        )
        spoken = voice if config.output_modalities == ("audio",) else None
        return Reply(
            ref=ref,
            prompt=prompt(config, context, manner, spoken),
            voice=spoken,
            encoding="audio/pcm" if self._playback.paced else encoding(output.format),
        )


def _counted(finished: Finished | None) -> bool:
    """Whether the endpoint has counted what was read and what was written."""
    return finished is not None and None not in (finished.input_tokens, finished.output_tokens)
