"""Spans as they are made of one turn, before anything of OpenTelemetry has seen them."""

import json

from repartee.protocol.prompt import Call, CallOutput, Message, Prompt
from repartee.telemetry.spans import Scene, Span, Worker, spans, voice_key
from repartee.telemetry.turn import Answer, Reply, Turn, Voice

PROMPT = Prompt(
    (Message("user", "What is it?"), Call("call_1", "look", "{}"), CallOutput("call_1", "a cat")),
    instructions="Be brief.",
)


def scene(*, captures: bool = False, workflow: str = "Agent workflow") -> Scene:
    return Scene(
        workflow=workflow,
        ears=Worker("fake"),
        mind=Worker("openai", "qwen3"),
        voice=Worker("piper"),
        shared={},
        named={},
        captures=captures,
    )


def answered(**facts: object) -> Turn:
    reply = Reply("resp", 1, PROMPT, wanted=1, speaks_as="marin", first=2, last=3, text="A cat.")
    reply.voice = Voice("marin", given=2, first=2.5, last=4, characters=6, audio_ms=100)
    answer = Answer("resp", 1, "conv", reply=reply, done=5, status="completed")
    for name, value in facts.items():
        setattr(answer, name, value)
    return Turn(1, "text", began=0, answers=[answer])


def named(turn: Turn, name: str, *, captures: bool = False) -> Span:
    (found,) = (
        span for span in spans(turn, scene(captures=captures)) if span.name.startswith(name)
    )
    return found


def test_a_span_is_named_by_its_model_or_by_its_engine() -> None:
    assert [span.name for span in spans(answered(), scene())] == [
        "Agent workflow",
        "chat qwen3",
        "text_to_speech piper",
    ]
    assert [span.key for span in spans(answered(), scene())] == ["", "resp", voice_key("resp")]


def test_a_models_work_ends_where_only_the_voice_goes_on() -> None:
    chat, voice = named(answered(), "chat"), named(answered(), "text_to_speech")
    assert (chat.began, chat.ended, voice.began, voice.ended) == (1, 3, 2, 4)


def test_whose_fault_it_was_stands_where_it_happened() -> None:
    for code, faulty, innocent in (
        ("voice_timeout", "text_to_speech", "chat"),
        ("model_timeout", "chat", "text_to_speech"),
    ):
        turn = answered(status="failed", error=code)
        assert named(turn, faulty).error == code
        assert named(turn, innocent).error is None
        assert named(turn, "Agent workflow").error == code


def test_what_was_said_is_told_in_the_shape_of_messages() -> None:
    told = named(answered(), "chat", captures=True).attributes
    assert told["repartee.pii.system_instructions"] == "Be brief."
    messages = json.loads(str(told["repartee.pii.input.messages"]))
    assert [message["role"] for message in messages] == ["user", "assistant", "tool"]
    assert messages[0]["parts"] == [{"type": "text", "content": "What is it?"}]
    (written,) = json.loads(str(told["repartee.pii.output.messages"]))
    assert written["parts"][0]["content"] == "A cat."
    assert not [name for name in named(answered(), "chat").attributes if "pii" in name]


def test_a_client_chooses_no_name_without_end() -> None:
    whole, *_ = spans(answered(), scene(workflow="n" * 1000))
    assert len(whole.name) == 512
