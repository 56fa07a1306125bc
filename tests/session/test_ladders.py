"""The ladders of the contract: whole turns of user and assistant, in the order clients rely on.

The stage plays the engines, and its referee judges every word besides.
"""

import base64
from typing import Any

import pytest

from plays import (
    MANUAL,
    TRANSCRIBED,
    cancel,
    create,
    detection,
    error,
    kinds,
    lines,
    respond,
    retrieve,
    sound,
    text,
    truncate,
    update,
)
from repartee.protocol.client import InputAudioBufferAppend, InputAudioBufferCommit
from repartee.protocol.prompt import Call, CallOutput
from repartee.protocol.prompt import Message as Spoken
from repartee.session import turn
from repartee.session.commands import Stop
from repartee.session.inputs import Failed, Said
from stage import FRAME, Stage

USER = [
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]
TRANSCRIPTION = "conversation.item.input_audio_transcription"


def closing(reason: str, events: list[dict[str, Any]]) -> None:
    """The events end a response that was cancelled for this reason."""
    done = events[-1]
    assert done["type"] == "response.done"
    assert done["response"]["status"] == "cancelled"
    assert done["response"]["status_details"] == {"type": "cancelled", "reason": reason}


# The user's turn


def test_a_spoken_turn(stage: Stage) -> None:
    """D3, B066-B070"""
    update(stage, **TRANSCRIBED)
    events = stage.speak()
    assert kinds(events) == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        *USER,
        "response.created",
        "rate_limits.updated",
    ]
    item_id = events[0]["item_id"]
    assert [events[n]["item_id"] for n in (1, 2)] == [item_id] * 2
    assert events[3]["item"]["id"] == item_id
    assert stage.replies == {}
    heard = stage.transcribe(item_id, "Hello.")
    assert kinds(heard) == [f"{TRANSCRIPTION}.delta", f"{TRANSCRIPTION}.completed"]
    ref = events[5]["response"]["id"]
    assert stage.replies[ref].prompt.lines == (Spoken("user", "Hello."),)
    stage.say(ref, "Hi.")
    assert stage.finish(ref)[-1]["response"]["status"] == "completed"


def test_a_turn_without_an_answer(stage: Stage) -> None:
    """B071"""
    update(stage, **detection(create_response=False))
    assert kinds(stage.speak())[2:] == USER


def test_a_turn_by_hand(stage: Stage) -> None:
    """D4, B060"""
    update(stage, **MANUAL)
    assert stage.hear(0.9, 4) == []
    committed = stage.client({"type": "input_audio_buffer.commit"})
    assert kinds(committed) == USER
    ref = respond(stage)
    stage.transcribe(committed[0]["item_id"], "Hello.")
    assert stage.replies[ref].prompt.lines == (Spoken("user", "Hello."),)


def test_a_short_turn_is_no_fault_of_the_client(stage: Stage) -> None:
    """B059, B069: detection may end a turn before it is long enough for a commit."""
    update(stage, **detection(prefix_padding_ms=0, silence_duration_ms=0))
    events = stage.hear(0.9) + stage.hear(0.0, 5)
    assert kinds(events).count("input_audio_buffer.speech_stopped") == 1
    assert "error" not in kinds(events)


def test_the_turn_is_committed_by_hand_while_it_is_spoken(stage: Stage) -> None:
    """B069"""
    update(stage, **detection(prefix_padding_ms=0))
    stage.hear(0.9, 5)
    assert kinds(stage.client({"type": "input_audio_buffer.commit"})) == USER
    assert kinds(stage.hear(0.9)) == ["input_audio_buffer.speech_started"]


def test_detection_is_switched_off_in_mid_turn(stage: Stage) -> None:
    began = stage.hear(0.9, 5)[0]["item_id"]
    update(stage, **MANUAL)
    assert stage.hear(0.0, 100) == []
    committed = stage.client({"type": "input_audio_buffer.commit"})
    assert committed[0]["item_id"] == began


def test_detection_is_switched_on_in_mid_turn(stage: Stage) -> None:
    update(stage, **MANUAL)
    stage.hear(0.9, 10)
    update(stage, **detection())
    events = stage.speak()
    assert kinds(events)[:3] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
    ]
    part = retrieve(stage, events[0]["item_id"])["content"][0]
    assert base64.b64decode(part["audio"]).startswith(FRAME * 15)


def test_the_full_buffer_ends_a_spoken_turn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "BUFFER_BYTES", 20 * len(FRAME))
    events = stage.hear(0.9, 20)
    assert kinds(events)[1:5] == ["input_audio_buffer.speech_stopped", *USER]


