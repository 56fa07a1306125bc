"""Whoever watches a session is told every step, and can do it no harm."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import cast

import pytest

from client_double import LOUD, ClientDouble, EngineDouble
from repartee.engines.fake import FakeModel
from repartee.engines.protocols import Stopped, Text, ToolCall, Usage
from repartee.engines.remote.tracing import trace_headers
from repartee.protocol.config import Config
from repartee.protocol.prompt import Prompt
from repartee.runtime.driver import Driver
from repartee.runtime.engines import Engines, EnginesByModel
from repartee.runtime.ids import session_ids
from repartee.runtime.sessions import Sessions
from repartee.runtime.watching import Allowance, Ending, Opening, Step, Watcher, Watchers
from repartee.session.bounds import Bounds
from repartee.session.inputs import Heard
from repartee.settings import Choice, Settings
from repartee.speech.patience import Patience

FAKE = Choice("fake")
SETTINGS = Settings(vad=FAKE, turn=FAKE, ears=FAKE, mind=FAKE, voice=FAKE)


class Witness:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.openings: list[Opening] = []
        self.steps: list[Step] = []
        self.last: Step | None = None
        self.rests: list[str] = []

    def watch(self, opening: Opening) -> Watcher:
        self.openings.append(opening)
        return self

    def stepped(self, step: Step) -> None:
        self.steps.append(step)

    def left(self, step: Step) -> None:
        self.last = step

    def rested(self, ref: str, now: float) -> None:
        self.rests.append(ref)


class Careless:
    """Fails at its second step."""

    def __init__(self) -> None:
        self.told = 0

    def stepped(self, step: Step) -> None:
        self.told += 1
        if self.told == 2:
            raise RuntimeError

    def left(self, step: Step) -> None:
        raise RuntimeError


class Knowing(Witness):
    """Knows the trace of each work."""

    def traceparent(self, ref: str, role: str) -> str | None:
        if role == "turn":
            raise RuntimeError
        return f"{role} of {ref}" if role == "mind" else None


def sessions(*observers: Witness) -> Sessions:
    return Sessions(SETTINGS, EnginesByModel(SETTINGS), observers=observers)


async def test_every_step_is_told_from_the_beginning_to_the_end() -> None:
    witness, client = Witness(), ClientDouble()
    running = asyncio.create_task(sessions(witness).driver(client, "gpt-x").run())
    await client.until("session.created")
    client.append(LOUD * 4)
    client.say("input_audio_buffer.commit", event_id="mine")
    await client.until("input_audio_buffer.committed")
    client.leave()
    await running
    (opening,) = witness.openings
    assert (opening.config.id.startswith("sess_"), len(opening.seed)) == (True, 16)
    assert witness.steps[0].event is None
    assert any(isinstance(step.event, Heard) for step in witness.steps)
    (said,) = (step for step in witness.steps if step.message)
    assert b'"mine"' in said.message
    assert said.outputs
    assert [step.now for step in witness.steps] == sorted(step.now for step in witness.steps)
    assert witness.last is not None
    assert witness.last.ending == Ending(1000, "client")
    assert {ref.partition("_")[0] for ref in witness.rests} == {"item"}


def test_a_watcher_that_fails_is_told_no_more(caplog: pytest.LogCaptureFixture) -> None:
    careless, witness = Careless(), Witness()
    watching: Sequence[Watcher] = (careless, witness)
    watchers = Watchers(watching)
    for _ in range(4):
        watchers.stepped(Step(None, [], 0.0))
    watchers.left(Step(None, [], 0.0))
    watchers.rested("ref", 0.0)
    assert (careless.told, len(witness.steps)) == (2, 4)
    assert witness.last is not None
    assert [record.message for record in caplog.records] == ["a watcher failed"]


def test_what_an_allowance_answers_can_be_heard() -> None:
    answers = iter([None, "It is used up.", None])
    allowance = Allowance(lambda: next(answers))
    assert allowance() is None
    heard: list[str | None] = []
    allowance.hears = heard.append
    assert [allowance(), allowance()] == ["It is used up.", None] == heard


def test_whoever_traces_tells_what_engines_are_told() -> None:
    knowing = Knowing()
    watchers = Watchers([Witness(), knowing])
    assert watchers.traceparent("resp_1", "mind") == "mind of resp_1"
    assert watchers.traceparent("resp_1", "voice") is None
    assert Watchers([Witness()]).traceparent("resp_1", "mind") is None


def test_one_that_traces_and_fails_does_no_harm_to_the_engine(
    caplog: pytest.LogCaptureFixture,
) -> None:
    knowing = Knowing()
    watchers = Watchers([knowing])
    assert watchers.traceparent("resp_1", "turn") is None
    assert watchers.traceparent("resp_1", "mind") is None
    watchers.stepped(Step(None, [], 0.0))
    assert knowing.steps == []
    assert [record.message for record in caplog.records] == ["a watcher failed"]


async def test_engines_work_in_the_trace_of_their_turn() -> None:
    """The language model's request is made by its own task, long after the step."""
    told: list[str | None] = []

    class Asked(FakeModel):
        def reply(self, prompt: Prompt) -> AsyncGenerator[Text | ToolCall | Usage | Stopped, None]:
            told.append(trace_headers("mind").get("traceparent"))
            return super().reply(prompt)

    client, bounds = ClientDouble(), Bounds()
    driver = Driver(
        Config(),
        client,
        cast(Engines, EngineDouble(mind=Asked())),
        new_id=session_ids(b"seed"),
        bounds=bounds,
        patience=Patience(),
        watchers=[Knowing()],
    )
    running = asyncio.create_task(driver.run())
    await client.until("session.created")
    client.say("response.create")
    ref = (await client.until("response.done"))["response"]["id"]
    client.leave()
    await running
    assert told == [f"mind of {ref}"]
