"""What becomes of an answer when the server refuses, breaks off or babbles."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Response

from conformance.scripted import CREATED, say, talking
from engines.endpoint import closed_port
from repartee.conformance.engines.checks import collect
from repartee.engines.protocols import EngineError, Result, Speech, Stopped, Text
from repartee.engines.realtime.model import RealtimeModel, credentials
from repartee.protocol.prompt import Message, Prompt, VoiceChoice

KEY = "sk-secret-key"
QUESTION = Prompt((Message("user", "Hello."),), session="sess_1", voice=VoiceChoice(), model="m")

Event = dict[str, Any]
Script = Callable[[ServerConnection, Event], Awaitable[None]]


def created(name: str = "1") -> Event:
    return {"type": "response.created", "response": {"id": "r", "metadata": {"ask": name}}}


def message(kind: str, **fields: Any) -> Event:
    return {"type": f"response.{kind}", "response_id": "r", **fields}


ITEM = message("output_item.added", item={"id": "i", "type": "message"})
WORDS = message("output_audio_transcript.delta", item_id="i", delta="Well, so ")
SOUND = message("output_audio.delta", item_id="i", delta="AAAA" * 3200)


def done(status: str, **fields: Any) -> Event:
    return {"type": "response.done", "response": {"id": "r", "status": status, **fields}}


def error(asked: Event, about: str, code: str = "x") -> Event:
    about_id = asked["event_id"] if about == asked["type"] else None
    told = {"message": f"no {KEY}", "code": code, "event_id": about_id}
    return {"type": "error", "error": told}


def answering(*events: Event | str | bytes, close: int | None = None) -> Any:
    """A server that says this when it is asked for a response, and then nothing, or closes."""

    async def talk(connection: ServerConnection) -> None:
        await say(connection, CREATED)
        async for frame in connection:
            if json.loads(frame)["type"] != "response.create":
                continue
            for event in events:
                await connection.send(json.dumps(event) if isinstance(event, dict) else event)
            if close is not None:
                await connection.close(close, "enough")

    return talk


def refusing(about: str, code: str = "x") -> Any:
    """A server that has an error for events of a type; "" for none that it names."""

    async def talk(connection: ServerConnection) -> None:
        async for frame in connection:
            asked = json.loads(frame)
            if asked["type"] == (about or "response.create"):
                await say(connection, error(asked, about, code))

    return talk


async def answered(url: str, **options: Any) -> list[Result]:
    model = RealtimeModel(url, api_key=KEY, **{"retry_delay_s": 0.001, **options})
    try:
        return await collect(model.reply(QUESTION))
    finally:
        await model.close()


async def failure(url: str, **options: Any) -> tuple[str, str]:
    with pytest.raises(EngineError) as failed:
        await answered(url, **options)
    assert KEY not in str(failed.value)
    return failed.value.code, str(failed.value)


@pytest.mark.parametrize(
    ("talk", "code", "what"),
    [
        (refusing("response.create"), "model_failed", "failed: no …"),
        (refusing("response.create", "insufficient_quota"), "model_busy", "failed: no …"),
        (refusing("session.update"), "model_failed", "failed: no …"),
        (refusing("conversation.item.create"), "model_failed", "failed: no …"),
        (refusing(""), "model_failed", "failed: no …"),
        (refusing("", "invalid_api_key"), "model_unauthorized", "failed: no …"),
        (answering(close=1011), "model_cut_off", "closed the connection (1011 enough)"),
        (answering(created(), ITEM, SOUND, close=1001), "model_cut_off", "(1001 enough)"),
        (answering(b"\0\1"), "model_unreadable", "sent what is no event"),
        (answering("{oops"), "model_unreadable", "sent what is no event"),
        (answering("[1]"), "model_unreadable", "sent what is no event"),
        (
            answering(created(), ITEM, {**SOUND, "delta": "?"}),
            "model_unreadable",
            "sound that cannot be read",
        ),
        (
            answering(created(), done("failed", status_details={"error": {"message": "boom"}})),
            "model_failed",
            "failed: boom",
        ),
        (answering(created(), done("cancelled")), "model_failed", "does not say why"),
        (answering(created(), ITEM), "model_timeout", "was silent for too long"),
        (answering(), "model_timeout", "was silent for too long"),
    ],
)
async def test_faults(talk: Any, code: str, what: str) -> None:
    async with talking(talk) as url:
        found, told = await failure(url, timeout_s=0.3 if "timeout" in code else 30)
    assert found == code
    assert what in told


async def test_nothing_that_is_no_part_of_the_answer_matters() -> None:
    strange: list[Event] = [
        {"type": 7},
        {"no": "type"},
        {"type": "response.created", "response": {"id": "other", "metadata": None}},
        {"type": "response.created", "response": {"id": "other", "metadata": {"ask": "77"}}},
        {"type": "response.done", "response": {"id": "other"}},
        {"type": "response.done", "response": 3},
        created(),
        message("output_item.added", item="?"),
        message("output_audio.delta", item_id="unknown", delta="AAAA"),
        message("output_text.delta", item_id="unknown", delta="Oh"),
        message("function_call_arguments.delta", item_id="unknown", delta="{}"),
        message("output_item.done", item={"id": "unknown"}),
        ITEM,
        WORDS,
        SOUND,
        done("completed", usage={"input_tokens": "many"}),
    ]
    async with talking(answering(*strange)) as url:
        results = await answered(url)
    assert "".join(each.text for each in results if isinstance(each, Speech)) == "Well, so"


@pytest.mark.parametrize(
    ("reason", "told"),
    [("max_output_tokens", "max_output_tokens"), ("content_filter", "content_filter")],
)
async def test_an_answer_that_was_cut_says_why(reason: str, told: str) -> None:
    cut = done("incomplete", status_details={"reason": reason})
    async with talking(answering(created(), ITEM, WORDS, SOUND, cut)) as url:
        assert (await answered(url))[-1] == Stopped(told)


async def test_text_where_speech_was_wanted() -> None:
    """The voice here speaks it then."""
    text = message("output_text.delta", item_id="i", delta="Oh.")
    async with talking(answering(created(), ITEM, text, done("completed"))) as url:
        assert await answered(url) == [Text("Oh.")]


async def test_a_lost_connection_is_made_anew_only_once() -> None:
    opened = 0

    async def talk(connection: ServerConnection) -> None:
        nonlocal opened
        opened += 1
        await answering(close=1011)(connection)

    async with talking(talk) as url:
        await failure(url)
    assert opened == 2


async def test_a_connection_that_is_dead_is_made_anew() -> None:
    """Something between the two may forget a connection that is not used, and tell nobody."""
    scripts = [answering(), answering(created(), ITEM, WORDS, SOUND, done("completed"))]

    async def talk(connection: ServerConnection) -> None:
        await scripts.pop(0)(connection)

    async with talking(talk) as url:
        results = await answered(url, timeout_s=0.5)
    assert "".join(each.text for each in results if isinstance(each, Speech)) == "Well, so"
    assert scripts == []


async def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    opened = 0

    async def talk(connection: ServerConnection) -> None:
        nonlocal opened
        opened += 1
        await answering(created(), ITEM, WORDS, SOUND, close=1011)(connection)

    async with talking(talk) as url:
        await failure(url)
    assert opened == 1


def refusing_to_open(shown: list[Headers]) -> Any:
    def process(connection: ServerConnection, request: Any) -> Response:
        shown.append(request.headers)
        return Response(401, "No", Headers(), b'{"error": {"message": "because"}}')

    return process


@pytest.mark.parametrize(
    ("options", "header", "value"),
    [({}, "Authorization", f"Bearer {KEY}"), ({"azure": True}, "api-key", KEY)],
)
async def test_a_refused_key(options: dict[str, Any], header: str, value: str) -> None:
    shown: list[Headers] = []
    async with talking(answering(), process_request=refusing_to_open(shown)) as url:
        code, told = await failure(url, **options)
    assert code == "model_unauthorized"
    assert "set mind.api_key: because" in told
    assert [each[header] for each in shown] == [value]


async def test_nobody_there() -> None:
    code, told = await failure(f"http://127.0.0.1:{closed_port()}/v1")
    assert code == "model_unreachable"
    assert "Set mind.url to its address" in told


async def test_the_key_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with talking(refusing("")) as url:
        await failure(url)
    ours = [record for record in caplog.records if not record.name.startswith("websockets")]
    assert KEY not in "".join(record.getMessage() for record in ours)


@pytest.mark.parametrize(
    ("host", "azure", "header"),
    [
        ("x.openai.azure.com", None, {"api-key": KEY}),
        ("api.openai.com", None, {"Authorization": f"Bearer {KEY}"}),
        ("proxy.example.com", True, {"api-key": KEY}),
        ("x.openai.azure.com", False, {"Authorization": f"Bearer {KEY}"}),
    ],
)
def test_azure_wants_its_key_otherwise(host: str, azure: bool | None, header: Any) -> None:
    assert credentials(KEY, host, azure) == header
    assert credentials("", host, azure) == {}


def test_what_is_asked_of_others_costs_money() -> None:
    assert RealtimeModel("https://x.openai.azure.com/openai/v1").billed
    assert not RealtimeModel("ws://127.0.0.1:8000/v1").billed
    with pytest.raises(ValueError, match="must look like"):
        RealtimeModel("ftp://x")
