"""Calls over WebRTC from a real browser: the playground, and apps with stock clients.

The apps are pages of another origin, as they are in life.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from browser.chromium import LONG_FORM, play, wav
from browser.conftest import TALKATIVE
from live.engine_sets import HEARD, QUICK
from live.server import Server, serving
from recordings import microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

# In which an interrupted answer has to be silent; a second, where tests share two cores.
SILENT_MS = 300 if LONG_FORM else 1000
APP = "http://app.localhost"
FROM_APP = ("--set", f"server.allowed_origins={APP}")
CLIENTS = ["guide", "openai", "agents"] if LONG_FORM else ["agents"]

every_client = pytest.mark.parametrize("client", CLIENTS)


@pytest.fixture(scope="module")
def quick_for_apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("quick"), *QUICK, *FROM_APP) as server:
        yield server


@pytest.fixture(scope="module")
def talkative_for_apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("talkative"), *TALKATIVE, *FROM_APP) as server:
        yield server


@pytest.fixture(scope="module")
def late_speech(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Somebody who is silent for a good while, then speaks."""
    sound = microphone([(12.0, read("lj_LJ001-0002"))], 15.0, noise_dbfs=-70)
    return wav(tmp_path_factory.mktemp("late") / "speech.wav", sound)


async def seen(script: str, scene: str, server: Server, sound: str, **more: Any) -> dict[str, Any]:
    """A scene without a complaint, which asks nothing of other hosts."""
    told: dict[str, Any] = await play(script, scene, url=server.url, microphone=sound, **more)
    assert told["complaints"] == []
    assert {*told["hosts"]} <= {urlsplit(server.url).netloc, urlsplit(APP).netloc}
    return told


async def test_the_playground_calls(quick: Server, speech: str) -> None:
    told = await seen("playground", "spoken", quick, speech, transport="webrtc")
    assert told["said"] == HEARD
    assert f"You said: {HEARD}" in told["answers"]
    assert "heard" in told["steps"]
    assert told["alert"] == ""


async def test_speech_silences_the_playgrounds_call(
    talkative: Server, silence: str, sentence: str
) -> None:
    told = await seen(
        "playground", "interruptedCall", talkative, silence, transport="webrtc", recording=sentence
    )
    assert told["silentAfterMs"] < SILENT_MS
    assert told["truncatedMs"] > 0


async def test_a_tool_is_answered_by_hand_in_a_call(quick: Server, silence: str) -> None:
    told = await seen("playground", "called", quick, silence, transport="webrtc")
    assert "The function answered: It rains." in told["last"]


@every_client
async def test_an_app_converses(client: str, quick_for_apps: Server, speech: str) -> None:
    told = await seen("calls", f"{client} converses", quick_for_apps, speech)
    assert "The function answered: It rains." in told["answers"]
    if client != "agents":  # which has the tool from the start, and is spoken to of the weather
        assert f"You said: {HEARD}" in told["answers"]


@every_client
async def test_speech_silences_an_apps_call(
    client: str, talkative_for_apps: Server, late_speech: str
) -> None:
    told = await seen("calls", f"{client} is interrupted", talkative_for_apps, late_speech)
    assert told["silentAfterMs"] < SILENT_MS
    assert told["truncatedMs"] > 0
