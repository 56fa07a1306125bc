"""Ears and voices of other servers: one server asks, another, or a scripted one, answers."""

import asyncio
from pathlib import Path

import pytest

from engines.endpoint import Endpoint
from engines.speech import MS_PER_CHARACTER, speaks, transcribes
from live.caller import Caller, calling
from live.engine_sets import HEARD, QUICK
from live.relay import served
from live.server import Server, serving
from recordings import RATE, microphone, read
from repartee.conformance.engines.checks import collect, source
from repartee.engines.protocols import EngineError
from repartee.engines.realtime_socket.recognizer import RealtimeTranscription
from repartee.protocol.prompt import Hints

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

SETTINGS = """
mind = "repartee-echo"

[ears]
engine = "{engine}"
url = "{ears}"

[voice]
engine = "openai"
url = "{voice}"
voices = {{ "*" = "af_heart" }}
"""


async def spoken_turn(caller: Caller) -> str:
    """Say something, and wait for the spoken answer; what was heard."""
    words = read("lj_LJ001-0002")
    hearing = {"transcription": {"model": "whisper-1"}}
    await caller.update(audio={"input": hearing})
    await caller.speak(microphone([(0.3, words)], 0.3 + len(words) / RATE))
    await caller.fall_silent()
    await caller.until("response.done")
    (heard,) = caller.all("conversation.item.input_audio_transcription.completed")
    return str(heard.transcript)


async def test_a_server_hears_by_another_and_speaks_by_an_endpoint(
    quick: Server, tmp_path: Path
) -> None:
    async with Endpoint(speaks).serving() as voice:
        settings = SETTINGS.format(engine="realtime", ears=quick.url, voice=voice.url)
        (tmp_path / "repartee.toml").write_text(settings)
        async with served(tmp_path) as url, calling(url) as caller:
            assert await spoken_turn(caller) == HEARD
            asked = [request.body for request in voice.requests if request.method == "POST"]
            said = caller.joined("response.output_audio_transcript.delta")
    assert "".join(each["input"] for each in asked).replace(" ", "") == said.replace(" ", "")
    assert {each["voice"] for each in asked} == {"af_heart"}
    ms = sum(len(each["input"]) for each in asked) * MS_PER_CHARACTER
    assert len(caller.sound()) == pytest.approx(ms * 48, rel=0.01)


async def test_a_server_hears_by_an_endpoint(tmp_path: Path) -> None:
    async with Endpoint(transcribes).serving() as ears, Endpoint(speaks).serving() as voice:
        settings = SETTINGS.format(engine="openai", ears=ears.url, voice=voice.url)
        (tmp_path / "repartee.toml").write_text(settings)
        async with served(tmp_path) as url, calling(url) as caller:
            assert (await spoken_turn(caller)).endswith("samples heard.")


async def heard(url: str, key: str) -> str:
    engine = RealtimeTranscription(url, api_key=key)
    words = [read("lj_LJ001-0002").tobytes()]
    return (await collect(engine.recognize(source(words), Hints())))[-1].text


def test_a_key_is_shown_and_a_wrong_one_told(tmp_path: Path) -> None:
    with serving(tmp_path, *QUICK, "--set", "server.api_key=sk-right-one") as server:
        assert asyncio.run(heard(server.url, "sk-right-one")) == HEARD
        with pytest.raises(EngineError, match=r"set ears\.api_key|API key") as failed:
            asyncio.run(heard(server.url, "sk-wrong-one"))
    assert failed.value.code == "transcription_unauthorized"
    assert "sk-wrong-one" not in str(failed.value)
