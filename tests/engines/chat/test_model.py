"""Answers stream from an endpoint, whatever it does; each fault becomes one clear error."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from engines.endpoint import (
    DONE,
    Answer,
    Endpoint,
    Exchange,
    Request,
    closed_port,
    counts,
    delta,
    event,
    falls_silent,
    gives_json,
    hangs_up,
    lists,
    refuses,
    says,
    says_text,
)
from repartee.conformance.engines.checks import collect
from repartee.engines.chat.model import OpenAIChat
from repartee.engines.protocols import EngineError, Stopped, Text, ToolCall, Usage
from repartee.protocol.prompt import Message, Prompt, Sound, Tool

KEY = "sk-secret"
QUESTION = Prompt(lines=(Message("user", "How are you?"),), max_output_tokens=50)
STOP = delta("stop")


@asynccontextmanager
async def chat(*answers: Answer, **options: Any) -> AsyncIterator[tuple[OpenAIChat, Endpoint]]:
    usual = {"model": "m", "retry_delay_s": 0.001}
    async with Endpoint(*answers).serving() as server:
        engine = OpenAIChat(url=server.url, **{**usual, **options})
        try:
            yield engine, server
        finally:
            await engine.close()


async def reply(*answers: Answer, prompt: Prompt = QUESTION, **options: Any) -> list[Any]:
    async with chat(*answers, **options) as (engine, _):
        return await collect(engine.reply(prompt))


async def failure(*answers: Answer, **options: Any) -> tuple[str, str, str]:
    """What was said before it failed, and the error's code and message."""
    said: list[str] = []
    async with chat(*answers, **options) as (engine, server):

        async def listen() -> None:
            async for result in engine.reply(QUESTION):
                assert isinstance(result, Text)
                said.append(result.text)

        with pytest.raises(EngineError) as failed:
            await listen()
        message = str(failed.value)
        assert server.url in message
    return "".join(said), failed.value.code, message


async def test_an_answer() -> None:
    parts = delta(role="assistant", content=""), delta(content="Fine"), delta(content=", thanks.")
    assert await reply(says(*parts, STOP, counts(9, 3, 4), DONE)) == [
        Text("Fine"),
        Text(", thanks."),
        Usage(9, 3, 4),
    ]


async def test_a_call() -> None:
    first = {"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}
    second = {"index": 0, "function": {"arguments": "{}"}}
    parts = delta(tool_calls=[first]), delta(tool_calls=[second]), delta("tool_calls")
    prompt = Prompt(lines=QUESTION.lines, tools=(Tool("f"),), tool_choice="=f")
    assert await reply(says(*parts, DONE), prompt=prompt) == [
        ToolCall("0", "f", ""),
        ToolCall("0", "", "{}"),
    ]


async def test_how_it_stopped() -> None:
    assert await reply(says(delta("length"), DONE)) == [Stopped("max_output_tokens")]
    assert await reply(says(delta("content_filter"), DONE)) == [Stopped("content_filter")]


async def test_the_other_api() -> None:
    told = event({"type": "response.output_text.delta", "delta": "Fine."})
    end = event({"type": "response.completed", "response": {"status": "completed"}})
    async with chat(says(told, end), api="responses", extra={"store": None}) as (engine, server):
        assert await collect(engine.reply(QUESTION)) == [Text("Fine.")]
        (request,) = server.requests
    assert request.path == "/v1/responses"
    assert request.body["max_output_tokens"] == 50
    assert "store" not in request.body
    said, code, _ = await failure(says(told), api="responses")
    assert (said, code) == ("Fine.", "model_cut_off")


async def test_letters_split_between_packets() -> None:
    stream = delta(content="Grüße, 東京 👩\u200d🚀") + STOP + DONE
    assert await reply(says(*(bytes([byte]) for byte in stream))) == [
        Text("Grüße, 東京 👩\u200d🚀")
    ]


async def test_other_line_ends_and_comments() -> None:
    stream = b": wait\r\n\r\n" + (delta(content="Hi.") + STOP).replace(b"\n", b"\r\n")
    assert await reply(says(stream)) == [Text("Hi.")]


async def test_either_sign_of_the_end_will_do() -> None:
    assert await reply(says(delta(content="Hi."), STOP)) == [Text("Hi.")]
    assert await reply(says(delta(content="Hi."), DONE)) == [Text("Hi.")]


async def test_an_endpoint_that_does_not_stream() -> None:
    body = {"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}
    assert await reply(gives_json(body)) == [Text("Hi.")]


async def test_what_is_asked() -> None:
    extra = {"temperature": 0.5, "stream_options": None, "max_tokens": 9}
    async with chat(says_text("Hi."), extra=extra, headers={"X-Team": "a"}, api_key=KEY) as (
        engine,
        server,
    ):
        await collect(engine.reply(QUESTION))
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["x-team"] == "a"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "How are you?"}],
        "stream": True,
        "max_tokens": 9,
        "temperature": 0.5,
    }


