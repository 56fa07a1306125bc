"""Answers that are made while they are sent end as they should."""

from typing import Any

import pytest

from repartee.engines.protocols import EngineError
from repartee.hosting.answers import EVENTS, Outflow, streamed
from repartee.server.exchange import Message
from repartee.server.problems import Problem


async def sent(media_type: str, *parts: bytes, failing: bool = False) -> list[Message]:
    """The messages of an answer with these parts, the last of which may be a failure."""
    messages: list[Message] = []

    async def produce(flow: Outflow) -> None:
        for part in parts:
            await flow.write(part)
        if failing:
            raise EngineError("It broke.", "broken")

    async def receive() -> Any:
        raise AssertionError

    async def send(message: Message) -> None:
        messages.append(message)

    await streamed(media_type, produce)({}, receive, send)
    return messages


async def test_the_head_leaves_with_the_first_part() -> None:
    head, first, second, end = await sent("audio/pcm", b"a", b"b")
    assert (head["status"], dict(head["headers"])[b"content-type"]) == (200, b"audio/pcm")
    assert (first["body"], first["more_body"], second["body"]) == (b"a", True, b"b")
    assert not end.get("more_body")


async def test_nothing_is_an_answer_too() -> None:
    assert [message["type"] for message in await sent("audio/pcm")] == [
        "http.response.start",
        "http.response.body",
    ]


@pytest.mark.parametrize("media_type", ["audio/pcm", EVENTS])
async def test_a_failure_before_the_first_part_is_a_problem(media_type: str) -> None:
    with pytest.raises(Problem, match="It broke") as told:
        await sent(media_type, failing=True)
    assert (told.value.status, told.value.code, told.value.type) == (500, "broken", "server_error")


async def test_sound_that_breaks_off_has_no_end() -> None:
    assert (await sent("audio/pcm", b"a", failing=True))[-1]["more_body"]


async def test_events_that_break_off_say_so() -> None:
    *_, error, end = await sent(EVENTS, b"data: {}\n\n", failing=True)
    assert error["body"].startswith(b'data: {"error":{"message":"It broke."')
    assert not end.get("more_body")
