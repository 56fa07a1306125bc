"""A session as its client sees it: what it configures and adds, and what is refused.

The stage plays the engines, and its referee judges every word besides.
"""

import base64
from typing import Any

import pytest

from plays import (
    MANUAL,
    create,
    detection,
    error,
    kinds,
    lines,
    respond,
    retrieve,
    sound,
    spoken,
    text,
    update,
)
from repartee.protocol.config import Audio, AudioInput, Config
from repartee.protocol.prompt import Message as Spoken
from repartee.session.bounds import Bounds
from repartee.session.commands import Close, Listen, Record, Stop, Transcribe
from repartee.session.inputs import Tick
from repartee.session.session import Session
from stage import FRAME, Stage

# Connecting and configuring


def test_it_opens_with_its_configuration(stage: Stage) -> None:
    """D1, B001"""
    assert stage.kinds() == ["session.created"]
    assert stage.events[0]["session"]["id"] == "sess_1"
    assert stage.commands == [Listen(judge=True)]


def test_an_update_is_answered_with_the_whole_configuration(stage: Stage) -> None:
    """D2, B025, B026"""
    (updated,) = update(stage, instructions="Be brief.")
    created = stage.events[0]["session"]
    assert updated["type"] == "session.updated"
    assert updated["session"] == {**created, "instructions": "Be brief."}


def test_another_model_is_not_taken(stage: Stage) -> None:
    """B032"""
    (updated,) = update(stage, model="another", instructions="Hi.")
    assert (updated["session"]["model"], updated["session"]["instructions"]) == (
        "gpt-realtime",
        "Hi.",
    )


def test_a_refused_update_changes_nothing(stage: Stage) -> None:
    """B029"""
    assert error(update(stage, instructions="Hi.", temperature=1)) == (
        "unknown_parameter",
        "session.temperature",
    )
    assert update(stage)[0]["session"] == stage.events[0]["session"]


def test_the_listener_follows_turn_detection(stage: Stage) -> None:
    update(stage, **MANUAL)
    update(stage, instructions="Hi.")
    update(stage, **detection())
    listens = [command for command in stage.commands if isinstance(command, Listen)]
    assert [one.judge for one in listens] == [True, False, True]


def test_the_listener_begins_anew_when_what_it_heard_is_cleared(stage: Stage) -> None:
    update(stage, audio={"input": {"format": {"type": "audio/pcmu"}}})
    stage.client({"type": "input_audio_buffer.clear"})
    assert stage.commands[-1] == Listen(judge=True, encoding="audio/pcmu", anew=True)
    update(stage, instructions="Hi.")
    update(stage, **MANUAL)
    assert stage.commands[-1] == Listen(judge=False, encoding="audio/pcmu")


def test_turn_detection_is_switched_on_in_a_session_that_began_without() -> None:
    made = Stage(audio=Audio(AudioInput(turn_detection=None)))
    update(made, **detection(threshold=0.9))
    assert kinds(made.speak())[0] == "input_audio_buffer.speech_started"


def test_the_voice_is_locked_once_it_was_heard(stage: Stage) -> None:
    """B030, B031, B129"""
    cedar = {"audio": {"output": {"voice": "cedar"}}}
    ash = {"audio": {"output": {"voice": "ash"}}}
    assert kinds(update(stage, **cedar)) == ["session.updated"]
    spoken(stage, "Hello.")
    assert error(update(stage, **ash)) == ("cannot_update_voice", None)
    refused = stage.client({"type": "response.create", "response": ash})
    assert error(refused) == ("cannot_update_voice", None)
    assert kinds(update(stage, **cedar)) == ["session.updated"]
    assert update(stage)[0]["session"]["audio"]["output"]["voice"] == "cedar"


def test_speed_holds_from_the_next_response_on(stage: Stage) -> None:
    """B035"""
    update(stage, audio={"output": {"speed": 1.5}})
    voice = stage.replies[respond(stage)].voice
    assert voice is not None
    assert voice.speed == 1.5


# Items