async def test_the_limit_has_another_name_elsewhere() -> None:
    options = {"max_tokens_field": "max_completion_tokens"}
    async with chat(says_text("Hi."), **options) as (engine, server):
        await collect(engine.reply(QUESTION))
    assert server.requests[0].body["max_completion_tokens"] == 50


async def test_the_only_model_is_found() -> None:
    async with chat(lists("llama"), says_text("Hi."), model=None) as (engine, server):
        for _ in range(2):
            await collect(engine.reply(QUESTION))
    assert [request.method for request in server.requests] == ["GET", "POST", "POST"]
    assert server.requests[1].body["model"] == "llama"


async def test_a_session_may_choose_among_several() -> None:
    prompt = Prompt(lines=QUESTION.lines, model="b")
    async with chat(lists("a", "b"), says_text("Hi."), model=None) as (engine, server):
        await collect(engine.reply(prompt))
    assert server.requests[1].body["model"] == "b"
    async with chat(says_text("Hi."), model="a") as (engine, server):
        await collect(engine.reply(prompt))  # what the operator set stands
    assert server.requests[0].body["model"] == "a"


@pytest.mark.parametrize(("models", "listed"), [(("a", "b"), "a, b"), ((), "none")])
async def test_several_models_are_listed(models: tuple[str, ...], listed: str) -> None:
    _, code, message = await failure(lists(*models), model=None)
    assert code == "model_not_found"
    assert message.endswith(f"offers no single model ({listed}): set mind.model to the one to use")


async def test_the_endpoint_may_change_its_model() -> None:
    gone = refuses("404 Not Found", {"error": {"message": "no model a"}})
    answers = lists("a"), gone, lists("b"), says_text("Hi.")
    async with chat(*answers, model=None) as (engine, server):
        with pytest.raises(EngineError, match="no model a"):
            await collect(engine.reply(QUESTION))
        await collect(engine.reply(QUESTION))
    assert server.requests[-1].body["model"] == "b"


@pytest.mark.parametrize(
    ("answer", "said", "code", "what"),
    [
        (hangs_up(), "", "model_cut_off", "broke off"),
        (hangs_up(delta(content="Hi")), "Hi", "model_cut_off", "broke off"),
        (says(delta(content="Hi")), "Hi", "model_cut_off", "broke off"),
        (says(), "", "model_cut_off", "broke off"),
        (falls_silent(), "", "model_timeout", "was silent for too long"),
        (falls_silent(b": ping\n\n" * 9), "", "model_timeout", "was silent for too long"),
        (falls_silent(delta(content="Hi")), "Hi", "model_timeout", "was silent for too long"),
        (says(event("{oops")), "", "model_unreadable", "no chat completion"),
        (says(b"data: " + b"x" * 5_000_000), "", "model_unreadable", "too long"),
        (says(event({"error": {"message": "boom"}})), "", "model_failed", "failed: boom"),
        (gives_json({"error": {"message": "boom"}}), "", "model_failed", "failed: boom"),
        (gives_json({"x": 1}), "", "model_cut_off", "broke off"),
        (
            refuses("200 OK", "<html>", "Content-Type: text/html; charset=utf-8\r\n"),
            "",
            "model_unreadable",
            "sent text/html in place of an answer: does mind.url end in /v1?",
        ),
        (refuses("400 Bad", {"error": "too many"}), "", "model_refused", "too many"),
    ],
)
async def test_faults(answer: Answer, said: str, code: str, what: str) -> None:
    options = {}
    if code == "model_timeout":
        options = {"idle_timeout_s": 0.5, "first_token_timeout_s": 5 if said else 1}
    found = await failure(answer, **options)
    assert found[:2] == (said, code)
    assert what in found[2]


async def test_nothing_is_asked_again_once_it_has_begun() -> None:
    async with chat(hangs_up(delta(content="Hi")), retries=5) as (engine, server):
        with pytest.raises(EngineError, match="broke off"):
            await collect(engine.reply(QUESTION))
        assert len(server.requests) == 1


