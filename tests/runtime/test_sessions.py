"""A session begins with what the settings say."""

import asyncio
import json
import time
from typing import Any

import msgspec

from client_double import ClientDouble
from repartee.runtime.engines import Engines
from repartee.runtime.sessions import Sessions
from repartee.settings import Settings
from repartee.settings.tree import Choice, Session

FAKES = Settings(vad=Choice("fake"), ears=Choice("fake"), mind=Choice("fake"), voice=Choice("fake"))


async def _created(settings: Settings, model: str | None) -> dict[str, Any]:
    client = ClientDouble()
    driver = Sessions(settings, Engines(settings)).driver(client, model)
    running = asyncio.create_task(driver.run())
    created = await client.until("session.created")
    client.leave()
    await running
    session: dict[str, Any] = created["session"]
    return session


async def test_the_defaults_are_those_of_the_api() -> None:
    session = await _created(FAKES, None)
    assert session["model"] == "gpt-realtime"
    assert session["audio"]["output"]["voice"] == "marin"
    assert session["audio"]["input"]["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "create_response": True,
        "interrupt_response": True,
        "idle_timeout_ms": None,
    }
    assert abs(session["expires_at"] - time.time() - 3600) < 60
    assert session["instructions"]


async def test_settings_and_the_client_decide_what_is_different() -> None:
    different = Session(voice="ash", silence_duration_ms=200, instructions="Sing.")
    settings = msgspec.structs.replace(FAKES, session=different)
    session = await _created(settings, "my-model")
    assert session["model"] == "my-model"
    assert session["audio"]["output"]["voice"] == "ash"
    assert session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200
    assert session["instructions"] == "Sing."
    assert len(json.dumps(session)) < 2000
