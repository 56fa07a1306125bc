"""Turns go through a Realtime socket, whatever is at its other end."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Response

from conformance.scripted import CREATED, say, talking
from engines.endpoint import Endpoint, Exchange, closed_port
from engines.speech import tone, transcribing_socket
from repartee.conformance.engines.checks import collect, source
from repartee.engines.protocols import EngineError, Words
from repartee.engines.realtime_socket.recognizer import RealtimeTranscription
from repartee.protocol.prompt import Hints

KEY = "sk-secret"
NO_HINTS = Hints()
SPEECH = tone(400)
KIND = "conversation.item.input_audio_transcription"

Talk = Callable[[ServerConnection], Awaitable[None]]


def part(text: str) -> dict[str, str]:
    return {"type": f"{KIND}.delta", "delta": text}


def whole(text: str) -> dict[str, str]:
    return {"type": f"{KIND}.completed", "transcript": text}


def error(message: str, code: str = "x") -> dict[str, Any]:
    return {"type": "error", "error": {"message": message, "code": code}}


def after_the_turn(*frames: dict[str, Any] | str | bytes, close: int | None = None) -> Talk:
    """A server that says this when the turn is committed, and then nothing, or closes."""

    async def talk(connection: ServerConnection) -> None:
        await say(connection, CREATED)
        while json.loads(await connection.recv())["type"] != "input_audio_buffer.commit":
            continue
        for frame in frames:
            await connection.send(json.dumps(frame) if isinstance(frame, dict) else frame)
        if close is None:
            await connection.wait_closed()
        else:
            await connection.close(close, "enough")

    return talk


async def heard(url: str, *chunks: bytes, hints: Hints = NO_HINTS, **options: Any) -> list[Words]:
    engine = RealtimeTranscription(url, **{"retry_delay_s": 0.001, **options})
    return await collect(engine.recognize(source(chunks or [SPEECH]), hints))


async def failure(url: str, **options: Any) -> tuple[str, str]:
    """The error's code and message."""
    with pytest.raises(EngineError) as failed:
        await heard(url, **options)
    return failed.value.code, str(failed.value)


@pytest.mark.parametrize("ending", ["", "/", "/realtime", "/realtime?intent=transcription"])
@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_what_is_said(scheme: str, ending: str) -> None:
    frames: list[Any] = []

    async def talk(connection: ServerConnection) -> None:
        assert connection.request is not None
        frames.append(connection.request.path)
        frames.append(connection.request.headers["Authorization"])
        await say(connection, CREATED, whole("Hi."))
        async for frame in connection:
            frames.append(json.loads(frame))

    async with talking(talk) as url:
        address = url.replace("http", scheme) + ending
        hints = Hints(prompt="Ships.")
        found = await heard(address, SPEECH, hints=hints, api_key=KEY, language="de")
    assert found == [Words("Hi.", 3, final=True)]
    path, key, update, *_ = frames
    assert (path, key) == ("/v1/realtime?intent=transcription", f"Bearer {KEY}")
    asked = {"model": "gpt-4o-transcribe", "language": "de", "prompt": "Ships."}
    assert update["session"]["audio"]["input"]["transcription"] == asked


async def test_words_come_bit_by_bit() -> None:
    talk = after_the_turn(part(" Hello"), part(""), part(" there"), whole("Hello there."))
    async with talking(talk) as url:
        assert await heard(url) == [
            Words("Hello", 5),
            Words("Hello there", 11),
            Words("Hello there.", 12, final=True),
        ]


async def test_half_samples_wait_for_their_other_half() -> None:
    async with transcribing_socket() as url:
        cut = [SPEECH[begin : begin + 777] for begin in range(0, len(SPEECH), 777)]
        assert (await heard(url, *cut, b"x"))[-1].text == "4 tenths of a second."


async def test_a_turn_without_sound_is_nothing() -> None:
    async with transcribing_socket() as url:
        assert await heard(url, b"") == [Words("", final=True)]


