"""A client of the judge: waiting, objecting, and telling the referee."""

import asyncio
from typing import Any

import pytest

from conformance.scripted import CREATED, alone
from conformance.sessions import SESSION
from repartee.conformance.play.client import Objection
from repartee.transports.client import Closing, Event, Foreign


def error(**members: Any) -> Event:
    told = {"type": "invalid_request_error", "message": "No.", "code": None, "param": None}
    return {"type": "error", "event_id": "event_error", "error": {**told, **members}}


def event(kind: str, **members: Any) -> Event:
    return {"type": kind, "event_id": f"event_{kind}", **members}


UPDATED = event("session.updated", session=SESSION)


async def test_what_is_expected_is_found_behind_other_events() -> None:
    client, _ = alone(CREATED, event("a", n=1), event("a", n=2, more=3))
    assert (await client.expect("a", n=2))["more"] == 3
    with pytest.raises(Objection, match=r"a does not come within 0\.05 s"):
        await client.expect("a")


async def test_what_comes_later_is_waited_for() -> None:
    client, _ = alone(CREATED, patience_s=10)
    waiting = asyncio.create_task(client.expect("a"))
    await asyncio.sleep(0)
    client.take(event("b"))
    await asyncio.sleep(0)
    client.take(event("a"))
    assert (await waiting)["type"] == "a"


async def test_an_error_that_nobody_waits_for_is_objected_to() -> None:
    client, _ = alone(CREATED, error(), event("a"))
    with pytest.raises(Objection, match="an error comes, not a") as raised:
        await client.expect("a")
    assert raised.value.frames[-1].event["type"] == "a"


async def test_the_end_of_the_connection_is_objected_to() -> None:
    client, _ = alone(CREATED)
    client.take(Closing(1011, "sorry"))
    with pytest.raises(Objection, match=r"ends \(1011 'sorry'\), not a"):
        await client.expect("a")


async def test_events_are_collected() -> None:
    client, _ = alone(CREATED, event("a"), event("b"), event("c"))
    assert [each["type"] for each in await client.collect("b")] == ["session.created", "a", "b"]
    assert [each["type"] for each in await client.collect("c")] == ["c"]
    assert [each["type"] for each in client.told("a", "c")] == ["a", "c"]


async def test_order_is_judged_but_for_what_floats() -> None:
    client, _ = alone(event("a"), event("rate_limits.updated"), event("b"), event("d"), event("c"))
    a, b = await client.in_order("a", "b")
    assert (a["type"], b["type"]) == ("a", "b")
    with pytest.raises(Objection, match="d comes where c is due"):
        await client.in_order("c")


async def test_a_refusal_is_met() -> None:
    told = {"code": "a", "param": "b.c", "message": "It is no use.", "event_id": "judge_1"}
    client, _ = alone(event("x"), error(**told))
    found = await client.refused("judge_1", code="a", param="b.c", says="no use")
    assert found["message"] == "It is no use."


@pytest.mark.parametrize(
    ("expected", "objection"),
    [
        ({"code": "b"}, "has code 'a', not 'b'"),
        ({"param": None}, "has param 'p', not None"),
        ({"says": "maybe"}, "lacks 'maybe'"),
        ({"event_id": "judge_2"}, "names the event 'judge_1', not 'judge_2'"),
        ({"event_id": None}, "names the event 'judge_1', not None"),
    ],
)
async def test_another_refusal_is_not_met(expected: dict[str, Any], objection: str) -> None:
    client, _ = alone(error(code="a", param="p", event_id="judge_1"))
    with pytest.raises(Objection, match=objection):
        await client.refused(**expected)


async def test_acceptance_is_no_refusal() -> None:
    client, _ = alone(event("a"), event("b"), error())
    with pytest.raises(Objection, match="b comes, not an error"):
        await client.refused(unless="b")


async def test_a_refusal_may_leave_the_event_unnamed() -> None:
    client, _ = alone(error(), error(event_id="judge_1"))
    await client.refused("judge_1", code=None)
    await client.refused()


async def test_events_are_sent_under_a_name() -> None:
    client, wire = alone(CREATED)
    assert client.send("response.cancel") == "judge_1"
    assert client.send("response.cancel", event_id="mine", response_id="r") == "mine"
    assert wire.sent == [
        {"type": "response.cancel", "event_id": "judge_1"},
        {"type": "response.cancel", "event_id": "mine", "response_id": "r"},
    ]
    assert [frame.side for frame in client.frames] == ["server", "client", "client"]


async def test_the_referee_hears_everything() -> None:
    client, _ = alone(CREATED)
    client.take(CREATED)
    client.take(Foreign("a binary frame"))
    client.send_text('{"type": "response.paint"}')
    client.send_text("{")
    client.finish()
    rules = [violation.rule for violation, _ in client.violations]
    assert rules == ["event-id", "first-event", "shape", "client-event", "client-event"]
    assert client.foreign == ["a binary frame"]
    for violation, frames in client.violations[:3]:
        assert frames[-1] == client.frames[violation.event_index]


async def test_a_fence_tells_what_came_before_it() -> None:
    client, wire = alone(CREATED)
    await client.expect("session.created")
    client.take(event("a"))
    client.take(UPDATED)
    assert await client.fence() == [event("a")]
    assert wire.sent[-1]["session"] == {"type": "realtime"}


async def test_settling_waits_for_what_runs() -> None:
    created = event("response.created", response={"id": "r"})
    client, _ = alone(CREATED, created)
    await client.expect("response.created")
    with pytest.raises(Objection, match=r"response\.done does not come"):
        await client.settle()
    client.take(event("response.done", response={"id": "r"}))
    client.take(UPDATED)
    await client.settle()


async def test_after_the_end_there_is_nothing_to_settle() -> None:
    client, wire = alone(CREATED)
    client.take(Closing(1000, ""))
    await client.settle()
    assert not wire.sent
    assert await client.closed() == Closing(1000, "")


async def test_an_end_that_does_not_come_is_objected_to() -> None:
    client, _ = alone(CREATED)
    with pytest.raises(Objection, match="does not end within"):
        await client.closed()


async def test_what_does_not_fit_is_objected_to() -> None:
    client, _ = alone(*(event(str(number)) for number in range(20)))
    client.check(True, "never said")
    with pytest.raises(Objection, match="It is blue") as raised:
        client.check(False, "It is blue.")
    assert [frame.event["type"] for frame in raised.value.frames] == [str(n) for n in range(12, 20)]
