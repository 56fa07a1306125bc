"""What cases of the beta dialect do again and again, before a server that answers by heart."""

from typing import Any, cast

import pytest

from repartee.conformance.play import beta_moves, sound
from repartee.conformance.play.client import Client, Objection
from repartee.transports.client import Event, Wire

ITEM = {"id": "item_1", "type": "message", "role": "user", "content": []}
CREATED = {"type": "conversation.item.created", "previous_item_id": None, "item": ITEM}
COMMITTED = {"type": "input_audio_buffer.committed", "item_id": "item_1"}
SECOND = sound.silence(100)


class ByHeart:
    """Answers each kind of event with the same events."""

    def __init__(self, client: Client, answers: dict[str, list[Event]]) -> None:
        self._client = client
        self._answers = answers
        self.heard: list[Event] = []

    def send(self, event: Event) -> None:
        """The client sends; the answers are there at once."""
        self.heard.append(event)
        for answer in self._answers.get(event["type"], []):
            self._client.take(answer)


def before(**answers: list[Event]) -> tuple[Client, list[Event]]:
    """A client of such a server, and what the server hears; `_` in a kind stands for a dot."""
    client = Client("beta", 0.01)
    server = ByHeart(client, {kind.replace("__", "."): told for kind, told in answers.items()})
    client.wire = cast(Wire, server)
    return client, server.heard


def ended(status: str) -> list[Event]:
    """A response that is over with that status, and has spoken for 100 ms."""
    item = {**ITEM, "role": "assistant"}
    response: dict[str, Any] = {"id": "resp_1", "status": status, "output": [item]}
    return [
        {"type": "response.created", "response": response},
        {"type": "response.audio.delta", "delta": sound.encoded(SECOND)},
        {"type": "response.done", "response": response},
    ]


def refusal(code: str) -> Event:
    error = {"type": "invalid_request_error", "code": code, "message": "No.", "param": None}
    return {"type": "error", "error": error}


def test_a_message_has_the_part_of_its_role() -> None:
    parts = {role: beta_moves.message("Hi.", role)["content"] for role in ("user", "assistant")}
    assert parts["user"] == [{"type": "input_text", "text": "Hi."}]
    assert parts["assistant"] == [{"type": "text", "text": "Hi."}]
    assert beta_moves.message("Hi.", id="x")["id"] == "x"


async def test_an_item_is_there_when_it_is_created() -> None:
    client, heard = before(conversation__item__create=[CREATED])
    assert await beta_moves.write(client, "Hi.") == "item_1"
    assert [event["item"] for event in heard] == [beta_moves.message("Hi.")]
    client, _ = before(conversation__item__create=[{**CREATED, "type": "conversation.item.added"}])
    with pytest.raises(Objection, match=r"conversation\.item\.added comes where"):
        await beta_moves.write(client, "Hi.")


async def test_a_response_must_succeed() -> None:
    client, heard = before(response__create=ended("completed"))
    events = await beta_moves.respond(client, temperature=0.8)
    assert [event["type"] for event in events] == [each["type"] for each in ended("completed")]
    assert heard[0]["response"] == {"temperature": 0.8}
    client, _ = before(response__create=ended("failed"))
    with pytest.raises(Objection, match="ends as failed"):
        await beta_moves.respond(client)


async def test_a_long_response_begins() -> None:
    client, _ = before(conversation__item__create=[CREATED], response__create=ended("completed"))
    assert await beta_moves.begun(client) == "resp_1"


async def test_spoken_audio_is_measured() -> None:
    client, _ = before(conversation__item__create=[CREATED], response__create=ended("completed"))
    item, long_ms = await beta_moves.spoken(client)
    assert item["role"] == "assistant"
    assert long_ms == 100
    silent = [event for event in ended("completed") if "delta" not in event]
    client, _ = before(conversation__item__create=[CREATED], response__create=silent)
    with pytest.raises(Objection, match="no audio"):
        await beta_moves.spoken(client)


async def test_a_commit_makes_one_item() -> None:
    client, heard = before(input_audio_buffer__commit=[COMMITTED, CREATED])
    assert (await beta_moves.commit(client, SECOND))["item"] == ITEM
    kinds = [event["type"] for event in heard]
    assert kinds == ["input_audio_buffer.append", "input_audio_buffer.commit"]


async def test_a_refusal_is_the_one_that_is_due() -> None:
    client, _ = before(session__update=[refusal("invalid_value")])
    await beta_moves.is_refused(client, {"voice": 7}, code="invalid_value")
    client, _ = before(session__update=[refusal("invalid_value")])
    with pytest.raises(Objection, match="code"):
        await beta_moves.is_refused(client, {"voice": 7}, code="unknown_parameter")