def test_one_that_fills_the_buffer_at_once_interrupts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B072: the buffer was filled by hand before detection was switched on."""
    monkeypatch.setattr(turn, "BUFFER_BYTES", 5 * len(FRAME))
    update(stage, **MANUAL)
    stage.hear(0.9, 5)
    update(stage, **detection(silence_duration_ms=0))
    interrupted = respond(stage)
    started, done, stopped, *_, created, _ = stage.hear(0.9)
    assert started["type"] == "input_audio_buffer.speech_started"
    assert stopped["type"] == "input_audio_buffer.speech_stopped"
    assert (done["response"]["id"], done["response"]["status"]) == (interrupted, "cancelled")
    assert created["type"] == "response.created"


@pytest.mark.parametrize("audio", ["", "AAAA"], ids=["empty", "odd"])
def test_bad_sound(stage: Stage, audio: str) -> None:
    """B052"""
    refused = stage.client({"type": "input_audio_buffer.append", "audio": audio, "event_id": "e"})
    assert error(refused) == ("invalid_value", "audio")
    assert refused[0]["error"]["event_id"] == "e"


def test_sound_that_comes_as_an_event() -> None:
    """Past the listener, and thus unjudged, it is heard like any other."""
    made = Stage()
    update(made, **MANUAL)
    made.hear(0.9)
    assert made.feed(InputAudioBufferAppend(audio=FRAME * 4)) == []
    committed = made.feed(InputAudioBufferCommit())
    part = retrieve(made, committed[0]["item_id"])["content"][0]
    assert base64.b64decode(part["audio"]) == FRAME * 5


# The answer


def test_a_written_answer(stage: Stage) -> None:
    """D5, B130"""
    create(stage, text("Hello."))
    ref = respond(stage, output_modalities=["text"])
    said = stage.say(ref, "Good day. ")
    assert kinds(said) == [
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_text.delta",
    ]
    assert kinds(stage.finish(ref)) == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    assert lines(stage) == [("user", "Hello."), ("assistant", "Good day. ")]


def test_a_call_and_what_follows(stage: Stage) -> None:
    """D6, B167-B169, B172"""
    tool = {"type": "function", "name": "look", "parameters": {}}
    ref = respond(stage, tools=[tool], output_modalities=["text"])
    stage.say(ref, "One moment. ")
    stage.call(ref, "look", '{"at": "it"}')
    finished = stage.finish(ref)
    assert kinds(finished) == [
        "response.function_call_arguments.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    message, call = finished[-1]["response"]["output"]
    assert (message["type"], call["type"]) == ("message", "function_call")
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "42"}
    answers = create(stage, output)
    assert kinds(answers) == ["conversation.item.added", "conversation.item.done"]
    assert answers[0]["previous_item_id"] == call["id"]
    assert stage.replies == {}
    ref = respond(stage)
    assert stage.replies[ref].prompt.lines == (
        Spoken("assistant", "One moment. "),
        Call(call["call_id"], "look", '{"at": "it"}'),
        CallOutput(call["call_id"], "42"),
    )


def test_only_one_response_writes_the_conversation(stage: Stage) -> None:
    """B121: whether a client or a turn began it."""
    for begin in (lambda: respond(stage), lambda: stage.speak()[-2]["response"]["id"]):
        ref = begin()
        refused = stage.client({"type": "response.create", "event_id": "mine"})
        assert error(refused) == ("conversation_already_has_active_response", None)
        assert ref in refused[0]["error"]["message"]
        assert refused[0]["error"]["event_id"] == "mine"
        cancel(stage)


def test_a_response_takes_its_own_manner(stage: Stage) -> None:
    """B127, B128"""
    update(stage, instructions="Be brief.")
    ref = respond(
        stage,
        instructions="Be long.",
        output_modalities=["text"],
        max_output_tokens=20,
        tool_choice="none",
    )
    prompt = stage.replies[ref].prompt
    assert (prompt.instructions, prompt.max_output_tokens, prompt.tool_choice) == (
        "Be long.",
        20,
        "none",
    )
    cancel(stage)
    prompt = stage.replies[respond(stage, instructions=None)].prompt
    assert (prompt.instructions, prompt.max_output_tokens) == ("Be brief.", None)


def test_cancelling(stage: Stage) -> None:
    """D10, B139, B142-B144"""
    ref = respond(stage)
    stage.say(ref, "Let me tell you. ")
    events = cancel(stage)
    closing("client_cancelled", events)
    assert kinds(events)[-3:-1] == ["response.output_item.done", "conversation.item.done"]
    (item,) = events[-1]["response"]["output"]
    assert item["status"] == "incomplete"
    assert item["content"] == [{"type": "output_audio", "transcript": "Let me tell you. "}]
    assert Stop(ref) in stage.commands
    assert stage.feed(Said(ref, "late")) == []
    assert respond(stage) in stage.replies


def test_a_null_response_id_means_the_active_one(stage: Stage) -> None:
    respond(stage)
    closing("client_cancelled", cancel(stage, response_id=None))


def test_barging_in(stage: Stage) -> None:
    """D8, B072: what was not heard was not said."""
    ref = respond(stage)
    stage.say(ref, "One. ")
    stage.say(ref, "Two. ")
    events = stage.hear(0.9)
    assert events[0]["type"] == "input_audio_buffer.speech_started"
    closing("turn_detected", events)
    item_id = events[-1]["response"]["output"][0]["id"]
    (truncated,) = truncate(stage, item_id, 100)
    assert (truncated["type"], truncated["audio_end_ms"]) == ("conversation.item.truncated", 100)
    assert lines(stage) == [("assistant", "One. ")]
    assert error(cancel(stage)) == ("response_cancel_not_active", None)


def test_one_that_is_not_to_be_interrupted(stage: Stage) -> None:
    """B073"""
    update(stage, **detection(interrupt_response=False))
    ref = respond(stage)
    assert "response.done" not in kinds(stage.speak())
    assert ref in stage.replies
    stage.say(ref, "One. ")
    stage.finish(ref)
    assert stage.kinds().count("response.created") == 1
    assert [role for role, _ in lines_when_heard(stage)] == ["user", "assistant"]


def lines_when_heard(stage: Stage) -> list[tuple[str, str]]:
    """The same, once the last turn's words are known."""
    stage.transcribe(stage.last("input_audio_buffer.committed")["item_id"], "Hello.")
    return lines(stage)


