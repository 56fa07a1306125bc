"""Recordings of real drivers in virtual time, for whatever reads recordings."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from client_double import LOUD, SILENT, ClientDouble, EngineDouble
from repartee.engines.echo.model import EchoModel
from repartee.engines.fake import FakeModel, FakeRecognizer, FakeSynthesizer
from repartee.keys.limits import Limits
from repartee.protocol.beta import BETA
from repartee.protocol.config import (
    AnyConfig,
    Audio,
    AudioInput,
    AudioOutput,
    Config,
    FunctionTool,
    Pcmu,
    SemanticVad,
    ServerVad,
    Transcription,
    TranscriptionAudio,
    TranscriptionConfig,
)
from repartee.protocol.ga import GA, Dialect
from repartee.recording.format import Entry, read
from repartee.recording.recorder import SessionRecorder
from repartee.recording.writer import Tape, Writer
from repartee.runtime.driver import Driver
from repartee.runtime.engines import Engines
from repartee.runtime.ids import session_ids
from repartee.runtime.watching import Arrival, Opening, Watcher
from repartee.session.bounds import Bounds
from repartee.settings import Choice, Model, Session
from repartee.speech.patience import Patience
from virtual_time import VirtualLoop, run

BEGAN = 1_767_225_600.0  # 2026-01-01, midnight UTC
FRAME_S = 0.032
ANSWER = "So it is. And there is more to be said of it."
MS_PER_CHARACTER = 60  # of the voice
TOOL = FunctionTool("get_weather", "The weather.", {"type": "object", "properties": {}})
SEED = bytes(16)


class Caller(ClientDouble):
    """A client that speaks in real time, in events or, with `calls`, on a call."""

    driver: Driver
    calls = False

    # The sound of a call

    def play(self, pcm: bytes) -> None:
        """There is sound."""

    def hush(self) -> None:
        """There is no more."""

    def duck(self, softly: bool) -> None:
        """It is softer."""

    # What a person does

    async def utter(self, speech_s: float, silence_s: float) -> None:
        """Speak, and be silent, frame by frame."""
        frames = [LOUD] * round(speech_s / FRAME_S) + [SILENT] * round(silence_s / FRAME_S)
        for frame in frames:
            await asyncio.sleep(FRAME_S)
            if self.calls:
                silent_ms = 0.0 if frame is LOUD else 1000 * FRAME_S
                self._referee.heard(1000 * FRAME_S, silent_ms=silent_ms)
                self.driver.inlet.hear_sound(frame)
            else:
                self.append(frame)

    async def write(self, text: str) -> None:
        """Ask in writing."""
        part = {"type": "input_text", "text": text}
        item = {"type": "message", "role": "user", "content": [part]}
        self.say("conversation.item.create", item=item)
        self.say("response.create")


Scene = Callable[[Caller], Coroutine[Any, Any, None]]


class Slow(FakeRecognizer):
    """Tells the final words a while after the sound's end."""

    async def recognize(self, audio: Any, hints: Any) -> Any:
        async for words in super().recognize(audio, hints):
            if words.final:
                await asyncio.sleep(0.2)
            yield words


def recorded(
    scene: Scene,
    config: AnyConfig | None = None,
    *,
    engines: Any = None,
    bounds: Bounds | None = None,
    dialect: Dialect = GA,
    calls: bool = False,
) -> bytes:
    """The file of a session in which `scene` is played."""
    bounds = bounds or Bounds()
    fake = Choice("fake", {})
    opening = Opening(
        config=config or Config(id="sess_1", expires_at=3600, **_seen()),
        bounds=bounds,
        said=None,
        paced=calls,
        seed=SEED,
        dialect=dialect,
        counter="characters",
        model=Model(
            ears=Choice("fake", {"model": "small"}), mind=fake, voice=fake, session=Session()
        ),
        arrival=Arrival(transport="webrtc" if calls else "websocket"),
        key_id=None,
        limits=Limits(),
    )

    async def play(watcher: Watcher) -> None:
        cast("VirtualLoop", asyncio.get_running_loop()).spend(100)  # clocks begin anywhere
        caller = Caller("call" if calls else "beta" if dialect is BETA else "ga")
        caller.calls = calls
        caller.driver = Driver(
            opening.config,
            caller,
            cast("Engines", engines or EngineDouble()),
            new_id=session_ids(SEED),
            bounds=bounds,
            patience=Patience(),
            dialect=dialect,
            speaker=caller if calls else None,
            watchers=[watcher],
        )
        running = asyncio.create_task(caller.driver.run())
        transcribes = isinstance(opening.config, TranscriptionConfig)
        old = dialect is BETA and transcribes
        await caller.until("transcription_session.created" if old else "session.created")
        await scene(caller)
        caller.leave()
        await running
        assert caller.violations == []

    with TemporaryDirectory() as folder:
        path, writer = Path(folder) / "tape", Writer(Path(folder))
        writer.open()
        run(play(SessionRecorder(opening, Tape(path, "sess_1"), writer, lambda: BEGAN)))
        writer.close()
        return path.read_bytes()


def _seen() -> dict[str, Any]:
    """A configuration in which the client sees what was understood."""
    return {"audio": Audio(AudioInput(transcription=Transcription(model="whisper-1")))}


# --- scenes ----------------------------------------------------------------------------------