async def test_a_slow_answer_is_no_silent_one() -> None:
    async def dawdles(request: Request, exchange: Exchange) -> None:
        await exchange.begin()
        for _ in range(5):
            await asyncio.sleep(0.12)
            await exchange.send(delta(content="x"))
        await exchange.send(STOP)
        await exchange.write(b"0\r\n\r\n")

    results = await reply(dawdles, first_token_timeout_s=0.5, idle_timeout_s=0.5)
    assert results == [Text("x")] * 5


@pytest.mark.parametrize("ending", [falls_silent, hangs_up])
async def test_a_finished_answer_needs_no_end(ending: Any) -> None:
    parts = delta(content="Hi."), STOP
    assert await reply(ending(*parts, counts(1, 2), DONE)) == [Text("Hi."), Usage(1, 2)]
    if ending is hangs_up:
        assert await reply(ending(*parts)) == [Text("Hi.")]


async def test_closing_the_reply_closes_the_request() -> None:
    async with chat(falls_silent(delta(content="Hi"))) as (engine, server):
        answer = engine.reply(QUESTION)
        assert await anext(answer) == Text("Hi")
        await answer.aclose()
        async with asyncio.timeout(5):
            await server.gone.wait()


@pytest.mark.parametrize("parts", [(), (delta(content="Hi"),)])
async def test_cancelling_the_reader_closes_the_request(parts: tuple[bytes, ...]) -> None:
    async with chat(falls_silent(*parts)) as (engine, server):
        reading = asyncio.create_task(collect(engine.reply(QUESTION)))
        await server.asked()
        reading.cancel()
        async with asyncio.timeout(5):
            await server.gone.wait()
        assert reading.cancelled()


async def test_connections_are_used_again() -> None:
    async with chat(says_text("Hi.")) as (engine, server):
        for _ in range(3):
            await collect(engine.reply(QUESTION))
        assert server.connections == 1
        await asyncio.gather(*(collect(engine.reply(QUESTION)) for _ in range(8)))
        assert server.connections <= 8


async def test_it_works_again_after_a_failure() -> None:
    async with chat(hangs_up(), says_text("Hi.")) as (engine, _):
        with pytest.raises(EngineError, match="broke off"):
            await collect(engine.reply(QUESTION))
        assert await collect(engine.reply(QUESTION)) == [Text("Hi.")]


async def test_opening_finds_the_model(caplog: pytest.LogCaptureFixture) -> None:
    async with chat(lists("llama"), says_text("Hi."), model=None) as (engine, server):
        await engine.open()
        await collect(engine.reply(QUESTION))
    assert [request.method for request in server.requests] == ["GET", "POST"]
    assert server.connections == 1
    assert not caplog.records


async def test_opening_warns_of_an_endpoint_that_is_down(caplog: pytest.LogCaptureFixture) -> None:
    engine = OpenAIChat(url=f"http://127.0.0.1:{closed_port()}/v1", retries=0, api_key=KEY)
    await engine.open()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "cannot be reached" in record.getMessage()
    with pytest.raises(EngineError, match="is it running"):
        await collect(engine.reply(QUESTION))
    await engine.close()


async def test_opening_is_quiet_where_only_the_list_is_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with chat(refuses("404 Not Found")) as (engine, _):
        await engine.open()
    assert not caplog.records


async def test_the_key_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = {"error": {"message": f"Incorrect key: {KEY}"}}
    _, _, message = await failure(refuses("401 Unauthorized", said), api_key=KEY)
    assert KEY not in message
    _, _, message = await failure(says(event(said)), api_key=KEY)
    assert KEY not in message
    assert KEY not in caplog.text


def test_openai_is_asked_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    engine = OpenAIChat(url="https://api.openai.com/v1", sees=False)
    assert engine._max_tokens_field == "max_completion_tokens"
    assert not engine.sees


def test_what_is_asked_of_others_costs_money() -> None:
    assert OpenAIChat(url="https://api.example.com/v1").billed
    assert not OpenAIChat().billed
    assert OpenAIChat(billed=True).billed


async def test_a_model_that_hears_is_sent_sound() -> None:
    heard = Prompt((Message("user", "", sounds=(Sound(b"\1\0" * 240),)),))
    counted = counts(30, 5)
    async with chat(says(delta(content="Yes."), STOP, counted, DONE), hears=True) as (
        engine,
        server,
    ):
        assert engine.hears
        assert (await collect(engine.reply(heard)))[-1] == Usage(30, 5, heard_tokens=0)
    (request,) = server.requests
    (part,) = request.body["messages"][0]["content"]
    assert part["type"] == "input_audio"


def test_only_chat_takes_sound() -> None:
    with pytest.raises(ValueError, match="takes no sound"):
        OpenAIChat(api="responses", hears=True)
