"""What audio and items are refused for."""

import base64
from typing import Any

import pytest

from conformance.judging import judge
from conformance.scenes import conversation, text_turn
from conformance.sessions import MANUAL
from conformance.traces import Script, pcm
from repartee.conformance.refusals.item_refusals import decoded

CREATE = "conversation.item.create"
TRUNCATE = "conversation.item.truncate"


def message(role: str, **part: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [part]}


def rules(script: Script, rulings: bool = True) -> set[str]:
    return {violation.rule for violation in judge(script.steps, rulings)}


def opened() -> Script:
    return Script(MANUAL).connect()


@pytest.mark.parametrize("audio", ["", "%", "AAA", "ä"])
def test_audio_that_is_none_is_refused(audio: str) -> None:
    script = opened()
    script.client("input_audio_buffer.append", audio=audio)
    assert rules(script) == {"append-audio"}
    script.refuse("invalid_value", "Invalid 'audio'.", "audio")
    assert not rules(script)


def test_white_space_in_base64_is_forgiven() -> None:
    assert decoded(base64.encodebytes(bytes(100)).decode()) == bytes(100)


@pytest.mark.parametrize("rulings", [True, False])
def test_odd_pcm_is_refused_by_a_ruling(rulings: bool) -> None:
    script = opened()
    script.client("input_audio_buffer.append", audio="AAAA")
    assert rules(script, rulings) == ({"append-odd"} if rulings else set())


def test_a_small_commit_is_refused_in_the_very_words() -> None:
    script = opened()
    script.client("input_audio_buffer.append", audio=pcm(99))
    script.client("input_audio_buffer.commit")
    script.committed("item_1")
    assert rules(script) == {"commit-small"}


def test_what_turn_detection_holds_is_not_known() -> None:
    script = Script().connect()
    script.client("input_audio_buffer.append", audio=pcm(500))
    script.client("input_audio_buffer.commit")
    script.refuse(
        "input_audio_buffer_commit_empty",
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
        "but buffer only has 20.00ms of audio.",
    )
    assert not rules(script)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (message("system", type="input_audio", audio="AAAA"), None),
        (message("user", type="output_text", text="x"), None),
        (message("user", type="input_image", image_url="http://example.org/cat.png"), None),
        (message("assistant", type="input_text", text="x"), None),
        ({"type": "message", "role": "robot", "content": []}, None),
        ({"type": "message", "role": "user", "content": ["x"]}, None),
        (message("user", type="input_audio", audio="%"), "item.content[0].audio"),
        (message("user", type="input_text"), "item.content[0].text"),
        (message("assistant", type="output_audio", audio="AAAA"), "item.content[0].text"),
    ],
)
def test_content_that_its_role_cannot_have(item: dict[str, Any], path: str | None) -> None:
    script = opened()
    script.client(CREATE, item=item)
    script.refuse("missing_required_parameter", "No.", path)
    assert not rules(script)
    script.steps[-1][1]["error"]["param"] = "item"
    assert rules(script) == ({"create-content"} if path else set())


@pytest.mark.parametrize(
    ("item", "content"),
    [
        (message("user", type="input_image", image_url="http://example.org/cat.png"), None),
        (message("user", type="output_text", text="x"), None),
        (message("assistant", type="input_text", text="x"), None),
        ({"type": "message", "role": "user", "content": "x"}, []),
        ({"type": "message", "role": "user", "content": ["x"]}, []),
    ],
)
def test_such_content_must_not_be_accepted(item: dict[str, Any], content: object) -> None:
    script = opened()
    script.client(CREATE, item=item)
    shown = {**item, "id": "item_1", "status": "completed"}
    script.place(shown if content is None else {**shown, "content": content}, None)
    assert "create-content" in rules(script)


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "function_call", "arguments": "{}"}, "item.name"),
        ({"type": "function_call", "name": "look"}, "item.arguments"),
        ({"type": "function_call_output", "output": "x"}, "item.call_id"),
    ],
)
def test_a_call_must_be_whole(item: dict[str, Any], param: str) -> None:
    script = opened()
    script.client(CREATE, item=item)
    script.refuse("missing_required_parameter", "No.", param)
    assert not rules(script)
    script.steps[-1][1]["error"]["code"] = "odd"
    assert rules(script) == {"required-member"}


def test_a_picture_is_a_data_uri() -> None:
    script = opened()
    picture = message("user", type="input_image", image_url="data:image/png;base64,AAAA")
    script.item(picture)
    assert not rules(script)


