"""Who watches is there while the server runs, and only where settings want it."""

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from client_double import ClientDouble
from engines.endpoint import Endpoint, says_text
from repartee.recording.recorder import Recorder
from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions
from repartee.server.observers import observers
from repartee.settings import Choice, Recording, Settings, SettingsError, Tracing
from repartee.telemetry.metrics import Metrics
from repartee.telemetry.tracing import TracingObserver
from telemetry.receiver import Receiver


async def test_nobody_records_unless_a_folder_is_named(tmp_path: Path) -> None:
    async with observers(Settings()) as watching:
        assert not any(isinstance(each, Recorder) for each in watching)
    folder = tmp_path / "calls"
    async with observers(Settings(recording=Recording(folder=str(folder)))) as watching:
        assert any(isinstance(each, Recorder) for each in watching)
        assert folder.is_dir()


async def test_a_folder_that_cannot_be_used_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"recording\.folder"):
        async with observers(Settings(recording=Recording(folder=str(tmp_path / "file")))):
            pytest.fail("it began")


def test_what_is_not_wanted_is_not_imported() -> None:
    unwanted = ("repartee.recording.recorder", "opentelemetry")
    asked = f"import sys, repartee.server.app; print({{*{unwanted}}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("level", "metrics", "watched"),
    [
        (logging.INFO, None, 1),
        (logging.CRITICAL, Metrics(), 1),
        (logging.CRITICAL, None, 0),
    ],
)
async def test_sessions_are_watched_where_anybody_reads_of_them(
    level: int, metrics: Metrics | None, watched: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(level, "repartee.telemetry.lifecycle")
    async with observers(Settings(), metrics) as watching:
        assert len(watching) == watched


async def test_sessions_are_traced_where_spans_are_exported() -> None:
    with Receiver().serving() as receiver:
        settings = Settings(tracing=Tracing(export="on", endpoint=receiver.url))
        async with observers(settings) as watching:
            assert isinstance(watching[-1], TracingObserver)


async def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "repartee.telemetry.exporting", None)
    with pytest.raises(SettingsError, match=r"repartee\[tracing\]"):
        async with observers(Settings(tracing=Tracing(export="on"))):
            pass


async def test_a_turn_reaches_the_receiver_and_its_language_model_knows_the_trace() -> None:
    fake, client = Choice("fake"), ClientDouble()
    with Receiver().serving() as receiver:
        async with Endpoint(says_text("Hi.")).serving() as server:
            settings = Settings(
                vad=fake,
                turn=fake,
                ears=fake,
                mind=Choice("openai", {"url": server.url, "model": "qwen3"}),
                voice=fake,
                tracing=Tracing(export="on", endpoint=receiver.url),
            )
            engines = EnginesByModel(settings)
            await engines.open()
            async with observers(settings) as watching:
                sessions = Sessions(settings, engines, observers=watching)
                running = asyncio.create_task(sessions.driver(client, None).run())
                await client.until("session.created")
                client.say("session.update", session={"type": "realtime", "tracing": "auto"})
                client.say("response.create")
                response = (await client.until("response.done"))["response"]
                client.leave()
                await running
            await engines.close()
    assert response["status"] == "completed"
    (chat,) = (span for span in receiver.spans if span.name == "chat qwen3")
    (whole,) = (span for span in receiver.spans if span.name == "Agent workflow")
    assert (chat.trace_id, chat.parent_span_id) == (whole.trace_id, whole.span_id)
    (asked,) = (each for each in server.requests if each.path.endswith("/chat/completions"))
    assert asked.headers["traceparent"] == f"00-{chat.trace_id.hex()}-{chat.span_id.hex()}-01"
