"""A turn is sent to a transcription endpoint, whatever it does; faults become clear errors."""

import asyncio
import io
import json
import logging
import wave
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
    delta,
    event,
    falls_silent,
    gives_json,
    hangs_up,
    refuses,
    says,
)
from engines.speech import told, tone, transcribes
from repartee.conformance.engines import problems
from repartee.conformance.engines.checks import collect, source
from repartee.engines.protocols import EngineError, Words
from repartee.engines.transcription_endpoint.recognizer import OpenAITranscription
from repartee.protocol.prompt import Hints

KEY = "sk-secret"
RATE = 16_000
HTML = "Content-Type: text/html; charset=utf-8\r\n"
JSON = "Content-Type: application/json\r\n"
SPEECH, SILENCE = tone(400, RATE), bytes(RATE)
NO_HINTS = Hints()


def part(text: str) -> bytes:
    return event({"type": "transcript.text.delta", "delta": text})


def whole(text: str, **more: Any) -> bytes:
    return event({"type": "transcript.text.done", "text": text, **more})


async def waits(request: Request, exchange: Exchange) -> None:
    await exchange.until_gone()


@asynccontextmanager
async def ears(
    *answers: Answer, **options: Any
) -> AsyncIterator[tuple[OpenAITranscription, Endpoint]]:
    async with Endpoint(*answers).serving() as server:
        engine = OpenAITranscription(url=server.url, **{"retry_delay_s": 0.001, **options})
        try:
            yield engine, server
        finally:
            await engine.close()


async def heard(
    engine: OpenAITranscription, *chunks: bytes, hints: Hints = NO_HINTS
) -> list[Words]:
    return await collect(engine.recognize(source(chunks or [SPEECH]), hints))


async def texts(*answers: Answer, **options: Any) -> list[str]:
    async with ears(*answers, **options) as (engine, _):
        found = await heard(engine)
    assert [words.final for words in found] == [False] * (len(found) - 1) + [True]
    assert all(words.stable == len(words.text) for words in found)
    return [words.text for words in found]


async def failure(*answers: Answer, **options: Any) -> tuple[str, str]:
    """The error's code and message."""
    async with ears(*answers, **options) as (engine, server):
        with pytest.raises(EngineError) as failed:
            await heard(engine)
        message = str(failed.value)
        assert message.startswith(f"the recogniser at {server.url} ")
    return failed.value.code, message


async def asked(hints: Hints = NO_HINTS, **options: str) -> dict[str, Any]:
    """The fields of the form, but the sound."""
    async with ears(transcribes, **options) as (engine, server):
        await heard(engine, hints=hints)
    return {name: value for name, value in server.requests[0].body.items() if name != "file"}


async def test_what_is_asked() -> None:
    async with ears(transcribes, api_key=KEY, headers={"X-Team": "a"}) as (engine, server):
        (final,) = await heard(engine, SPEECH[:777], SPEECH[777:])
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/audio/transcriptions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-team"] == "a"
    sound = request.body.pop("file")
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getframerate(), file.readframes(RATE)) == (RATE, SPEECH)
    assert request.body == {"model": "whisper-1", "response_format": "json"}
    assert final == Words(told(len(SPEECH)).strip(), 19, final=True)


async def test_more_may_be_asked() -> None:
    answer = gives_json({"text": "a", "logprobs": [{"token": "a", "logprob": -1}]})
    options: dict[str, Any] = {"stream": True, "logprobs": True, "extra": {"temperature": "0"}}
    async with ears(answer, **options) as (engine, server):
        await heard(engine)
    more = {"stream": "true", "include[]": "logprobs", "temperature": "0"}
    assert more.items() <= server.requests[0].body.items()


async def test_hints_are_passed_on() -> None:
    hints = Hints("de", "Über Grüße.", ("Ahoi", "", "Zoë"))
    usual = {"language": "en", "prompt": "Ships."}
    options: Any = usual
    told = {"language": "de", "prompt": "Über Grüße. Ahoi, Zoë"}
    assert told.items() <= (await asked(hints, **options)).items()
    assert usual.items() <= (await asked(**options)).items()


async def test_nobody_is_asked_about_nothing() -> None:
    async with ears(transcribes, guesses=True) as (engine, server):
        for chunks in ([b""], [bytes(3200)], [bytes(3200), b"", b"\0"]):
            *guesses, final = await heard(engine, *chunks)
            assert final == Words("", final=True)
            assert guesses == [Words("", complete=True)] * chunks.count(b"")
    assert not server.requests


