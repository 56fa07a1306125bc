"""Responses in progress: what is asked of the engines, and how each one ends."""

from itertools import count
from typing import Any

import msgspec
import pytest

from plays import create, kinds, respond
from repartee.protocol.client import ResponseAudio, ResponseAudioOutput, ResponseConfig
from repartee.protocol.config import (
    CustomVoice,
    FunctionTool,
    Reasoning,
    ToolChoice,
    ToolChoiceFunction,
)
from repartee.protocol.items import InputAudio, InputText, Message
from repartee.protocol.prompt import Message as Spoken
from repartee.protocol.prompt import Prompt, Tool, VoiceChoice
from repartee.protocol.server import ResponseDone, ServerEvent
from repartee.session.bounds import Bounds
from repartee.session.commands import Record, Reply, Stop
from repartee.session.context import Manner
from repartee.session.conversation import Conversation, Entry
from repartee.session.inputs import Called, Failed, Finished, Said, Sounded
from repartee.session.outbox import Outbox
from repartee.session.playback import Playback
from repartee.session.replies import Replies
from stage import Stage

MANNER = Manner(model="gpt-realtime", speed=1.5, window=1000)
BESIDE = ResponseConfig(conversation="none")
BROKEN = Failed("user", "engine_error", "It broke.")


def typed(text: str) -> Entry:
    return Entry(Message(id=text, role="user", content=[InputText(text=text)]))


def spoken(item_id: str) -> Entry:
    """A user item whose words are not known yet."""
    entry = Entry(Message(id=item_id, role="user", content=[InputAudio()]))
    entry.awaited = True
    return entry


class Told:
    """Replies, and what comes of them."""

    def __init__(self) -> None:
        numbers = count(1)
        self.outbox = Outbox(lambda prefix: f"{prefix}_{next(numbers)}")
        self.conversation = Conversation("conv_1")
        playback = Playback(self.conversation, self.outbox)
        self.replies = Replies(self.conversation, self.outbox, playback)
        self.outputs: list[Any] = []

    def create(self, config: ResponseConfig, *context: Entry) -> str:
        """Begin a response; its ref."""
        before = len(self.outputs)
        self.replies.create(config, context, MANNER)
        self.drain()
        ref: str = self.outputs[before].response.id
        return ref

    def drain(self) -> list[Any]:
        outputs = self.outbox.drain()
        self.outputs += outputs
        return outputs

    def follow(self, *facts: Said | Sounded | Called | Finished | Failed) -> list[Any]:
        for fact in facts:
            self.replies.follow(fact)
        return self.drain()

    def asked(self) -> list[Reply]:
        return [output for output in self.outputs if isinstance(output, Reply)]

    def done(self) -> list[dict[str, Any]]:
        events = [output for output in self.outputs if isinstance(output, ResponseDone)]
        return [msgspec.to_builtins(event.response) for event in events]

    def records(self) -> list[Record]:
        return [output for output in self.outputs if isinstance(output, Record)]

    def stopped(self) -> list[str]:
        return [output.ref for output in self.outputs if isinstance(output, Stop)]


def test_the_question() -> None:
    told = Told()
    config = ResponseConfig(
        instructions="Be brief.",
        audio=ResponseAudio(ResponseAudioOutput(voice="cedar")),
        tools=(FunctionTool(name="look", parameters={"type": "object"}),),
        max_output_tokens=20,
        parallel_tool_calls=False,
        reasoning=Reasoning(effort="low"),
    )
    ref = told.create(config, typed("Hello."))
    assert told.asked() == [
        Reply(
            ref=ref,
            prompt=Prompt(
                lines=(Spoken("user", "Hello."),),
                instructions="Be brief.",
                tools=(Tool("look", "", {"type": "object"}),),
                tool_choice="auto",
                parallel_tool_calls=False,
                max_output_tokens=20,
                reasoning_effort="low",
                model="gpt-realtime",
            ),
            voice=VoiceChoice("cedar", speed=1.5),
        )
    ]


