"""What happens in sessions at work is recorded, where that is wanted, and runs again."""

import asyncio
import base64
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

import virtual_time
from client_double import LOUD, SILENT, ClientDouble
from recording.played import opening
from repartee.keys.limits import Limits
from repartee.protocol import creation
from repartee.protocol.beta import BETA
from repartee.protocol.config import Config
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from repartee.recording.format import Entry, Kind, read
from repartee.recording.recorder import Recorder
from repartee.recording.replay import Verdict, replay
from repartee.recording.shelf import recorded
from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions, Terms
from repartee.runtime.watching import Arrival
from repartee.session.bounds import Bounds
from repartee.settings import Choice, Recording, Session, Settings, SettingsError
from repartee.usage.recorder import Recorder as UsageRecorder

FAKE = Choice("fake")
SETTINGS = Settings(vad=FAKE, turn=FAKE, ears=FAKE, mind=FAKE, voice=FAKE)
TOOL = {"type": "function", "name": "look", "parameters": {}}

Play = Callable[[ClientDouble], Awaitable[None]]


class Loudspeaker:
    """Plays to nobody."""

    def play(self, pcm: bytes) -> None:
        pass

    def hush(self) -> None:
        pass

    def duck(self, softly: bool) -> None:
        pass


def record(folder: Path, play: Play, settings: Settings = SETTINGS, **asked: Any) -> Path:
    """The recording of one session, in which `play` is played."""

    async def session() -> None:
        with Recorder(Recording(folder=str(folder))) as recorder:
            engines = EnginesByModel(settings)
            sessions = Sessions(settings, engines, UsageRecorder(None), [recorder])
            client = ClientDouble()
            running = asyncio.create_task(sessions.driver(client, "gpt-x", **asked).run())
            await play(client)
            client.leave()
            await running

    virtual_time.run(session())
    (found,) = recorded(folder)
    return found.path


def entries(path: Path) -> list[Entry]:
    return [each for each in read(path) if isinstance(each, Entry)]


def good(path: Path) -> Verdict:
    verdict = replay(path)
    assert (verdict.difference, verdict.remarks) == (None, ())
    return verdict


async def talk(client: ClientDouble) -> None:
    """A spoken turn and its answer, an interruption, a text, mistakes of all kinds."""
    await client.until("session.created")
    client.speak()
    await client.until("response.done")
    client.speak()
    await client.until("response.created", 2)
    client.append(LOUD * 10)
    await client.until("input_audio_buffer.speech_started", 3)
    client.append(SILENT * 20)
    await client.until("response.done", 3)
    item = {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "Ünï 😀"}],
    }
    client.say("conversation.item.create", item=item)
    client.say("response.create", response={"output_modalities": ["text"]})
    await client.until("response.done", 4)
    client.say("conversation.item.retrieve", item_id=client.events[-1]["response"]["id"])
    client.say("input_audio_buffer.append", audio="!!")
    client.say_raw(b"no JSON")
    client.say_raw(b'{"type":"session.update","padding":"' + b"a" * 300_000 + b'"}')
    client.say_binary()
    await client.until("error", 5)


def test_a_conversation_runs_again(tmp_path: Path) -> None:
    path = record(tmp_path, talk)
    verdict = good(path)
    found = entries(path)
    assert {each.kind for each in found} == {*Kind} - {Kind.SPENT, Kind.BROKEN}
    heard = b"".join(each.blob for each in found if each.kind is Kind.HEARD)
    assert len(heard) == 90 * len(SILENT) + 10 * len(LOUD) - 10 * len(SILENT)
    assert verdict.steps > 100
    assert verdict.events > 40


def test_times_are_those_of_the_loops_clock(tmp_path: Path) -> None:
    times = [each.time for each in entries(record(tmp_path, talk))]
    assert times == sorted(times)
    assert times[0] == 0.0 < times[-1]


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = record(tmp_path / "calls", talk)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.name.endswith(".repartee")
    assert path.name[16:22] == "-sess_"


async def greet(client: ClientDouble) -> None:
    await client.until("session.created")
    client.say("response.create")
    await client.until("response.done")