def test_items_are_placed_where_they_were_asked_to(stage: Stage) -> None:
    """B083, B085, B086"""
    added, done = create(stage, text("one", id="one"))
    assert (added["type"], done["type"]) == ("conversation.item.added", "conversation.item.done")
    assert added["item"] == done["item"]
    assert [added["previous_item_id"], added["item"]["status"]] == [None, "completed"]
    assert create(stage, text("two"), previous_item_id=None)[0]["previous_item_id"] == "one"
    assert create(stage, text("zero"), previous_item_id="root")[0]["previous_item_id"] is None
    assert create(stage, text("half"), previous_item_id="one")[0]["previous_item_id"] == "one"
    assert [words for _, words in lines(stage)] == ["zero", "one", "half", "two"]


def test_the_status_of_a_clients_item_means_nothing(stage: Stage) -> None:
    """B095"""
    added = create(stage, text("one", status="in_progress"))[0]
    assert added["item"]["status"] == "completed"


def test_sound_in_an_item(stage: Stage) -> None:
    """B093, B100, B173: it is heard before the model is asked, and its bytes are kept back."""
    added = create(stage, sound())[0]
    assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    ref = respond(stage)
    assert stage.replies == {}
    assert stage.transcribe(next(iter(stage.recognitions)), "Hello.") == []
    assert stage.replies[ref].prompt.lines == (Spoken("user", "Hello."),)
    part = retrieve(stage, added["item"]["id"])["content"][0]
    assert base64.b64decode(part["audio"]) == FRAME * 4


def test_a_deleted_item_is_gone(stage: Stage) -> None:
    """B096"""
    create(stage, text("one", id="one"))
    create(stage, text("two", id="two"))
    (deleted,) = stage.client({"type": "conversation.item.delete", "item_id": "two"})
    assert (deleted["type"], deleted["item_id"]) == ("conversation.item.deleted", "two")
    assert create(stage, text("three"))[0]["previous_item_id"] == "one"


def test_an_item_that_was_announced_has_its_id_already(stage: Stage) -> None:
    """B088: and what the client does with that id is no reason to fall."""
    announced = stage.hear(0.9, 2)[0]["item_id"]
    assert error(create(stage, sound(id=announced))) == ("invalid_value", "item.id")


def test_an_id_may_be_used_again_while_its_first_sound_is_recognised(stage: Stage) -> None:
    create(stage, sound(id="mine"))
    stage.client({"type": "conversation.item.delete", "item_id": "mine"})
    create(stage, sound(id="mine"))
    ref = respond(stage)
    stage.transcribe(list(stage.recognitions)[-1], "Hello.")
    assert ref in stage.replies


def test_input_with_the_id_of_an_item_does_not_disturb_it(stage: Stage) -> None:
    create(stage, sound(id="mine"))
    respond(stage, conversation="none", input=[sound(id="mine")])
    transcriptions = [one.ref for one in stage.commands if isinstance(one, Transcribe)]
    assert len(set(transcriptions)) == len(transcriptions)


