"""The session object and what updates may change in it."""

import pytest

from conformance.judging import Broken, breaks, judge, put, rules_broken
from conformance.refused_scenes import updates
from conformance.sessions import MANUAL, SESSION
from conformance.traces import Script
from repartee.conformance.judges.configuration import shows


def cleared() -> Script:
    """Null and empty values clear what they name."""
    script = Script().connect()
    off = {"turn_detection": None, "transcription": None}
    shown = {**MANUAL, "instructions": ""}
    script.update({"instructions": "", "audio": {"input": off}, "include": None}, shown)
    return script


def faster() -> Script:
    """A refused update, then an accepted one about something else."""
    script = Script().connect()
    script.client("session.update", session={"type": "realtime", "instructions": "Lie.", "x": 1})
    script.refuse("unknown_parameter", "Unknown parameter: 'session.x'.", "session.x")
    script.update({"tools": []}, SESSION)
    return script


def with_tools() -> Script:
    """A tool is echoed, the secrets of a tool server are not."""
    function = {"type": "function", "name": "look", "parameters": {}}
    server = {"type": "mcp", "server_label": "shop"}
    script = Script().connect()
    script.update(
        {"tools": [function, {**server, "authorization": "secret"}]},
        {**SESSION, "tools": [function, server]},
    )
    return script


def prompted() -> Script:
    """A prompt brings instructions, and takes them along; null once more changes nothing."""
    greeting = {"id": "greet"}
    script = Script().connect()
    script.update({"prompt": greeting}, {**SESSION, "prompt": greeting, "instructions": "Greet."})
    script.update({"prompt": None}, SESSION)
    script.update({"prompt": None}, SESSION)
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks("session-identity", updates, put("session.updated", "session.id", "sess_2", nth=-1)),
        breaks("session-identity", updates, put("session.updated", "session.model", "m", nth=-1)),
        breaks("session-merge", updates, put("session.updated", "session.instructions", "x", -1)),
        breaks("session-merge", updates, put("session.updated", "session.tracing", None, nth=-1)),
        breaks(
            "session-merge",
            updates,
            put("session.updated", "session.audio.output.speed", 1.5, nth=-1),
        ),
        breaks(
            "session-merge",
            cleared,
            put("session.updated", "session.audio.input.transcription", {"model": "m"}),
        ),
        breaks("session-merge", with_tools, put("session.updated", "session.tools.0.name", "leap")),
        breaks("session-merge", prompted, put("session.updated", "session.instructions", "x", -1)),
        breaks("refused-update", faster, put("session.updated", "session.instructions", "Lie.")),
        breaks("update-echo", updates, put("session.updated", "event_id", "client_1")),
    ],
)
def test_updates_change_what_they_say(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


@pytest.mark.parametrize("scene", [cleared, faster, prompted, with_tools])
def test_faultless_updates(scene: "type[Script]") -> None:
    assert not judge(scene().steps)


def test_shown_values_may_say_more_than_was_asked() -> None:
    assert shows({"a": 1, "b": None}, {"a": 1, "c": 2})
    assert shows([{"a": 1}], [{"a": 1, "b": 2}])
    assert not shows([1], [1, 2])
    assert not shows({"a": 1}, {"a": 2})
    assert not shows({"a": 1}, None)