# Beside the conversation


def test_beside_the_conversation(stage: Stage) -> None:
    """D11, B123-B125"""
    create(stage, text("Hello.", id="known"))
    active = respond(stage)
    ref = respond(
        stage,
        conversation="none",
        metadata={"topic": "side"},
        output_modalities=["text"],
        input=[text("Only this."), {"type": "item_reference", "id": "known"}],
    )
    created = stage.last("response.created")["response"]
    assert (created["conversation_id"], created["metadata"]) == (None, {"topic": "side"})
    assert stage.replies[ref].prompt.lines == (
        Spoken("user", "Only this."),
        Spoken("user", "Hello."),
    )
    events = stage.say(ref, "Aside. ") + stage.finish(ref)
    assert not [kind for kind in kinds(events) if kind.startswith("conversation.")]
    done = events[-1]["response"]
    assert (done["conversation_id"], done["metadata"]) == (None, {"topic": "side"})
    gone = {"type": "conversation.item.retrieve", "item_id": done["output"][0]["id"]}
    assert error(stage.client(gone))[0] == "item_retrieve_invalid_item_id"
    assert active in stage.replies
    assert lines(stage) == [("user", "Hello.")]


def test_speech_does_not_cancel_what_runs_beside(stage: Stage) -> None:
    """B072, B141"""
    ref = respond(stage, conversation="none")
    assert "response.done" not in kinds(stage.hear(0.9))
    assert error(cancel(stage)) == ("response_cancel_not_active", None)
    closing("client_cancelled", cancel(stage, response_id=ref))


def test_no_context_but_an_answer_for_all(stage: Stage) -> None:
    """D11: input [] without conversation none writes the conversation and does not read it."""
    create(stage, text("Hello."))
    ref = respond(stage, input=[], output_modalities=["text"])
    assert stage.replies[ref].prompt.lines == ()
    stage.say(ref, "Yes. ")
    stage.finish(ref)
    assert lines(stage) == [("user", "Hello."), ("assistant", "Yes. ")]


def test_sound_in_the_input_is_waited_for(stage: Stage) -> None:
    ref = respond(stage, conversation="none", input=[sound()])
    assert stage.replies == {}
    stage.transcribe(next(iter(stage.recognitions)), "Hello.")
    assert stage.replies[ref].prompt.lines == (Spoken("user", "Hello."),)


# Engines that are dead


def test_the_model_is_dead(stage: Stage) -> None:
    """D15, B117, B134"""
    ref = respond(stage)
    done = stage.fail(ref)[-1]["response"]
    assert done["status"] == "failed"
    assert done["status_details"]["error"]["code"] == "engine_error"
    assert done["status_details"]["error"]["message"] == "It broke."
    assert respond(stage) in stage.replies


@pytest.mark.parametrize("early", [True, False], ids=["before the commit", "after it"])
def test_the_ears_are_dead(stage: Stage, early: bool) -> None:
    """B173: the client learns it of the item and of the response."""
    update(stage, **TRANSCRIBED)
    item_id = stage.hear(0.9, 5)[0]["item_id"]
    if early:
        stage.fail(item_id)
    events = stage.hear(0.0, 20)
    if not early:
        events += stage.fail(item_id)
    assert kinds(events).count(f"{TRANSCRIPTION}.failed") == 1
    assert events[-1]["type"] == "response.done"
    assert events[-1]["response"]["status"] == "failed"
    assert stage.replies == {}


def test_dead_ears_of_a_cleared_turn_are_nobodys_concern(stage: Stage) -> None:
    item_id = stage.hear(0.9, 5)[0]["item_id"]
    stage.client({"type": "input_audio_buffer.clear"})
    assert stage.feed(Failed(item_id, "engine_error", "It broke.")) == []
