"""An error that an event deserves."""

from repartee.conformance.refusal import Refusal, missing

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
