"""A session begins with what the settings say."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from client_double import ClientDouble
from repartee.engines.fake import FakeModel
from repartee.keys.limits import Limits
from repartee.protocol.beta import BETA
from repartee.protocol.client import SaidConfig
from repartee.protocol.config import Config, TranscriptionConfig
from repartee.protocol.ga import GA, Dialect
from repartee.runtime import outlet
from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions, Terms, Unopenable
from repartee.session.tolerance import Tolerance
from repartee.settings import Choice, Models, Session, Settings, SettingsError
from repartee.usage.recorder import Recorder
from repartee.usage.report import sums

FAKES = Settings(
    vad=Choice("fake"),
    turn=Choice("fake"),
    ears=Choice("fake"),
    mind=Choice("fake"),
    voice=Choice("fake"),
)


def _with(**replaced: Any) -> Settings:
    return msgspec.structs.replace(FAKES, **replaced)


def _mapping(pattern: str, session: Session = FAKES.session, **roles: Choice) -> Settings:
    model = msgspec.structs.replace(FAKES.model(None), session=session, **roles)
    return _with(models=Models(mapped={pattern: model}))


def _sessions(settings: Settings) -> Sessions:
    return Sessions(settings, EnginesByModel(settings))


async def _created(
    settings: Settings,
    model: str | None = None,
    dialect: Dialect = GA,
    *,
    transcribes: bool = False,
) -> dict[str, Any]:
    client = ClientDouble()
    driver = _sessions(settings).driver(client, model, dialect, transcribes=transcribes)
    running = asyncio.create_task(driver.run())
    first = (
        "session.created" if dialect is GA or not transcribes else "transcription_session.created"
    )
    created = await client.until(first)
    client.leave()
    await running
    session: dict[str, Any] = created["session"]
    return session


async def test_the_defaults_are_those_of_the_api() -> None:
    session = await _created(FAKES)
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


async def test_the_beta_dialect_has_a_voice_of_its_own() -> None:
    beta = await _created(FAKES, dialect=BETA)
    assert (beta["voice"], beta["temperature"]) == ("alloy", 0.8)
    settings = _with(session=Session(beta_voice="echo"))
    assert (await _created(settings, dialect=BETA))["voice"] == "echo"


async def test_a_session_that_only_transcribes() -> None:
    settings = _with(session=Session(threshold=0.7))
    ga = await _created(settings, transcribes=True)
    assert ga["type"] == "transcription"
    assert ga["audio"]["input"]["turn_detection"]["threshold"] == 0.7
    assert set(ga["audio"]) == {"input"}
    beta = await _created(settings, dialect=BETA, transcribes=True)
    assert beta["turn_detection"]["threshold"] == 0.7
    assert beta["object"] == "realtime.transcription_session"


async def test_settings_and_the_client_decide_what_is_different() -> None:
    different = Session(voice="ash", silence_duration_ms=200, instructions="Sing.")
    session = await _created(_with(session=different), "my-model")
    assert session["model"] == "my-model"
    assert session["audio"]["output"]["voice"] == "ash"
    assert session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200
    assert session["instructions"] == "Sing."
    assert len(json.dumps(session)) < 2000


async def test_a_model_begins_with_what_is_said_of_it_and_keeps_the_name_asked_for() -> None:
    settings = _mapping("gpt-4o-*", Session(instructions="Sing."))
    session = await _created(settings, "gpt-4o-mini")
    assert (session["model"], session["instructions"]) == ("gpt-4o-mini", "Sing.")
    assert (await _created(settings, "gpt-4"))["instructions"] == Session().instructions


async def test_the_default_model_may_be_mapped_too() -> None:
    settings = _mapping("gpt-realtime", Session(instructions="Sing."))
    assert (await _created(settings))["instructions"] == "Sing."


async def test_a_model_is_answered_by_its_own_mind() -> None:
    settings = _mapping("quick", mind=Choice("fake", {"text": "Quickly said."}))
    sessions = _sessions(settings)
    client = ClientDouble()
    running = asyncio.create_task(sessions.driver(client, "quick").run())
    await client.until("session.created")
    client.say("response.create", response={"output_modalities": ["text"]})
    done = await client.until("response.output_text.done")
    client.leave()
    await running
    assert done["text"] == "Quickly said."
    assert isinstance(sessions.grounds("other").engines.mind, FakeModel)
    assert sessions.grounds("other").engines.mind is not sessions.grounds("quick").engines.mind


async def test_the_context_window_is_the_models() -> None:
    sessions = _sessions(_mapping("long", Session(max_input_tokens=128_000)))
    assert sessions.grounds("long").bounds.window == 128_000
    assert sessions.grounds("other").bounds.window == 28_224


async def test_prompts_and_tokenizer_are_read_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "greet.md").write_text("Hello")
    sessions = _sessions(_mapping("x", Session(prompts=str(tmp_path))))
    assert set(sessions.grounds("x").bounds.prompts) == {"greet"}
    assert sessions.grounds("other").bounds.prompts == {}
    assert sessions.grounds("x").bounds.count("12345678") == 2


@pytest.mark.parametrize(
    ("session", "told"),
    [
        (Session(tokenizer="nowhere.json"), "session.tokenizer nowhere.json: there is no such"),
        (Session(prompts="nowhere"), "session.prompts nowhere: there is no such folder"),
    ],
)
async def test_what_cannot_be_read_stops_the_start(session: Session, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        _sessions(_with(session=session))
    with pytest.raises(SettingsError, match=f'models."x": {told}'):
        _sessions(_mapping("x", session))


@pytest.mark.parametrize("dialect", [GA, BETA], ids=["ga", "beta"])
async def test_what_a_response_cost_is_in_the_database_before_its_client_is_told(
    tmp_path: Path, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "HOLD_S", 10.0)  # however busy the machine of this test is
    file = tmp_path / "repartee.db"
    recorder = Recorder(file)
    recorder.open()
    sessions = Sessions(FAKES, EnginesByModel(FAKES), recorder)
    client = ClientDouble()
    running = asyncio.create_task(
        sessions.driver(client, "quick", dialect, terms=Terms("key_1")).run()
    )
    created = await client.until("session.created")
    client.say("response.create")
    usage = (await client.until("response.done"))["response"]["usage"]
    (line,) = sums(file, ["key", "session", "model"])
    assert (line["key"], line["model"]) == ("key_1", "quick")
    assert line["session"] == created["session"]["id"]
    assert line["output_text_tokens"] == usage["output_token_details"]["text_tokens"]
    assert recorder.totals.today("key_1") == (0.0, usage["total_tokens"])
    client.leave()
    await running
    recorder.close()
    assert recorder.records_written == 1


# What a key brings


SINGING = msgspec.convert({"type": "realtime", "instructions": "Sing."}, SaidConfig)


async def test_a_session_begins_with_what_is_bound_to_its_key() -> None:
    client = ClientDouble()
    driver = _sessions(FAKES).driver(client, None, terms=Terms("key_1", said=SINGING))
    running = asyncio.create_task(driver.run())
    created = await client.until("session.created")
    client.leave()
    await running
    assert created["session"]["instructions"] == "Sing."


async def test_what_a_session_would_begin_with_can_be_told_before() -> None:
    sessions = _sessions(FAKES)
    config = sessions.effective("m", terms=Terms(said=SINGING))
    assert isinstance(config, Config)
    assert (config.model, config.instructions) == ("m", "Sing.")
    assert isinstance(sessions.effective(None, transcribes=True), TranscriptionConfig)


async def test_what_cannot_be_bound_opens_nothing() -> None:
    sessions = _sessions(FAKES)
    terms = Terms(said=msgspec.convert({"type": "realtime", "prompt": {"id": "x"}}, SaidConfig))
    for begin in (
        lambda: sessions.effective(None, terms=terms),
        lambda: sessions.driver(ClientDouble(), None, terms=terms),
    ):
        with pytest.raises(Unopenable) as told:
            begin()
        assert told.value.refused.param == "session.prompt.id"


@pytest.mark.parametrize(("minutes", "lived"), [(None, 60), (90, 60), (5, 5)])
async def test_a_key_may_shorten_its_sessions(minutes: float | None, lived: float) -> None:
    limits = Limits(session_minutes=minutes)
    config = _sessions(FAKES).effective(None, terms=Terms("key_1", limits))
    assert abs(config.expires_at - time.time() - lived * 60) < 30


def test_what_is_bound_is_not_shown_by_accident() -> None:
    assert "Sing" not in repr(Terms("key_1", said=SINGING))


@pytest.mark.parametrize(
    ("speculate", "billed", "guesses", "foresees"),
    [
        (None, (), True, True),
        (None, ("mind",), True, False),
        (None, ("voice",), True, False),
        (None, ("ears",), False, False),
        (True, ("ears", "mind"), True, True),
        (False, (), False, False),
    ],
)
def test_work_ahead_is_done_where_it_costs_nothing_or_is_asked_for(
    speculate: bool | None, billed: tuple[str, ...], guesses: bool, foresees: bool
) -> None:
    engines = EnginesByModel(FAKES)
    for role in billed:
        vars(getattr(engines.of(None), role))["billed"] = True
    settings = _with(session=Session(speculate=speculate))
    bounds = Sessions(settings, engines).grounds("any").bounds
    assert (bounds.guesses, bounds.foresees) == (guesses, foresees)


def test_speech_over_an_answer_is_put_up_with_where_settings_say_so() -> None:
    settings = _with(session=Session(tolerate_ms=400, backchannels=("Mhm", "OK")))
    told, usual = (
        Sessions(each, EnginesByModel(each)).grounds("any").bounds.tolerance
        for each in (settings, FAKES)
    )
    assert told == Tolerance(400, frozenset({"mhm", "ok"}))
    assert usual is None