def test_a_session_in_beta_runs_again(tmp_path: Path) -> None:
    said = creation.meaning(b'{"input_audio_format":"g711_ulaw","temperature":0.7}', "beta")
    assert not isinstance(said, Refused)

    async def play(client: ClientDouble) -> None:
        await greet(client)
        sound = base64.b64encode(b"\x00\xff" * 4000).decode()
        client.say("input_audio_buffer.append", audio=sound)
        client.say("input_audio_buffer.commit")
        item = (await client.until("input_audio_buffer.committed"))["item_id"]
        client.say("conversation.item.retrieve", item_id=item)
        await client.until("conversation.item.retrieved")

    good(record(tmp_path, play, dialect=BETA, terms=Terms("key_1", said=said)))


def test_a_call_runs_again(tmp_path: Path) -> None:
    async def play(client: ClientDouble) -> None:
        await greet(client)
        await client.until("output_audio_buffer.stopped")

    arrival = Arrival(transport="webrtc", call_id="rtc_1")
    path = record(tmp_path, play, speaker=Loudspeaker(), arrival=arrival)
    good(path)
    assert any(b'"name":"Play"' in each.text for each in entries(path))


def test_a_session_that_only_listens_runs_again(tmp_path: Path) -> None:
    async def play(client: ClientDouble) -> None:
        await client.until("session.created")
        heard = {"input": {"transcription": {"model": "any"}}}
        client.say("session.update", session={"type": "transcription", "audio": heard})
        client.speak()
        await client.until("conversation.item.input_audio_transcription.completed")

    good(record(tmp_path, play, transcribes=True))


def test_a_session_with_prompts_runs_again(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "greet.md").write_text("Greet {{name}}.")

    async def play(client: ClientDouble) -> None:
        await client.until("session.created")
        prompt = {"id": "greet", "variables": {"name": "Ada"}}
        client.say("session.update", session={"type": "realtime", "prompt": prompt})
        await client.until("session.updated")

    settings = structs.replace(SETTINGS, session=Session(prompts=str(tmp_path / "prompts")))
    good(record(tmp_path / "calls", play, settings))


def test_what_a_key_has_left_is_answered_as_it_was(tmp_path: Path) -> None:
    async def play(client: ClientDouble) -> None:
        await greet(client)
        client.say("response.create")
        await client.until("response.done", 2)
        client.say("session.update", session={"type": "realtime", "instructions": "Sing."})
        await client.until("error")

    limits = Limits(tokens_per_day=1, locked_fields=("instructions",))
    path = record(tmp_path, play, terms=Terms("key_1", limits))
    good(path)
    told = [each.text for each in entries(path) if each.kind is Kind.SPENT]
    assert told[0] == b"null"
    assert b"used up" in told[1]


@pytest.mark.parametrize("sessions", ["all", "asked"])
@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("by_request", [True, False, None])
def test_who_is_recorded(tmp_path: Path, sessions: Any, by_key: bool, by_request: Any) -> None:
    one = structs.replace(
        opening(Config(id="sess_1"), Bounds(), GA, paced=False),
        limits=Limits(recorded=by_key),
        arrival=Arrival(records=by_request),
    )
    watcher = Recorder(Recording(folder=str(tmp_path), sessions=sessions)).watch(one)
    wanted = by_request is not False and (sessions == "all" or by_key or by_request is True)
    assert (watcher is not None) == wanted


def test_a_session_goes_on_where_it_cannot_be_recorded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "calls"

    async def play(client: ClientDouble) -> None:
        folder.rmdir()
        await greet(client)
        while not caplog.records:
            threading.Event().wait(0.01)
        client.say("response.create")
        await client.until("response.done", 2)

    with pytest.raises(ValueError, match="not enough values"):
        record(folder, play)
    assert [each.message for each in caplog.records] == [
        "recording ended: No such file or directory"
    ]


def test_a_folder_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder = Recorder(Recording(folder=str(tmp_path / "file")))
    with pytest.raises(SettingsError, match="cannot be made"):
        recorder.__enter__()
