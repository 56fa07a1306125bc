"""Playing cases, and what is made of how they go."""

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection

from conformance.scripted import CREATED, polite, say, talking
from repartee.conformance.play.case import Case, Play
from repartee.conformance.play.player import Result, chosen, play, play_one
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Place, Unreachable


def case(played: Play, *behaviours: str) -> Case:
    return Case(played.__name__, "Something holds.", behaviours or ("B001",), "ga", played)


async def opens(stage: Stage) -> None:
    await stage.session()


async def objects(stage: Stage) -> None:
    client = await stage.session()
    client.object("It is blue.")


async def stumbles(stage: Stage) -> None:
    client = await stage.connect()
    (await client.expect("session.created"))["nothing"]


async def test_a_case_without_objections_passes() -> None:
    async with talking(polite) as url:
        result = await play_one(case(opens), Place(url), 10)
    assert not result.problems
    assert result.seconds > 0


async def test_an_objection_is_a_problem_of_the_case() -> None:
    async with talking(polite) as url:
        result = await play_one(case(objects, "B002", "B003"), Place(url), 10)
    (problem,) = result.problems
    assert problem.behaviours == ("B002", "B003")
    assert problem.sentence == "It is blue."
    assert problem.frames[-1].event["type"] == "session.created"
    assert problem.rule is None


async def test_what_cannot_be_read_is_a_problem() -> None:
    async with talking(polite) as url:
        (problem,) = (await play_one(case(stumbles), Place(url), 10)).problems
    assert "KeyError 'nothing'" in problem.sentence
    assert problem.frames


async def test_the_referee_is_heard() -> None:
    async def talk(connection: ServerConnection) -> None:
        await say(connection, {**CREATED, "event_id": ""})
        await polite(connection)

    async def opens_twice(stage: Stage) -> None:
        client = await stage.session()
        await client.expect("session.created")

    async with talking(talk) as url:
        first = (await play_one(case(opens_twice), Place(url), 10)).problems
        other = (await play_one(case(opens_twice, "B002"), Place(url), 10)).problems
    assert [problem.rule for problem in first] == ["event-id", "first-event"]
    assert [problem.behaviours for problem in other] == [("B002",), ("B001",)]
    assert all(problem.frames for problem in first)


async def test_a_rule_is_told_once_and_narrowed_to_the_case() -> None:
    async def asks_twice(stage: Stage) -> None:
        client = await stage.session()
        for _ in range(2):
            client.send("response.create", response={})
            await client.refused()

    async with talking(polite) as url:
        problems = (await play_one(case(asks_twice, "B108"), Place(url), 10)).problems
    assert len({problem.rule for problem in problems}) == len(problems)


async def test_a_foreign_frame_breaks_what_frames_are() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send(b"noise")
        await polite(connection)

    async with talking(talk) as url:
        problems = (await play_one(case(opens), Place(url), 10)).problems
    told = {problem.behaviours: problem.sentence for problem in problems}
    assert told[("B003",)] == "the server sends a binary frame of 5 bytes"


async def test_a_refused_handshake_is_a_problem() -> None:
    async with talking(polite, process_request=lambda peer, _: peer.respond(403, "no")) as url:
        results = await play([case(opens)], Place(url), 10)
    assert "handshake" in results[0].problems[0].sentence


async def test_without_a_server_nothing_is_judged() -> None:
    with pytest.raises(Unreachable):
        await play([case(opens)], Place("http://127.0.0.1:9/v1"), 10)


async def test_cases_are_played_side_by_side_and_told_as_they_end() -> None:
    turn = asyncio.Event()
    told: list[str] = []

    async def waits(stage: Stage) -> None:
        await turn.wait()

    async def goes(stage: Stage) -> None:
        turn.set()

    def tell(result: Result) -> None:
        told.append(result.case.name)

    async with talking(polite) as url:
        results = await play([case(waits), case(goes)], Place(url), 10, tell)
    assert [result.case.name for result in results] == ["waits", "goes"]
    assert sorted(told) == ["goes", "waits"]


async def test_only_so_many_play_at_once() -> None:
    playing, most = 0, 0

    async def counts(stage: Stage) -> None:
        nonlocal playing, most
        playing += 1
        most = max(most, playing)
        for _ in range(5):
            await asyncio.sleep(0)
        playing -= 1

    async with talking(polite) as url:
        await play([case(counts)] * 20, Place(url), 10)
    assert 1 < most <= 4


def test_chosen_cases_are_in_the_order_of_their_numbers() -> None:
    cases = [case(opens, "B100"), case(objects, "B002"), case(stumbles, "B050")]
    names = [each.name for each in chosen(cases, lambda each: each.name != "stumbles")]
    assert names == ["objects", "opens"]
