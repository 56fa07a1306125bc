"""What response.create and response.cancel are refused for."""

from typing import Any

import pytest

from conformance.judging import judge
from conformance.scenes import transcription
from conformance.sessions import MANUAL, WRITTEN
from conformance.traces import Script

NOT_ACTIVE = "Cancellation failed: no active response found"


def rules(script: Script) -> set[str]:
    return {violation.rule for violation in judge(script.steps)}


@pytest.mark.parametrize(
    "said",
    [
        {"input": [{"type": "item_reference", "id": "nobody"}]},
        {"metadata": {str(number): "x" for number in range(17)}},
        {"metadata": {"x" * 65: "x"}},
        {"metadata": {"x": "x" * 513}},
    ],
)
def test_unknown_references_and_oversized_metadata(said: dict[str, Any]) -> None:
    script = Script(WRITTEN).connect()
    script.respond(**said)
    script.end()
    assert rules(script) == {"response-request"}
    script = Script(WRITTEN).connect()
    script.client("response.create", response=said)
    script.refuse("invalid_value", "No.")
    assert not rules(script)


def test_an_output_among_the_input_may_lack_its_call() -> None:
    script = Script(WRITTEN).connect()
    output = {"type": "function_call_output", "call_id": "no", "output": "42"}
    script.client("response.create", response={"input": [output]})
    script.refuse("invalid_tool_call_id", "Tool call ID 'no' not found in conversation.")
    assert not rules(script)


def test_null_is_as_good_as_nothing() -> None:
    script = Script(WRITTEN).connect()
    script.client("response.create", response=None)
    script.begin()
    script.client("response.cancel", response_id=None)
    script.end("cancelled", reason="client_cancelled")
    assert not rules(script)


def test_another_voice_after_assistant_audio() -> None:
    script = Script(MANUAL).connect()
    script.respond()
    script.say("Hi.")
    script.end()
    script.client("response.create", response={"audio": {"output": {"voice": "cedar"}}})
    script.refuse("cannot_update_voice", "Cannot update a conversation's voice.")
    assert not rules(script)


def test_a_transcription_session_has_no_responses() -> None:
    script = transcription()
    script.client("response.create")
    script.refuse("invalid_value", "No.")
    assert not rules(script)


def test_cancelling_nothing_is_refused_in_the_very_words() -> None:
    script = Script().connect()
    script.client("response.cancel")
    script.refuse("response_cancel_not_active", NOT_ACTIVE)
    assert not rules(script)
    script.steps[-1][1]["error"]["message"] = "Nothing to cancel."
    assert rules(script) == {"cancel-inactive"}


def test_a_response_can_be_cancelled_by_its_id() -> None:
    script = Script(WRITTEN).connect()
    script.respond(conversation="none")
    script.client("response.cancel", response_id=script.response["id"])
    script.end("cancelled", reason="client_cancelled")
    script.client("response.cancel", response_id=script.response["id"])
    script.refuse("response_cancel_not_active", NOT_ACTIVE)
    assert not rules(script)


def test_whether_a_cancel_without_id_hits_an_out_of_band_response_is_left_open() -> None:
    script = Script(WRITTEN).connect()
    script.respond(conversation="none")
    script.client("response.cancel")
    script.refuse("response_cancel_not_active", NOT_ACTIVE)
    script.end()
    assert not rules(script)
    script.steps.pop(-2)
    script.steps[-1][1]["response"] |= {
        "status": "cancelled",
        "status_details": {"type": "cancelled", "reason": "client_cancelled"},
    }
    assert not rules(script)