# Refusals


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "response.cancel"}, "response_cancel_not_active", None),
        ({"type": "response.cancel", "response_id": "no"}, "response_cancel_not_active", None),
        (
            {"type": "conversation.item.retrieve", "item_id": "no"},
            "item_retrieve_invalid_item_id",
            None,
        ),
        (
            {"type": "conversation.item.delete", "item_id": "no"},
            "item_delete_invalid_item_id",
            None,
        ),
        (
            {
                "type": "conversation.item.truncate",
                "item_id": "no",
                "content_index": 0,
                "audio_end_ms": 0,
            },
            "item_truncate_invalid_item_id",
            None,
        ),
        (
            {
                "type": "conversation.item.create",
                "previous_item_id": "no",
                "item": text("Hello."),
            },
            "invalid_value",
            "previous_item_id",
        ),
        (
            {"type": "conversation.item.create", "item": text("Hello.", id="known")},
            "invalid_value",
            "item.id",
        ),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "function_call_output", "call_id": "no", "output": "42"},
            },
            "invalid_tool_call_id",
            None,
        ),
        (
            {
                "type": "conversation.item.create",
                "item": {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_audio"}],
                },
            },
            "missing_required_parameter",
            "item.content[0].text",
        ),
        (
            {
                "type": "conversation.item.create",
                "item": {
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA"}],
                },
            },
            "invalid_value",
            "item.content[0].type",
        ),
        (
            {
                "type": "response.create",
                "response": {"input": [{"type": "item_reference", "id": "no"}]},
            },
            "invalid_value",
            "response.input[0].id",
        ),
        (
            {
                "type": "response.create",
                "response": {
                    "input": [{"type": "function_call_output", "call_id": "no", "output": "42"}]
                },
            },
            "invalid_tool_call_id",
            None,
        ),
        ({"type": "output_audio_buffer.clear"}, "invalid_value", "type"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_happens(
    stage: Stage, event: dict[str, Any], code: str, param: str | None
) -> None:
    """B053, B087-B089, B092, B094, B097, B126, B140, B206, B207"""
    create(stage, text("Hello.", id="known"))
    before = list(stage.commands)
    refused = stage.client({**event, "event_id": "mine"})
    assert error(refused) == (code, param)
    assert refused[0]["error"]["event_id"] == "mine"
    assert stage.commands == before
    assert lines(stage) == [("user", "Hello.")]


# Its life


def test_it_ends_with_its_time() -> None:
    """B210, D15"""
    made = Stage(Bounds(minutes=0.5))
    assert made.session.deadline == 30
    assert made.wait(29.9, Tick()) == []
    (expired,) = made.wait(0.1, Tick())
    sentence = "Your session hit the maximum duration of 0.5 minutes."
    assert expired["error"]["code"] == "session_expired"
    assert (expired["error"]["message"], expired["error"]["event_id"]) == (sentence, None)
    assert made.commands[-1] == Close(1001, sentence)
    assert made.client({"type": "input_audio_buffer.clear"}) == []


def test_what_runs_ends_with_it() -> None:
    """D15: every response has its end, and the engines stop."""
    made = Stage(Bounds(minutes=1))
    made.speak()
    waiting = made.last("response.created")["response"]["id"]
    beside = respond(made, conversation="none", input=[])
    made.say(beside, "Hello.")
    events = made.wait(60)
    done = [event["response"] for event in events if event["type"] == "response.done"]
    assert [(one["id"], one["status"]) for one in done] == [(waiting, "failed"), (beside, "failed")]
    assert {one["status_details"]["error"]["code"] for one in done} == {"session_expired"}
    assert (kinds(events)[-1], made.closed) == ("error", True)
    assert [one.ref for one in made.commands if isinstance(one, Stop)] == [beside]
    assert made.end() == []


def test_it_does_not_take_what_comes_too_late() -> None:
    made = Stage(Bounds(minutes=1))
    made.now = 60
    events = made.client({"type": "conversation.item.create", "item": text("Hello.")})
    assert [event["error"]["code"] for event in events] == ["session_expired"]


def test_a_session_begins_with_what_it_is_given() -> None:
    session = Session(Config(id="sess_2"), new_id=str, now=0.0)
    assert session.config.id == "sess_2"
    assert session.deadline == 3600
    assert not session.closed


def test_when_the_client_leaves_what_is_under_way_is_recorded() -> None:
    stage = Stage()
    update(stage, **MANUAL)
    stage.hear(0.0, 4)
    stage.client({"type": "input_audio_buffer.commit"})
    stage.client({"type": "response.create"})
    outputs = stage.session.leave(7.0)
    records = [output for output in outputs if isinstance(output, Record)]
    assert [(record.kind, record.status) for record in records] == [
        ("transcription", "cancelled"),
        ("response", "cancelled"),
    ]
    assert records[1].duration_s == 7.0
    assert stage.session.leave(8.0) == []
    assert stage.wait(1.0) == []


def test_a_session_that_is_too_old_records_what_was_under_way() -> None:
    stage = Stage(Bounds(minutes=1))
    update(stage, **MANUAL)
    stage.hear(0.0, 4)
    stage.client({"type": "input_audio_buffer.commit"})
    stage.client({"type": "response.create"})
    stage.wait(61.0)
    assert [(record.kind, record.status) for record in stage.records] == [
        ("transcription", "cancelled"),
        ("response", "failed"),
    ]
    assert stage.session.leave(62.0) == []
