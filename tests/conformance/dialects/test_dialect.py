"""GA is told in its own words."""

from repartee.conformance.dialects.dialect import Dialect


def test_ga_says_what_it_says() -> None:
    dialect = Dialect()
    event = {"type": "session.updated", "session": {}}
    assert dialect.client(event) is event
    assert dialect.server(event) == [event]
    assert dialect.path("session.audio.output.voice") == "session.audio.output.voice"
    assert not list(dialect.objections(event))


def test_ga_has_no_conversation_created() -> None:
    (rule, _), *_ = Dialect().objections({"type": "conversation.created"})
    assert rule == "conversation-created"


def test_a_transcription_session_has_no_responses() -> None:
    members = Dialect().members(transcribes=True)
    assert "response" not in members
    assert "instructions" not in members["session"]
    assert members["session.audio"] == {"input"}
    assert Dialect().members(transcribes=False)["session.audio"] == {"input", "output"}