@pytest.mark.parametrize(
    ("talk", "code", "what"),
    [
        (after_the_turn(error("boom")), "transcription_failed", "failed: boom"),
        (
            after_the_turn({"type": f"{KIND}.failed", "error": {"message": "boom"}}),
            "transcription_failed",
            "failed: boom",
        ),
        (after_the_turn(error("no", "invalid_api_key")), "transcription_unauthorized", "no"),
        (after_the_turn(error("no", "model_not_found")), "transcription_not_found", "no"),
        (after_the_turn(b"\0\1"), "transcription_unreadable", "sent what is no event"),
        (after_the_turn("{oops"), "transcription_unreadable", "sent what is no event"),
        (after_the_turn(part("Hi"), close=1011), "transcription_cut_off", "(1011 enough)"),
        (after_the_turn(part("Hi")), "transcription_timeout", "was silent for too long"),
    ],
)
async def test_faults(talk: Talk, code: str, what: str) -> None:
    async with talking(talk) as url:
        found, message = await failure(url, timeout_s=0.5 if "timeout" in code else 30)
    assert found == code
    assert what in message


def answering(statuses: list[int], **headers: str) -> Any:
    """Refuses handshakes, one with each status, and takes those that follow."""

    def process(connection: ServerConnection, _: Any) -> Response | None:
        if not statuses:
            return None
        return Response(statuses.pop(0), "No", Headers(headers), b'{"error": "because"}')

    return process


@pytest.mark.parametrize(
    ("status", "code", "what"),
    [
        (401, "transcription_unauthorized", "set ears.api_key: because"),
        (404, "transcription_not_found", "or ears.url is wrong (404)"),
        (429, "transcription_busy", "too much to do"),
        (503, "transcription_failed", "failed (503)"),
        (302, "transcription_refused", "is elsewhere (302)"),
    ],
)
async def test_refused_handshakes(status: int, code: str, what: str) -> None:
    door = answering([status] * 9, Location="http://127.0.0.1:9/")
    async with talking(after_the_turn(), process_request=door) as url:
        found, message = await failure(url)
    assert found == code
    assert what in message


@pytest.mark.parametrize("status", [429, 503])
async def test_once_is_tried_again(status: int) -> None:
    door = answering([status], **{"Retry-After": "0"})
    async with talking(after_the_turn(whole("Hi.")), process_request=door) as url:
        assert (await heard(url))[-1].text == "Hi."


async def test_nobody_there() -> None:
    code, message = await failure(f"http://127.0.0.1:{closed_port()}/v1")
    assert code == "transcription_unreachable"
    assert "Set ears.url to its address" in message


async def test_somebody_who_never_answers() -> None:
    async def waits(_: Any, exchange: Exchange) -> None:
        await exchange.until_gone()

    async with Endpoint(waits).serving() as server:
        code, message = await failure(server.url, connect_timeout_s=0.3)
    assert code == "transcription_timeout"
    assert "did not begin to answer in time" in message


async def test_something_else_there() -> None:
    async def babbles(_: Any, exchange: Exchange) -> None:
        await exchange.write(b"SSH-2.0\r\n\r\n")

    async with Endpoint(babbles).serving() as server:
        code, message = await failure(server.url)
    assert code == "transcription_unreadable"
    assert "speaks no WebSocket" in message


async def endless(begun: asyncio.Event) -> AsyncIterator[bytes]:
    yield SPEECH
    begun.set()
    await asyncio.Event().wait()


async def test_cancelling_closes_the_connection() -> None:
    begun = asyncio.Event()
    gone: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    async def talk(connection: ServerConnection) -> None:
        await connection.wait_closed()
        gone.set_result(connection.close_code)

    async with talking(talk) as url:
        engine = RealtimeTranscription(url)
        reading = asyncio.create_task(collect(engine.recognize(endless(begun), NO_HINTS)))
        async with asyncio.timeout(5):
            await begun.wait()
            reading.cancel()
            assert await gone == 1000
            await asyncio.wait([reading])
        assert reading.cancelled()


async def test_the_key_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with talking(after_the_turn(error(f"wrong: {KEY}"))) as url:
        _, message = await failure(url, api_key=KEY)
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    logged = "".join(record.getMessage() for record in ours)
    assert KEY not in message + logged + repr(RealtimeTranscription(url, api_key=KEY))


def test_what_is_asked_of_others_costs_money() -> None:
    assert RealtimeTranscription("wss://api.example.com/v1/realtime").billed
    assert not RealtimeTranscription("ws://127.0.0.1:8000/v1").billed
    with pytest.raises(ValueError, match="must look like"):
        RealtimeTranscription("127.0.0.1")