async def test_text_may_come_bit_by_bit() -> None:
    stream = part(" Hello"), part(" there"), part("."), whole("Hello there.")
    assert await texts(says(*stream), stream=True) == [
        "Hello",
        "Hello there",
        "Hello there.",
        "Hello there.",
    ]
    chunks = delta(content=" Hi"), delta(content=" you"), DONE
    assert await texts(says(*chunks), stream=True) == ["Hi", "Hi you", "Hi you"]


async def test_letters_split_between_packets() -> None:
    stream = part("Grüße, 東京") + whole("Grüße, 東京")
    found = await texts(says(*(bytes([byte]) for byte in stream)), stream=True)
    assert found == ["Grüße, 東京"] * 2


async def test_an_endpoint_may_not_stream_after_all() -> None:
    assert await texts(gives_json({"text": "Hello."}), stream=True) == ["Hello."]


async def test_words_have_logarithms() -> None:
    tokens = [{"token": " Hel", "logprob": -0.5}, {"token": "lo", "logprob": -1}]
    for answer in (
        gives_json({"text": "Hello", "logprobs": tokens}),
        says(whole("Hello", logprobs=tokens)),
    ):
        async with ears(answer, logprobs=True) as (engine, _):
            assert engine.logprobs
            (final,) = await heard(engine)
        ((word,),) = (final.words,)
        assert (word.text, word.logprob, word.start_ms, word.end_ms) == ("Hello", -1.5, 0, 400)


async def test_logarithms_that_are_missing_are_told() -> None:
    code, message = await failure(gives_json({"text": "Hello"}), logprobs=True)
    assert code == "transcription_unreadable"
    assert message.endswith("Set ears.logprobs to false")
    assert not OpenAITranscription("http://host").logprobs


@pytest.mark.parametrize("options", [{"guesses": True}, {"guesses": True, "stream": True}])
async def test_with_guesses_it_keeps_every_rule(options: dict[str, Any]) -> None:
    async with ears(transcribes, **options) as (engine, _):
        assert await problems("ears", engine) == {}


async def test_a_pause_is_asked_about() -> None:
    async with ears(transcribes, guesses=True) as (engine, server):
        answered = asyncio.Event()

        async def audio() -> AsyncIterator[bytes]:
            for chunk in (SPEECH, SILENCE, b""):
                yield chunk
            await answered.wait()
            yield SPEECH

        found = []
        async for words in engine.recognize(audio(), NO_HINTS):
            found.append(words)
            answered.set()
    guess, final = told(len(SPEECH + SILENCE)).strip(), told(len(SPEECH + SILENCE + SPEECH)).strip()
    assert found == [
        Words(guess, complete=True),
        Words(final, len(final), final=True),
    ]
    assert len(server.requests) == 2


async def test_silence_after_a_pause_is_not_asked_about() -> None:
    async with ears(transcribes, guesses=True) as (engine, server):
        guess, final = await heard(engine, SPEECH, b"", SILENCE)
    assert guess.complete
    assert final == Words(guess.text, len(guess.text), final=True)
    assert len(server.requests) == 1


async def test_whoever_is_content_with_a_guess_asks_no_more() -> None:
    async with ears(transcribes, guesses=True) as (engine, server):
        found = engine.recognize(source([SPEECH, SILENCE, b""]), NO_HINTS)
        assert (await anext(found)).complete
        await found.aclose()
    assert len(server.requests) == 1


async def test_a_guess_that_fails_is_asked_for_again_at_the_end() -> None:
    async with ears(refuses("400 Bad"), transcribes, guesses=True) as (engine, _):
        (final,) = await heard(engine, SPEECH, SILENCE, b"")
    assert final.text == told(len(SPEECH + SILENCE)).strip()