def test_the_question_without_any_wish() -> None:
    told = Told()
    told.create(ResponseConfig())
    (reply,) = told.asked()
    assert reply.prompt == Prompt(lines=(), model="gpt-realtime")
    assert reply.voice == VoiceChoice("marin", speed=1.5)


@pytest.mark.parametrize(
    ("choice", "asked"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (ToolChoiceFunction(name="look"), "=look"),
    ],
)
def test_tool_choice(choice: ToolChoice, asked: str) -> None:
    """B044, B170"""
    told = Told()
    told.create(ResponseConfig(tool_choice=choice))
    assert told.asked()[0].prompt.tool_choice == asked


def test_a_custom_voice_goes_by_its_id() -> None:
    told = Told()
    told.create(
        ResponseConfig(audio=ResponseAudio(ResponseAudioOutput(voice=CustomVoice("voice_1"))))
    )
    voice = told.asked()[0].voice
    assert voice is not None
    assert voice.name == "voice_1"


def test_a_written_answer_needs_no_voice() -> None:
    """B130"""
    told = Told()
    told.create(ResponseConfig(output_modalities=("text",)))
    assert told.asked()[0].voice is None


def test_only_one_writes_the_conversation() -> None:
    """B123"""
    told = Told()
    beside = told.create(BESIDE)
    assert told.replies.active is None
    writing = told.create(ResponseConfig())
    assert told.replies.active is not None
    assert told.replies.active.ref == writing
    assert beside in told.replies
    assert writing in told.replies
    told.follow(Said(writing, "a"), Finished(writing))
    assert told.replies.active is None
    assert writing not in told.replies
    assert beside in told.replies


def test_an_answer_is_told_to_its_end() -> None:
    """B117"""
    told = Told()
    ref = told.create(ResponseConfig())
    told.follow(Said(ref, "Hi."), Sounded(ref, b"\0\0", 20, "Hi."), Called(ref, "0", "look", "{}"))
    assert told.done() == []
    told.follow(Finished(ref, input_tokens=9, output_tokens=3))
    (done,) = told.done()
    assert (done["status"], done["status_details"]) == ("completed", None)
    assert [item["type"] for item in done["output"]] == ["message", "function_call"]
    assert done["usage"]["total_tokens"] == 9 + 3 + 1
    assert told.stopped() == []


def test_empty_words_open_nothing() -> None:
    told = Told()
    ref = told.create(ResponseConfig())
    assert told.follow(Said(ref, "")) == []


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
def test_stopped_early(reason: str) -> None:
    """B132, B133"""
    told = Told()
    ref = told.create(ResponseConfig())
    told.follow(Said(ref, "Hi."), Finished(ref, stopped=reason))
    (done,) = told.done()
    assert done["status"] == "incomplete"
    assert done["status_details"] == {"type": "incomplete", "reason": reason}
    assert done["output"][0]["status"] == "incomplete"


def test_nothing_is_no_answer() -> None:
    told = Told()
    ref = told.create(ResponseConfig())
    told.follow(Finished(ref))
    assert told.done()[0]["status_details"]["error"]["code"] == "empty_response"


def test_work_that_is_over_is_not_stopped() -> None:
    told = Told()
    told.follow(Finished(told.create(ResponseConfig())))
    told.follow(Failed(told.create(ResponseConfig()), "engine_error", "It broke."))
    assert told.stopped() == []


def test_a_dead_model() -> None:
    """B134"""
    told = Told()
    ref = told.create(ResponseConfig())
    told.follow(Said(ref, "Hi"), Failed(ref, "engine_error", "It broke."))
    (done,) = told.done()
    assert done["status"] == "failed"
    assert done["status_details"] == {
        "type": "failed",
        "error": {"type": "server_error", "code": "engine_error", "message": "It broke."},
    }
    assert done["output"][0]["status"] == "incomplete"
    assert told.replies.active is None


