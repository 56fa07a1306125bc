"""A recorded session with other engines: a new one, whose client does what the recorded one did."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

from msgspec import structs

from repartee.engines import registry
from repartee.keys.limits import Limits
from repartee.recording.format import Damage, Entry, Kind, read
from repartee.recording.opening import DIALECTS, Opened, Unmakeable, bound, read_opening
from repartee.recording.recorder import SessionRecorder
from repartee.recording.rerun.client import Client
from repartee.recording.rerun.script import Script
from repartee.recording.writer import Tape, Writer
from repartee.runtime.driver import Driver
from repartee.runtime.engines import Engines, EnginesByModel
from repartee.runtime.ids import session_ids
from repartee.runtime.sessions import Grounds, Sessions
from repartee.runtime.watching import Arrival, Opening
from repartee.session.commands import Listen
from repartee.settings import Choice, Settings
from repartee.speech.listener import Listener, SpeechDetector
from repartee.speech.patience import Patience
from repartee.speech.stream import Indifference, Stream, Tell


class AsHeard(Listener):
    """Hears what was heard before: noise, echo and the client's encoding are gone from it."""

    def configure(self, listen: Listen) -> None:
        super().configure(structs.replace(listen, encoding="audio/pcm", noise_reduction=None))


class DetectorAsHeard(SpeechDetector):
    """Judges such sound."""

    def listener(self, tell: Tell, indifference: Indifference = float) -> AsHeard:
        return AsHeard(self, self._batch, Stream(tell, None, indifference))


async def rerun(path: Path, settings: Settings, kept: Path, *, fast: bool = False) -> list[str]:
    """Play a recording's user to the engines of these settings, and record that to `kept`.

    What could not be done as it was is noted.  Raises NotARecording, Unmakeable, UnusableEngine,
    EngineError, SettingsError, OSError.
    """
    entries = read(path)
    first = next(entries, None)
    if not isinstance(first, Entry) or first.kind is not Kind.OPENING:
        raise Unmakeable(f"{path}: its opening is lost")
    opened = read_opening(first.text)
    settings = structs.replace(settings, echo=Choice("none", {}))
    engines = EnginesByModel(settings)
    sessions = Sessions(settings, engines)
    model = opened.model or sessions.default_model
    await engines.open()
    try:
        async with sessions.engines(model):
            writer = Writer(kept.parent)
            writer.open()
            try:
                run = _Run(opened, sessions.grounds(model), settings, Tape(kept, opened.session))
                return await run.play(entries, first.time, writer, fast=fast)
            finally:
                writer.close()
    finally:
        await engines.close()


class _Run:
    """One session on its way."""

    def __init__(self, opened: Opened, grounds: Grounds, settings: Settings, tape: Tape) -> None:
        self._opened, self._grounds, self._tape = opened, grounds, tape
        vad = settings.vad
        detector = DetectorAsHeard(registry.make("vad", vad.engine, vad.options))
        self._engines: Engines = structs.replace(grounds.engines, detector=detector)
        limits = settings.limits
        self._patience = Patience(limits.ears_s, limits.mind_s, limits.voice_s)
        self._seed = secrets.token_bytes(16)

    async def play(
        self, entries: Iterator[Entry | Damage], begun: float, writer: Writer, *, fast: bool
    ) -> list[str]:
        client, opened = Client(), self._opened
        driver = Driver(
            opened.config,
            client,
            self._engines,
            new_id=session_ids(self._seed),
            bounds=self._grounds.bounds,
            patience=self._patience,
            dialect=DIALECTS[opened.dialect],
            said=bound(opened),
            speaker=client if opened.paced else None,
            watchers=[SessionRecorder(self._opening(), self._tape, writer)],
        )

        def hear(pcm: bytes) -> None:
            driver.inlet.hear_sound(pcm)
            driver.inlet.listener.flush()  # or what is said last would wait for its tick in vain

        script = Script(entries, client, hear, fast=fast)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(driver.run())
            await client.listened()
            await script.play(begun)
            await running
        return script.notes

    def _opening(self) -> Opening:
        opened, grounds = self._opened, self._grounds
        return Opening(
            config=opened.config,
            bounds=grounds.bounds,
            said=bound(opened),
            paced=opened.paced,
            seed=self._seed,
            dialect=DIALECTS[opened.dialect],
            counter=grounds.counter,
            model=grounds.model,
            arrival=Arrival(transport="webrtc" if opened.paced else "websocket"),
            key_id=None,
            limits=Limits(),
        )