@pytest.mark.parametrize("rulings", [True, False])
def test_place_and_id_of_a_new_item(rulings: bool) -> None:
    script = conversation()
    for change, rule in (
        ({"previous_item_id": "nowhere"}, "create-place"),
        ({"item": {**message("user", type="input_text", text="x"), "id": "head"}}, "create-twice"),
    ):
        asked = {"item": message("user", type="input_text", text="x"), **change}
        script.client(CREATE, **asked)
        script.refuse("odd", "No.")
        assert rules(script, rulings) == ({rule} if rulings else set())
        del script.steps[-2:]


def test_a_call_must_be_there_to_be_answered() -> None:
    script = opened()
    output = {"type": "function_call_output", "call_id": "call_9", "output": "x"}
    script.item(output)
    assert rules(script) == {"tool-call-id"}
    script = opened()
    script.item({"type": "function_call", "name": "look", "call_id": "call_9", "arguments": "{}"})
    script.item(output)
    assert not rules(script)
    script.client(CREATE, item=output)
    script.refuse("invalid_tool_call_id", "Tool call ID 'call_9' not found in conversation.")
    assert rules(script) == {"tool-call-id"}


def test_an_answer_to_a_deleted_call_may_be_refused_or_not() -> None:
    script = opened()
    call = {"type": "function_call", "name": "look", "call_id": "call_9", "arguments": "{}"}
    item_id = script.item(call)
    script.client("conversation.item.delete", item_id=item_id)
    script.server("conversation.item.deleted", item_id=item_id)
    script.client(CREATE, item={"type": "function_call_output", "call_id": "call_9", "output": ""})
    script.refuse("invalid_tool_call_id", "Tool call ID 'call_9' not found in conversation.")
    assert not rules(script)


@pytest.mark.parametrize("verb", ["retrieve", "delete", "truncate"])
def test_an_unknown_item_is_refused_by_its_code(verb: str) -> None:
    script = opened()
    cut = {"content_index": 0, "audio_end_ms": 1} if verb == "truncate" else {}
    script.client(f"conversation.item.{verb}", item_id="nobody", **cut)
    script.refuse(f"item_{verb}_invalid_item_id", "No such item.")
    assert not rules(script)
    script.steps[-1][1]["error"]["code"] = "invalid_value"
    assert rules(script) == {"item-unknown"}


@pytest.mark.parametrize("asked", [{"audio_end_ms": 50}, {"content_index": 1}])
def test_text_cannot_be_truncated(asked: dict[str, int]) -> None:
    script = text_turn()
    place = {"item_id": "item_2", "content_index": 0, "audio_end_ms": 1, **asked}
    script.client(TRUNCATE, **place)
    script.server("conversation.item.truncated", **place)
    assert rules(script) == {"truncate-refused"}


def spoken() -> Script:
    """An item of 200 ms."""
    script = opened()
    script.respond()
    script.say("Good ", "day.")
    script.end()
    return script


def test_nothing_cannot_be_truncated_to_nothing() -> None:
    script = opened()
    script.respond()
    item = script.message_begins("audio")
    script.client(TRUNCATE, item_id=item["id"], content_index=0, audio_end_ms=0)
    script.refuse(None, "Only model output audio messages can be truncated")
    script.speech_closes(item, "")
    script.end()
    assert not rules(script)


@pytest.mark.parametrize("asked", [0, 1, 200])
def test_truncation_within_what_was_sent_is_no_error(asked: int) -> None:
    script = spoken()
    script.client(TRUNCATE, item_id="item_1", content_index=0, audio_end_ms=asked)
    script.refuse("invalid_value", "No.")
    assert rules(script) == {"truncate-within"}
    assert not rules(script, rulings=False)


def test_a_negative_end_may_be_refused() -> None:
    script = spoken()
    script.client(TRUNCATE, item_id="item_1", content_index=0, audio_end_ms=-1)
    script.refuse("invalid_value", "No.", "audio_end_ms")
    assert not rules(script)


@pytest.mark.parametrize("told", [150, 300])
def test_a_second_truncation_behind_the_first_is_left_open(told: int) -> None:
    script = spoken()
    place = {"item_id": "item_1", "content_index": 0}
    for asked, answer in ((150, 150), (190, min(told, 190))):
        script.client(TRUNCATE, **place, audio_end_ms=asked)
        script.server("conversation.item.truncated", **place, audio_end_ms=answer)
    assert not rules(script)


def test_past_the_end_without_rulings_an_error_is_enough() -> None:
    script = spoken()
    script.client(TRUNCATE, item_id="item_1", content_index=0, audio_end_ms=900)
    script.refuse("invalid_value", "Audio content of 200ms is already shorter than 900ms")
    assert not rules(script, rulings=False)
    assert rules(script) == {"truncate-past"}
