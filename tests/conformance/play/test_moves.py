"""What cases do again and again."""

import asyncio
from typing import Any

import pytest

from conformance.scripted import CREATED, alone
from repartee.conformance.play import moves, sound
from repartee.conformance.play.client import Client, Objection
from repartee.transports.client import Event


def item(item_id: str, **members: Any) -> Event:
    return {"id": item_id, "type": "message", "role": "user", "content": [], **members}


def event(kind: str, **members: Any) -> Event:
    return {"type": kind, "event_id": f"event_{kind}", **members}


def done(response_id: str, status: str = "completed", **members: Any) -> Event:
    response: Event = {"id": response_id, "status": status, "status_details": None, "output": []}
    return event("response.done", response={**response, **members})


def created(response_id: str) -> Event:
    return event("response.created", response={"id": response_id})


def error(code: str) -> Event:
    told = {"type": "invalid_request_error", "code": code, "message": "No.", "event_id": None}
    return event("error", error=told)


def test_messages_have_the_parts_of_their_role() -> None:
    assert moves.message("Hi.") == {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "Hi."}],
    }
    said = moves.message("Hi.", "assistant", id="a")
    assert (said["id"], said["content"][0]["type"]) == ("a", "output_text")


def test_a_long_task_is_long() -> None:
    assert len(moves.LONG_TASK.split()) > 1000


async def test_writing_waits_until_the_item_is_there() -> None:
    client, wire = alone()
    for phase in ("added", "done"):
        client.take(event(f"conversation.item.{phase}", item=item("item_1")))
    assert await moves.write(client, "Hi.") == "item_1"
    assert wire.sent[0]["item"] == moves.message("Hi.")


async def test_an_answer_is_that_of_its_own_response() -> None:
    client, wire = alone(created("r"), done("other", "failed"), done("r"))
    assert (await moves.answer(client, **moves.TEXT))["id"] == "r"
    assert wire.sent[0]["response"] == {"output_modalities": ["text"]}


async def test_what_must_succeed_is_objected_to_otherwise() -> None:
    client, _ = alone(created("r"), done("r", "failed"))
    with pytest.raises(Objection, match="the response ends as failed"):
        await moves.completed(client)


async def test_an_end_that_was_skipped_is_remembered() -> None:
    client, _ = alone(CREATED, done("r"), event("a"))
    await client.expect("a")
    assert (await moves.over(client, "r"))["id"] == "r"
    client.take(done("s"))
    assert (await moves.over(client, "s"))["id"] == "s"


async def stopped(*events: Event) -> tuple[Client, dict[str, Any]]:
    client, wire = alone(*events)
    response = await moves.stop(client, "r")
    assert wire.sent == [{"type": "response.cancel", "event_id": "judge_1", "response_id": "r"}]
    return client, response


async def test_a_response_is_stopped() -> None:
    client, response = await stopped(
        done("r", "cancelled", status_details={"reason": "client_cancelled"}), event("a")
    )
    assert response["status"] == "cancelled"
    await client.expect("a")


async def test_a_response_that_was_over_refuses_to_be_stopped() -> None:
    client, response = await stopped(done("r"), error("response_cancel_not_active"), event("a"))
    assert response["status"] == "completed"
    assert (await client.next())["type"] == "a"


async def test_a_spoken_answer_is_measured() -> None:
    half = sound.encoded(sound.silence(250))
    client, _ = alone()
    for phase in ("added", "done"):
        client.take(event(f"conversation.item.{phase}", item=item("u")))
    client.take(created("r"))
    for item_id in ("a", "a", "b"):
        client.take(event("response.output_audio.delta", item_id=item_id, delta=half))
    client.take(done("r", output=[item("a")]))
    spoken, sent_ms = await moves.spoken(client)
    assert (spoken["id"], sent_ms) == ("a", 500)


async def test_a_silent_answer_is_objected_to() -> None:
    client, _ = alone(
        event("conversation.item.added", item=item("u")),
        event("conversation.item.done", item=item("u")),
        created("r"),
        done("r", output=[item("a")]),
    )
    with pytest.raises(Objection, match="no audio"):
        await moves.spoken(client)


async def test_sound_is_appended_in_pieces_and_committed() -> None:
    client, wire = alone(patience_s=10)
    waiting = asyncio.create_task(moves.commit(client, sound.silence(250)))
    await asyncio.sleep(0)
    assert [each["type"] for each in wire.sent] == [
        *["input_audio_buffer.append"] * 3,
        "input_audio_buffer.commit",
    ]
    client.take(event("input_audio_buffer.committed", item_id="u"))
    for phase in ("added", "done"):
        client.take(event(f"conversation.item.{phase}", item=item("u")))
    assert (await waiting)["item"]["id"] == "u"


async def test_a_call_is_forced() -> None:
    call = {"type": "function_call", "id": "f", "call_id": "c"}
    client, wire = alone()
    for phase in ("added", "done"):
        client.take(event(f"conversation.item.{phase}", item=item("u")))
    client.take(created("r"))
    client.take(done("r", output=[item("m"), call]))
    assert await moves.called(client) == call
    assert wire.sent[1]["response"]["tool_choice"] == {"type": "function", "name": "get_weather"}


async def test_an_item_is_retrieved() -> None:
    client, wire = alone(event("conversation.item.retrieved", item=item("u")))
    assert (await moves.retrieve(client, "u"))["id"] == "u"
    assert wire.sent[0]["item_id"] == "u"


def test_events_have_their_place() -> None:
    client, _ = alone()
    events = [event("a"), event("b"), event("b", n=2)]
    assert moves.place(client, events, "b") == 1
    assert "n" not in moves.first(client, events, "b")
    with pytest.raises(Objection, match="c does not come"):
        moves.place(client, events, "c")
