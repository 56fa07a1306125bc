"""`repartee engine` in a process of its own, asked by stock clients and by another server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import AuthenticationError, OpenAI

from live.caller import calling
from live.relay import served
from live.server import Server, serving
from live.test_remote_engines import SETTINGS, spoken_turn
from recordings import RATE, read
from repartee.speech.wav import endless_header, parse

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

HEARD = "We all know it."


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("host")
    words = ("voice=espeak-ng", "ears=fake", "--api-key", "sk-host-0123456789")
    with serving(folder, *words, "--set", f"ears.text={HEARD}", command="engine") as server:
        yield server


def test_the_stock_client(host: Server) -> None:
    with OpenAI(base_url=host.url, api_key="sk-host-0123456789") as client:
        asked = client.audio.speech.with_streaming_response.create(
            model="tts-1", voice="alloy", input="How do you do?", response_format="wav"
        )
        with asked as answer:
            sound = parse(b"".join(answer.iter_bytes()))
        assert (sound.rate, sound.seconds > 0.5) == (24_000, True)
        file = ("a.wav", endless_header(RATE) + read("lj_LJ001-0002").tobytes())
        whole = client.audio.transcriptions.create(model="whisper-1", file=file)
        assert whole.text == HEARD
        events = client.audio.transcriptions.create(model="gpt-4o", file=file, stream=True)
        told = [event.delta for event in events if event.type == "transcript.text.delta"]
        assert "".join(told) == HEARD
    with (
        OpenAI(base_url=host.url, api_key="sk-wrong-0123456789") as client,
        pytest.raises(AuthenticationError),
    ):
        client.models.list()


async def test_another_server_hears_and_speaks_by_it(host: Server, tmp_path: Path) -> None:
    settings = SETTINGS.format(engine="openai", ears=host.url, voice=host.url)
    keyed = settings.replace("\nurl", '\napi_key = "sk-host-0123456789"\nurl')
    (tmp_path / "repartee.toml").write_text(keyed)
    async with served(tmp_path) as url, calling(url) as caller:
        assert await spoken_turn(caller) == HEARD
        assert len(caller.sound()) > RATE