@pytest.mark.parametrize(
    ("answer", "code", "what"),
    [
        (hangs_up(), "transcription_cut_off", "broke off"),
        (hangs_up(part("Hi")), "transcription_cut_off", "broke off"),
        (says(part("Hi")), "transcription_cut_off", "ended without a transcript"),
        (says(headers=JSON), "transcription_cut_off", "ended without a transcript"),
        (gives_json({"x": 1}), "transcription_cut_off", "ended without a transcript"),
        (falls_silent(), "transcription_timeout", "silent for too long"),
        (falls_silent(part("Hi")), "transcription_timeout", "silent for too long"),
        (waits, "transcription_timeout", "did not begin to answer in time"),
        (says(event("{oops")), "transcription_unreadable", "it is no transcript"),
        (says(b"data: " + b"x" * 5_000_000), "transcription_unreadable", "too long"),
        (says(event({"error": {"message": "boom"}})), "transcription_failed", "failed: boom"),
        (gives_json({"error": {"message": "boom"}}), "transcription_failed", "failed: boom"),
        (refuses("200 OK", "<html>", HTML), "transcription_unreadable", "does ears.url end in /v1"),
        (refuses("404 Not Found", {"error": "no m"}), "transcription_not_found", "no m"),
        (refuses("401 Unauthorized"), "transcription_unauthorized", "set ears.api_key"),
        (refuses("429 Busy"), "transcription_busy", "too much to do"),
        (refuses("500 Oops"), "transcription_failed", "failed (500)"),
        (refuses("413 Large", {"detail": "too long"}), "transcription_refused", "too long"),
    ],
)
async def test_faults(answer: Answer, code: str, what: str) -> None:
    options = {"timeout_s": 0.5} if code == "transcription_timeout" else {}
    found, message = await failure(answer, stream=True, **options)
    assert found == code
    assert what in message


async def test_what_is_no_transcript_is_not_waited_for() -> None:
    async with ears(falls_silent(headers=HTML)) as (engine, server):
        with pytest.raises(EngineError, match="sent text/html"):
            await heard(engine)
        async with asyncio.timeout(5):
            await server.all_gone()


async def test_once_is_tried_again_before_any_answer() -> None:
    late = refuses("429 Busy", headers="Retry-After: 0\r\n")
    for trouble in (refuses("503 Oops"), late):
        async with ears(trouble, transcribes) as (engine, server):
            (final,) = await heard(engine)
            assert final.text == told(len(SPEECH)).strip()
            assert server.requests[0].body == server.requests[1].body
    async with ears(hangs_up(part("Hi")), transcribes, stream=True) as (engine, server):
        with pytest.raises(EngineError, match="broke off"):
            await heard(engine)
        assert len(server.requests) == 1


@pytest.mark.parametrize("parts", [(), (part("Hi"),)])
async def test_cancelling_the_reader_closes_the_request(parts: tuple[bytes, ...]) -> None:
    async with ears(falls_silent(*parts), stream=True) as (engine, server):
        reading = asyncio.create_task(heard(engine))
        await server.asked()
        reading.cancel()
        async with asyncio.timeout(5):
            await server.all_gone()
        assert reading.cancelled()


async def test_cancelling_takes_a_guess_back() -> None:
    async def audio() -> AsyncIterator[bytes]:
        for chunk in (SPEECH, SILENCE, b""):
            yield chunk
        await asyncio.Event().wait()

    async with ears(waits, guesses=True) as (engine, server):
        reading = asyncio.create_task(collect(engine.recognize(audio(), NO_HINTS)))
        await server.asked()
        reading.cancel()
        async with asyncio.timeout(5):
            await server.all_gone()
        assert reading.cancelled()


async def test_closing_closes_the_request() -> None:
    async with ears(falls_silent(part("Hi")), stream=True) as (engine, server):
        found = engine.recognize(source([SPEECH]), NO_HINTS)
        assert (await anext(found)).text == "Hi"
        await found.aclose()
        async with asyncio.timeout(5):
            await server.all_gone()


async def test_opening_warns_of_an_endpoint_that_is_down(caplog: pytest.LogCaptureFixture) -> None:
    engine = OpenAITranscription(f"http://127.0.0.1:{closed_port()}/v1", retries=0)
    await engine.open()
    await engine.close()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "Set ears.url to its address" in record.getMessage()


async def test_the_key_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = {"error": {"message": f"Incorrect key: {KEY}"}}
    for answer in (refuses("401 Unauthorized", told), gives_json(told), says(event(told))):
        _, message = await failure(answer, api_key=KEY)
        assert KEY not in message
    assert KEY not in caplog.text
    assert json.dumps(KEY) not in repr(OpenAITranscription("http://host", api_key=KEY))


def test_what_is_asked_of_others_costs_money() -> None:
    assert OpenAITranscription("https://api.example.com/v1").billed
    assert not OpenAITranscription("http://10.0.0.7:8000/v1").billed