def test_cancelling() -> None:
    """B139, B142, B144"""
    told = Told()
    ref = told.create(ResponseConfig())
    told.follow(Said(ref, "Hi"))
    told.replies.cancel(ref, "client_cancelled")
    outputs = told.drain()
    assert outputs[0] == Stop(ref)
    assert isinstance(outputs[-1], ResponseDone)
    (done,) = told.done()
    assert done["status"] == "cancelled"
    assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert told.replies.active is None


@pytest.mark.parametrize(
    "fact",
    [
        Said("resp_1", "late"),
        Sounded("resp_1", b"\0\0", 20),
        Called("resp_1", "0", "look", "{}"),
        Finished("resp_1"),
        Failed("resp_1", "late", "Late."),
    ],
)
def test_results_of_stopped_work_say_nothing(
    fact: Said | Sounded | Called | Finished | Failed,
) -> None:
    told = Told()
    ref = told.create(ResponseConfig())
    told.replies.cancel(ref, "client_cancelled")
    told.drain()
    assert told.follow(msgspec.structs.replace(fact, ref=ref)) == []


def test_it_waits_for_the_words_of_all_sound_in_its_context() -> None:
    told = Told()
    first, second = spoken("first"), spoken("second")
    ref = told.create(ResponseConfig(), first, second)
    assert told.asked() == []
    told.replies.resolve(spoken("another"), None)
    first.transcript, second.transcript = "One.", "Two."
    told.replies.resolve(first, None)
    told.drain()
    assert told.asked() == []
    told.replies.resolve(second, None)
    told.drain()
    (reply,) = told.asked()
    assert reply.ref == ref
    assert reply.prompt.lines == (Spoken("user", "One."), Spoken("user", "Two."))


def test_one_that_waits_is_cancelled_without_a_word_to_the_engines() -> None:
    told = Told()
    first = spoken("first")
    ref = told.create(ResponseConfig(), first)
    told.replies.cancel(ref, "turn_detected")
    told.replies.resolve(first, None)
    outputs = told.drain()
    assert all(isinstance(output, ServerEvent | Record) for output in outputs)
    assert told.done()[0]["status"] == "cancelled"


def test_dead_ears_while_it_waits() -> None:
    told = Told()
    user = spoken("user")
    ref = told.create(ResponseConfig(), user)
    told.replies.resolve(user, BROKEN)
    told.drain()
    (done,) = told.done()
    assert (done["id"], done["status"]) == (ref, "failed")
    assert done["status_details"]["error"]["message"] == "It broke."
    assert told.asked() == []


def test_dead_ears_before_it_began() -> None:
    told = Told()
    entry = spoken("user")
    entry.awaited, entry.failed = False, BROKEN
    told.create(ResponseConfig(), entry)
    assert [done["status"] for done in told.done()] == ["failed"]
    assert told.asked() == []


def test_what_was_not_heard_long_ago_does_not_matter() -> None:
    """Whether the older item failed before or after the response began."""
    statuses = []
    for early in (True, False):
        told = Told()
        entry = spoken("user")
        if early:
            entry.awaited, entry.failed = False, BROKEN
        told.create(ResponseConfig(), entry, typed("Hello."))
        if not early:
            told.replies.resolve(entry, BROKEN)
            told.drain()
        statuses.append([done["status"] for done in told.done()])
    assert statuses == [[], []]


def test_what_was_never_asked_costs_nothing() -> None:
    told = Told()
    ref = told.create(ResponseConfig(instructions="Be brief."), spoken("user"))
    told.replies.cancel(ref, "client_cancelled")
    told.drain()
    assert told.done()[0]["usage"]["total_tokens"] == 0


