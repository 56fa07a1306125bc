"""The playground in a real browser."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from typing import Any
from urllib.parse import urlsplit

import pytest

from browser.chromium import LONG_FORM, play
from browser.conftest import KEY
from live.engine_sets import HEARD
from live.node import FOLDER as CLIENTS
from live.node import NODE
from live.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

# In which an interrupted answer has to be silent; a second, where tests share two cores.
SILENT_MS = 300 if LONG_FORM else 1000
LATE_MS = 250  # by which two clocks of the page may differ on a busy machine


async def seen(scene: str, server: Server, microphone: str, **more: Any) -> dict[str, Any]:
    """A scene, which asks nothing of other hosts; what it complains of is left to the caller."""
    told: dict[str, Any] = await play(
        "playground", scene, url=server.url, microphone=microphone, **more
    )
    assert told["hosts"] == [urlsplit(server.url).netloc]
    return told


async def quietly_seen(scene: str, server: Server, microphone: str, **more: Any) -> dict[str, Any]:
    """A scene without a complaint."""
    told = await seen(scene, server, microphone, **more)
    assert told["complaints"] == []
    return told


async def test_a_spoken_turn_is_shown_heard_and_kept(quick: Server, speech: str) -> None:
    told = await quietly_seen("spoken", quick, speech)
    assert told["said"] == HEARD
    assert f"You said: {HEARD}" in told["answers"]
    for stage in ("turn ended", "transcript", "first token", "first audio", "heard"):
        assert stage in told["steps"]
    assert told["alert"] == ""
    assert told["selected"]["type"] == "input_audio_buffer.speech_stopped"
    kinds = [(line["from"], line["event"]["type"]) for line in told["lines"]]
    assert kinds[:2] == [("server", "session.created"), ("client", "session.update")]
    assert ("server", "response.output_audio.delta") in kinds
    said = kinds.index(("client", "input_audio_buffer.append"))
    assert told["lines"][said]["event"]["audio"].endswith("characters of sound)")


async def test_a_tool_is_answered_by_hand(quick: Server, silence: str) -> None:
    told = await quietly_seen("called", quick, silence)
    assert "The function answered: It rains." in told["last"]
    assert told["output"] == "It rains."
    assert told["update"]["audio"]["output"] == {"speed": 1.1}
    assert told["update"]["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }
    assert [tool["name"] for tool in told["update"]["tools"]] == ["get_weather"]
    assert told["left"] == "The session is like this."


async def test_speech_silences_an_answer(talkative: Server, silence: str, sentence: str) -> None:
    told = await quietly_seen("interrupted", talkative, silence, recording=sentence)
    assert told["silentAfterMs"] < SILENT_MS
    truncated = told["truncated"]
    assert truncated["audio_end_ms"] == pytest.approx(told["heardMs"], abs=LATE_MS)
    assert told["note"] == f"heard until {truncated['audio_end_ms'] / 1000:.1f} s"


async def test_sound_travels_as_the_telephone_has_it(
    quick: Server, silence: str, sentence: str
) -> None:
    told = await quietly_seen("telephone", quick, silence, recording=sentence)
    assert told["said"] == HEARD


async def test_a_key_is_asked_for_and_kept_in_the_tab(keyed: Server, silence: str) -> None:
    told = await seen("keyed", keyed, silence, key=KEY)
    assert "API key" in told["refused"]
    of_the_tab, of_the_browser = told["kept"]
    assert of_the_tab == [KEY]
    assert of_the_browser == []
    assert not any(KEY in address for address in told["addresses"])


async def test_the_page_is_usable_by_keyboard_and_on_a_telephone(
    quick: Server, silence: str
) -> None:
    told = await quietly_seen("basics", quick, silence)
    for place, found in told["found"].items():
        assert found == {"nameless": [], "faint": [], "tooWide": 0}, place
    assert "Stop the answer" in told["shortcuts"]
    assert told["session"]
    assert told["theme"] == "dark"


async def test_the_code_that_is_offered_works(quick: Server, silence: str) -> None:
    told = await quietly_seen("code", quick, silence)
    code = told["code"]
    assert "You said: Say hello!" in await run(sys.executable, "-c", code["python"])
    assert "You said: Say hello!" in await run(NODE, "--input-type=module", "-e", code["agents"])
    assert '\\"yes\\"' in code["javascript"]


async def run(*command: str) -> str:
    """What a program says, which has no key and nothing to complain of."""
    environment = {name: each for name, each in os.environ.items() if name != "OPENAI_API_KEY"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=CLIENTS, env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(60):
            said, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaints.decode()
    return said.decode()