async def _talk(caller: Caller) -> None:
    """Two spoken turns; the second begins in the middle of the first answer."""
    await caller.utter(1.024, 1.28)
    await caller.until("response.output_audio.delta")
    await caller.utter(0, 0.64)
    await caller.utter(0.64, 0.96)
    await caller.until("response.done", 2)


async def _fetch(caller: Caller) -> None:
    """A question in writing, for which the model calls a function."""
    await caller.write("Please get the weather.")
    done = await caller.until("response.done")
    call = done["response"]["output"][-1]
    await asyncio.sleep(0.75)
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "It rains."}
    caller.say("conversation.item.create", item=output)
    caller.say("response.create")
    await caller.until("response.done", 2)


async def _push(caller: Caller) -> None:
    """Push to talk; then an answer on the side, and a mistake."""
    await caller.utter(0.96, 0.32)
    caller.say("input_audio_buffer.commit")
    caller.say("response.create")
    await caller.until("response.done")
    caller.say("response.create", response={"conversation": "none"})
    await caller.until("response.done", 2)
    caller.say("response.cancel")
    await caller.until("error")


async def _dictate(caller: Caller) -> None:
    """Speech that is only written down."""
    await caller.utter(0.96, 0.96)
    await caller.until("conversation.item.input_audio_transcription.completed")


async def _phone(caller: Caller) -> None:
    """A call: the answer is interrupted while it is played."""
    await caller.utter(0.96, 2.4)
    await caller.until("output_audio_buffer.started")
    await caller.utter(0.64, 0.96)
    await caller.until("response.done", 2)
    await caller.utter(0, 4)


async def _cut(caller: Caller) -> None:
    """The client interrupts in writing, and says how much of the answer was heard."""
    await caller.write("Tell me something.")
    delta = await caller.until("response.output_audio.delta")
    await asyncio.sleep(0.4)
    caller.say("response.cancel")
    truncated = {"item_id": delta["item_id"], "content_index": 0, "audio_end_ms": 250}
    caller.say("conversation.item.truncate", **truncated)
    await caller.until("conversation.item.truncated")


async def _ask(caller: Caller) -> None:
    """A question in writing, and time to hear the answer."""
    await caller.write("Hello?")
    await caller.until("response.done")
    await asyncio.sleep(4)


AHEAD = Bounds(guesses=True, foresees=True)


def _engines(**more: Any) -> EngineDouble:
    model = FakeModel(ANSWER, pace_ms=40)
    given = {"ears": Slow("hello there"), "mind": model, **more}
    return EngineDouble(voice=FakeSynthesizer(MS_PER_CHARACTER), **given)


def _config(**more: Any) -> Config:
    return Config(id="sess_1", expires_at=3600, **more)


async def _talk_beta(caller: Caller) -> None:
    await caller.utter(1.024, 1.28)
    await caller.until("response.done")


_SEMANTIC = AudioInput(turn_detection=SemanticVad(), transcription=Transcription())
_TELEPHONE = Audio(AudioInput(format=Pcmu()), AudioOutput(format=Pcmu()))
_PUSHED = Audio(AudioInput(turn_detection=None))
# Speech fades through what is still speech, and would not have been its beginning.
_STRICT = ServerVad(threshold=0.6)
_DICTATED = TranscriptionAudio(AudioInput(transcription=Transcription(), turn_detection=_STRICT))


def _transcribing() -> TranscriptionConfig:
    return TranscriptionConfig(id="sess_1", expires_at=3600, audio=_DICTATED)


_SCENES: dict[str, Callable[[], bytes]] = {
    "talk": lambda: recorded(_talk, engines=_engines()),
    "foreseen": lambda: recorded(_talk, engines=_engines(), bounds=AHEAD),
    "semantic": lambda: recorded(_talk, _config(audio=Audio(_SEMANTIC)), engines=_engines()),
    "fetch": lambda: recorded(_fetch, _config(tools=[TOOL]), engines=_engines(mind=EchoModel(20))),
    "push": lambda: recorded(_push, _config(audio=_PUSHED), engines=_engines()),
    "dictate": lambda: recorded(_dictate, _transcribing(), engines=_engines()),
    "beta-dictate": lambda: recorded(_dictate, _transcribing(), engines=_engines(), dialect=BETA),
    "phone": lambda: recorded(_phone, engines=_engines(), calls=True),
    "cut": lambda: recorded(_cut, engines=_engines(mind=FakeModel("On and on. " * 9, 40))),
    "telephone": lambda: recorded(_ask, _config(audio=_TELEPHONE), engines=_engines()),
    "beta": lambda: recorded(
        _talk_beta, _config(temperature=0.8, **_seen()), engines=_engines(), dialect=BETA
    ),
}
NAMES = tuple(_SCENES)


@cache
def tape(name: str) -> bytes:
    """The file of a recording by the name of its scene."""
    return _SCENES[name]()


def entries(name: str, folder: Path) -> list[Entry]:
    """What the file of a scene holds; it is written to `folder`."""
    path = write(name, folder)
    return [entry for entry in read(path) if isinstance(entry, Entry)]


def write(name: str, folder: Path) -> Path:
    """The path of a scene's file, in this folder."""
    path = folder / f"{name}.repartee"
    path.write_bytes(tape(name))
    return path