@pytest.mark.parametrize(
    "cue",
    [
        "response.function_call_arguments.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ],
)
def test_who_answers_a_call_as_soon_as_it_is_told_may_go_on(cue: str) -> None:
    """Clients do so at any of these events: they leave in one step with the end."""
    stage = Stage()
    ref = respond(stage)
    stage.call(ref, "look", '{"at": "it"}')
    tail = kinds(stage.finish(ref))
    assert cue in tail
    assert tail[-1] == "response.done"
    call_id = stage.last("response.output_item.done")["item"]["call_id"]
    create(stage, {"type": "function_call_output", "call_id": call_id, "output": "42"})
    assert stage.replies[respond(stage)].prompt.lines[-1].output == "42"  # type: ignore[union-attr]
    stage.settle()
    assert stage.end() == []


def test_the_arguments_of_the_last_call_are_counted() -> None:
    told = Told()
    ref = told.create(ResponseConfig())
    told.follow(Called(ref, "0", "look", "12345678"), Finished(ref))
    assert told.done()[0]["usage"]["output_tokens"] == 3


def names(outputs: list[Any]) -> list[str]:
    return [type(output).__name__ for output in outputs]


def test_what_a_response_cost_is_asked_to_be_kept_before_its_tail() -> None:
    """The arguments are counted, though they are closed in the tail."""
    told = Told()
    told.outbox.now = 10.0
    ref = told.create(ResponseConfig(), typed("Hello."))
    told.follow(Said(ref, "Just a moment."))
    told.outbox.now = 12.5
    assert names(told.follow(Called(ref, "0", "look", "{}")))[-3:] == [
        "OutputItemAdded",
        "ConversationItemAdded",
        "ArgumentsDelta",
    ]
    tail = told.follow(Finished(ref))
    assert names(tail) == [
        "Record",
        "ArgumentsDone",
        "OutputItemDone",
        "ConversationItemDone",
        "ResponseDone",
    ]
    (record,) = told.records()
    assert (record.kind, record.id, record.status) == ("response", ref, "completed")
    assert (record.model, record.audio_s, record.duration_s) == ("gpt-realtime", 0.0, 2.5)
    assert msgspec.to_builtins(record.usage) == told.done()[0]["usage"]
    assert told.done()[0]["usage"]["output_token_details"]["text_tokens"] > 0


@pytest.mark.parametrize(
    ("counts", "by_endpoint"), [((), False), ((5,), False), ((None, 5), False), ((5, 7), True)]
)
def test_who_counted_is_recorded(counts: Any, by_endpoint: bool) -> None:
    told = Told()
    ref = told.create(ResponseConfig())
    told.follow(Said(ref, "Hello."), Finished(ref, *counts))
    assert told.records()[0].by_endpoint is by_endpoint


@pytest.mark.parametrize(
    ("fact", "status"),
    [
        (Finished("", stopped="max_output_tokens"), "incomplete"),
        (Failed("", "engine_error", "It broke."), "failed"),
    ],
)
def test_a_response_that_does_not_complete_is_recorded_too(
    fact: Finished | Failed, status: str
) -> None:
    told = Told()
    ref = told.create(ResponseConfig())
    told.follow(Said(ref, "Hel"), msgspec.structs.replace(fact, ref=ref))
    assert [record.status for record in told.records()] == [status]


def test_responses_that_nobody_waits_for_end_cancelled() -> None:
    told = Told()
    refs = [told.create(ResponseConfig()), told.create(BESIDE)]
    told.replies.abandon()
    told.drain()
    assert told.stopped() == refs
    assert [(record.id, record.status) for record in told.records()] == [
        (ref, "cancelled") for ref in refs
    ]
    assert told.replies.active is None


def test_a_key_that_is_used_up_has_no_answers() -> None:
    """A response begins and fails; nothing is asked of the engines, and the session goes on."""
    left: list[str | None] = ["The tokens of the day are used up.", None]
    stage = Stage(bounds=Bounds(spent=lambda: left.pop(0)))
    stage.client({"type": "response.create"})
    assert not stage.replies
    response = stage.last("response.done")["response"]
    assert response["status"] == "failed"
    error = response["status_details"]["error"]
    assert (error["code"], error["message"]) == (
        "insufficient_quota",
        "The tokens of the day are used up.",
    )
    assert response["usage"]["total_tokens"] == 0
    stage.client({"type": "response.create"})
    assert len(stage.replies) == 1
    stage.settle()
    assert stage.end() == []
