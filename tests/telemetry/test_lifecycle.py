"""The log of sessions: its lines, and what never stands in one."""

import json
import logging
from typing import Any

import pytest
from msgspec import structs

from client_double import EngineDouble, conversation
from repartee.engines.fake import FakeModel, FakeRecognizer
from repartee.runtime.logs import JsonLines, TextLines
from repartee.runtime.watching import Ending
from repartee.telemetry.facts import Ended, Failure, Interrupted, Recognized, Stopped, ToolAnswered
from repartee.telemetry.journal import Counts, Journal
from repartee.telemetry.lifecycle import Lifecycle
from telemetry.watched import WHO, opening
from virtual_time import run

CANARY = "xyzzy"
WHOLE = structs.replace(WHO, call="rtc_1", trace="0af7651916cd43dd8448eb211c80319c", key_id="key_1")


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """As a machine reads them, without what every line has."""
    read = [json.loads(JsonLines().format(record)) for record in caplog.records]
    return [{k: v for k, v in line.items() if k not in ("ts", "logger")} for line in read]


def converse(engines: EngineDouble) -> None:
    """A spoken turn, and its answer."""
    journal = Journal(WHOLE, opening(), [Lifecycle()], Counts())

    async def play() -> None:
        async with conversation(engines, watchers=[journal]) as client:
            client.speak()
            await client.until("response.done")

    run(play())


def test_a_session_is_told_in_a_line_for_each_thing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "repartee")
    converse(EngineDouble())
    began, answered, ended = lines(caplog)
    whose = {"session": "sess_1", "call": "rtc_1", "trace": WHOLE.trace, "level": "info"}
    assert began == whose | {
        "event": "session started",
        "key_id": "key_1",
        "model": "gpt-realtime",
        "transport": "websocket",
        "api": "ga",
        "kind": "realtime",
    }
    assert answered.pop("response").startswith("resp_")
    assert answered.pop("item").startswith("item_")
    assert 0 < answered.pop("input_tokens") < answered.pop("output_tokens")
    times = {name: answered.pop(name) for name in [*answered] if name.endswith("ms")}
    assert {*times} == {
        *("ms", "first_sound_ms", "vad_ms", "asr_ms", "llm_ttft_ms", "tts_ttfb_ms"),
    }
    assert all(type(value) is int for value in times.values())
    assert answered == whose | {"event": "response done", "outcome": "completed"}
    assert ended.pop("ms") >= 0
    assert ended.pop("said_ms") > ended.pop("heard_ms") == 30 * 32
    assert ended == whose | {
        "event": "session ended",
        "outcome": "client",
        "code": 1000,
        "responses": 1,
    }


def test_a_failure_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "repartee")
    Lifecycle().told(WHO, Failure("mind", "model_timeout", "resp_1"))
    (line,) = lines(caplog)
    assert line == {
        "level": "warning",
        "event": "engine failed",
        "session": "sess_1",
        "engine": "mind",
        "code": "timeout",
        "ref": "resp_1",
    }


def test_what_is_told_at_debug_only(caplog: pytest.LogCaptureFixture) -> None:
    facts = (Recognized("item_1", "completed", 0.25), Interrupted(), ToolAnswered("function", 2))
    for level, number in ((logging.INFO, 0), (logging.DEBUG, 3)):
        caplog.set_level(level, "repartee")
        for fact in (*facts, Stopped(0.1)):
            Lifecycle().told(WHO, fact)
        assert len(caplog.records) == number
    recognized, interrupted, tool = lines(caplog)
    assert (recognized["item"], recognized["ms"]) == ("item_1", 250)
    assert interrupted["event"] == "answer interrupted"
    assert tool["ms"] == 2000


def test_where_only_words_are_wanted_they_are_the_turn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "repartee")
    who = structs.replace(WHO, kind="transcription")
    Lifecycle().told(who, Recognized("item_1", "completed", 0.25))
    assert [line["event"] for line in lines(caplog)] == ["transcription done"]


def test_an_end_that_nobody_can_tell(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "repartee")
    for ending in (None, Ending(1006, "lost")):
        ended = Ended(ending=ending, expired=False, seconds=1, responses=0, heard_s=0, said_s=0)
        Lifecycle().told(WHO, ended)
    first, second = lines(caplog)
    assert (first["outcome"], "code" in first) == ("other", False)
    assert (second["outcome"], second["code"]) == ("lost", 1006)


@pytest.mark.parametrize("fault", ["none", "middle"])
def test_nothing_that_was_said_is_told(fault: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "repartee")
    converse(EngineDouble(FakeRecognizer(CANARY), FakeModel(f"{CANARY} {CANARY}", fault=fault)))
    assert len(caplog.records) >= 3
    for record in caplog.records:
        assert CANARY not in JsonLines().format(record)
        assert CANARY not in TextLines().format(record)
