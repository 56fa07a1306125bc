"""What a scrape tells of sessions that came and went, and of those who were not let in."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import structs
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from client_double import ClientDouble
from repartee.protocol.beta import BETA
from repartee.protocol.ga import GA, Dialect
from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions
from repartee.runtime.watching import Arrival
from repartee.server.http_routes import application, site
from repartee.server.metrics_route import Alone, Exposure, Readings, exposure
from repartee.settings import Choice, Models, Settings
from repartee.telemetry.exposition import page
from repartee.telemetry.journals import Journals
from repartee.telemetry.metrics import Metrics
from server.doorway import KEY, MODELS, Answer, Doorway, doorway, edge_of, furnished
from server.visitors import enter, new_key, post, turned_away
from virtual_time import run

CANARY = "xyzzy"
FAKE = Choice("fake")
TOOL = {"type": "function", "name": CANARY, "parameters": {"type": "object"}}
MOST_SERIES = 500


def families(body: bytes) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(body.decode())}


def value(body: bytes, name: str, *labels: str) -> float:
    """Of the samples with these values of labels, the sum."""
    samples = (s for family in families(body).values() for s in family.samples)
    return sum(
        each.value for each in samples if each.name == name and {*labels} <= {*each.labels.values()}
    )


@asynccontextmanager
async def told(**server: Any) -> AsyncIterator[tuple[Doorway, Metrics]]:
    """A doorway that tells of itself."""
    metrics = Metrics()
    behind: list[Any] = []

    async def pages(scope: Any, receive: Any, send: Any) -> None:
        await behind[0](scope, receive, send)

    async with doorway(pages=pages, **server) as door:
        metrics.ask(Readings(door.edge))
        settings = furnished()
        sessions = Sessions(settings, EnginesByModel(settings))
        route = Exposure(metrics, Alone()).route
        behind.append(application(door.edge, MODELS, sessions, None, [route]))
        yield door, metrics


async def scrape(door: Doorway, *lines: str) -> Answer:
    return await door.ask("\n".join(["GET /metrics", *lines]))


async def test_a_scrape_needs_a_key_where_keys_are_needed() -> None:
    async with told(api_key=KEY) as (door, _):
        assert (await scrape(door)).code == "invalid_api_key"
        answer = await scrape(door, f"Authorization: Bearer {KEY}")
        assert answer.status == 200
        assert value(answer.body, "repartee_auth_failures_total", "missing") == 1


def test_the_library_is_imported_by_the_first_scrape() -> None:
    """Not at the start, which is to be quick."""
    script = "import sys, repartee.server.app, repartee.server.metrics_route; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "repartee.telemetry.metrics" in loaded
    assert not {"prometheus_client", "repartee.telemetry.exposition"} & {*loaded}


async def test_the_format_is_what_the_client_wants() -> None:
    async with told() as (door, _):
        plain = await scrape(door)
        assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
        other = await scrape(door, "Accept: application/openmetrics-text;version=1.0.0")
        assert other.headers["content-type"].startswith("application/openmetrics-text")
        assert other.body.endswith(b"# EOF\n")


async def test_whoever_is_not_let_in_is_counted(tmp_path: Path) -> None:
    keys = tmp_path / "repartee.db"
    key = new_key(keys, models=("mine",)).text
    async with told(keys=keys, max_sessions=1) as (door, _):
        assert (await turned_away(door, "wrong-key-0123456789"))[0] == "invalid_api_key"
        assert (await turned_away(door, key, "?model=other"))[0] == "invalid_model"
        await enter(door, key, "?model=mine")
        refused = await door.ask("GET /v1/realtime\nUpgrade: websocket")
        assert refused.status != 101
        full = await door.connect()
        head = await full.request("/v1/realtime?model=mine", authorization=f"Bearer {key}")
        assert " 503 " in head
        for _ in range(2):
            assert (await door.ask("GET /readyz")).status == 503
        body = (await scrape(door, f"Authorization: Bearer {key}")).body
    rejected = "repartee_admission_rejected_total"
    assert value(body, rejected, "invalid_model") == 1
    assert value(body, rejected, "server_overloaded") == 1  # probes do not count
    assert value(body, rejected) == 2
    assert value(body, "repartee_auth_failures_total", "incorrect") == 1


async def test_what_is_refused_behind_the_door_is_counted_too(tmp_path: Path) -> None:
    keys = tmp_path / "repartee.db"
    key = new_key(keys, models=("mine",)).text
    async with told(keys=keys) as (door, _):
        session = {"type": "realtime", "model": "other"}
        answer = await post(door, "/v1/realtime/client_secrets", {"session": session}, key)
        assert answer.code == "invalid_model"
        body = (await scrape(door, f"Authorization: Bearer {key}")).body
    assert value(body, "repartee_admission_rejected_total", "invalid_model") == 1


def test_how_the_records_do() -> None:
    edge = edge_of(furnished())
    edge.recorder.records_written, edge.recorder.records_dropped = 3, 2
    metrics = Metrics()
    metrics.ask(Readings(edge))
    body = page(metrics.snapshot(), [], "").body
    assert value(body, "repartee_records_written_total", "usage") == 3
    assert value(body, "repartee_records_dropped_total", "usage") == 2


async def test_workers_tell_of_each_other(tmp_path: Path) -> None:
    one, other = Metrics(), Metrics()
    one.counts.said_s, other.counts.said_s = 1, 2
    async with exposure(one, [tmp_path]) as first, exposure(other, [tmp_path]) as second:
        for each in (first, second):
            async with doorway(pages=site(each.route)) as door:
                body = (await scrape(door)).body
            assert value(body, "repartee_audio_seconds_total", "out") == 3
            assert value(body, "repartee_build_info") == 1


async def test_the_last_of_a_worker_is_told_as_well(tmp_path: Path) -> None:
    one, other = Metrics(), Metrics()
    async with exposure(other, [tmp_path]) as staying:
        async with exposure(one, [tmp_path]):
            one.counts.said_s = 7
        async with doorway(pages=site(staying.route)) as door:
            body = (await scrape(door)).body
    assert value(body, "repartee_audio_seconds_total", "out") == 7


def odd_clients(number: int) -> Iterator[tuple[str, Dialect, Arrival, tuple[int, str]]]:
    """Models, dialects, ways and ends as clients may come up with them."""
    rng = random.Random(4)
    for _ in range(number):
        model = rng.choice(["gpt-realtime", f"gpt-4o-{rng.random()}", f"{CANARY}-{rng.random()}"])
        arrival = Arrival(transport=rng.choice(["websocket", "webrtc"]))
        end = (rng.randrange(1000, 5000), rng.choice(["client", "lost", f"{CANARY} {_}"]))
        yield model, rng.choice([GA, BETA]), arrival, end


async def converse(
    sessions: Sessions, model: str, dialect: Dialect, arrival: Arrival, end: tuple[int, str]
) -> None:
    """A session with turns, a tool, and faults."""
    client = ClientDouble("beta" if dialect is BETA else "ga")
    running = asyncio.create_task(sessions.driver(client, model, dialect, arrival=arrival).run())
    await client.until("session.created")
    client.speak()
    await client.until("response.done")
    response = {"tools": [TOOL], "tool_choice": "required", "instructions": CANARY}
    client.say("response.create", response=response)
    done = (await client.until("response.done", 2))["response"]
    item = {
        "type": "function_call_output",
        "call_id": done["output"][0]["call_id"],
        "output": CANARY,
    }
    client.say("conversation.item.create", item=item)
    for event in ("response.cancel", CANARY):
        client.say(event, event_id=CANARY)
    client.say("session.update", session={CANARY: CANARY})
    await client.until("error", 3)
    client.leave()
    client.ending = end
    await running


def test_many_odd_sessions_make_few_series_and_leave_nothing_behind() -> None:
    talking = Settings(
        vad=FAKE,
        turn=FAKE,
        ears=Choice("fake", {"text": CANARY}),
        mind=Choice("fake", {"text": f"{CANARY} {CANARY}"}),
        voice=FAKE,
    )
    mapped = dict.fromkeys(("gpt-4o-*", "mine"), talking.model(None))
    settings = structs.replace(talking, models=Models(mapped=mapped))
    metrics = Metrics()
    journals = Journals(settings.models, [metrics], metrics.counts)
    sessions = Sessions(settings, EnginesByModel(settings), observers=[journals])
    number = 60

    async def play() -> None:
        for model, dialect, arrival, end in odd_clients(number):
            await converse(sessions, model, dialect, arrival, end)

    run(play())
    metrics.ask(Readings(edge_of(settings)))
    body = page(metrics.snapshot(), [], "").body
    assert CANARY.encode() not in body
    assert not [name for name in (b"sess_", b"resp_", b"item_", b"rtc_") if name in body]
    assert sum(len(family.samples) for family in families(body).values()) < MOST_SERIES
    assert value(body, "repartee_sessions_total") == number
    assert value(body, "repartee_responses_total", "completed") == 2 * number
    assert value(body, "repartee_tool_seconds_count") == number
    assert value(body, "repartee_client_errors_total") == 3 * number
    gauges = [f for f in families(body).values() if f.type == "gauge" and "build" not in f.name]
    assert {sample.value for family in gauges for sample in family.samples} == {0}
