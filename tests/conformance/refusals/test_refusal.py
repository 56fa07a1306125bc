"""An error that an event deserves."""

from repartee.conformance.refusals.refusal import Refusal, missing, tells_other_fault

ERROR = {"code": "invalid_value", "param": "audio", "message": "Invalid 'audio'. It is empty."}


def test_what_is_left_open_is_met_by_anything() -> None:
    assert Refusal("append-audio").met_by(ERROR)
    assert Refusal("append-audio", "invalid_value", "audio").met_by(ERROR)
    assert not Refusal("append-audio", "invalid_type").met_by(ERROR)
    assert not Refusal("append-audio", param=None).met_by(ERROR)
    assert not Refusal("append-audio", None).met_by(ERROR)
    assert Refusal("append-audio", None).met_by({"message": "No code at all."})


def test_a_message_is_met_as_a_whole() -> None:
    assert Refusal("append-audio", message=r"Invalid 'audio'\. .*").met_by(ERROR)
    assert not Refusal("append-audio", message="Invalid").met_by(ERROR)


def test_a_refusal_tells_itself() -> None:
    told = "code 'missing_required_parameter', param 'item'"
    assert str(missing("item")) == told
    assert str(Refusal("append-audio")) == "any error"


def test_another_fault_must_be_possible() -> None:
    event = {"type": "response.create", "response": {"input": [{"id": "x", "odd": None}]}}
    deserved = [Refusal("active-response", "conversation_already_has_active_response", None)]

    def tells(code: str, param: str | None) -> bool:
        return tells_other_fault({"code": code, "param": param}, event, deserved)

    assert tells("unknown_parameter", "response.input[0].odd")
    assert tells("invalid_value", "response.input[0].id")
    assert tells("missing_required_parameter", "response.input[0].type")
    assert not tells("unknown_parameter", "response.voice")
    assert not tells("missing_required_parameter", "response.input[0].id")
    assert not tells("invalid_value", None)
    assert not tells("invalid_value", "response")
    assert not tells("server_error", "response.input")


def test_a_fault_is_told_at_its_own_place() -> None:
    event = {"type": "session.update", "session": {"tools": [{"strict": True}]}}
    deserved = [Refusal("update-unknown", "unknown_parameter", "session.tools[0].strict")]
    error = {"code": "unknown_parameter", "param": "session.tools"}
    assert not tells_other_fault(error, event, deserved)
