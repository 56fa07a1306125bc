"""Sound streams from a speech endpoint, whatever it does; each fault becomes one clear error."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from engines.endpoint import (
    Answer,
    Endpoint,
    Exchange,
    Request,
    closed_port,
    falls_silent,
    gives_json,
    hangs_up,
    lists,
    refuses,
    says,
)
from engines.speech import PCM, WAV, speaks, tone, wav
from repartee.conformance.engines.checks import collect, source
from repartee.engines.protocols import EngineError, Speech
from repartee.engines.speech_endpoint.synthesizer import OpenAISpeech
from repartee.protocol.prompt import VoiceChoice

KEY = "sk-secret"
HTML = "Content-Type: text/html; charset=utf-8\r\n"
JSON = "Content-Type: application/json\r\n"
NOVA = VoiceChoice("nova")


@asynccontextmanager
async def voice(*answers: Answer, **options: Any) -> AsyncIterator[tuple[OpenAISpeech, Endpoint]]:
    async with Endpoint(*answers).serving() as server:
        engine = OpenAISpeech(url=server.url, **{"retry_delay_s": 0.001, **options})
        try:
            yield engine, server
        finally:
            await engine.close()


async def said(engine: OpenAISpeech, *pieces: str, choice: VoiceChoice = NOVA) -> list[Speech]:
    return await collect(engine.speak(source(pieces), choice))


def sound(spoken: list[Speech]) -> bytes:
    return b"".join(each.pcm for each in spoken)


async def failure(*answers: Answer, **options: Any) -> tuple[bytes, str, str]:
    """What sounded before it failed, and the error's code and message."""
    sounded = bytearray()
    async with voice(*answers, **options) as (engine, server):

        async def listen() -> None:
            async for speech in engine.speak(source(["Hello there."]), NOVA):
                sounded.extend(speech.pcm)

        with pytest.raises(EngineError) as failed:
            await listen()
        message = str(failed.value)
        assert message.startswith(f"the voice at {server.url} ")
    return bytes(sounded), failed.value.code, message


async def asked(choice: VoiceChoice = NOVA, **options: Any) -> dict[str, Any]:
    """The body of a request."""
    async with voice(says(tone(30), headers=PCM), **options) as (engine, server):
        await said(engine, " Hi. ", choice=choice)
    return server.requests[0].body


async def test_what_is_asked() -> None:
    async with voice(speaks, api_key=KEY, headers={"X-Team": "a"}) as (engine, server):
        await said(engine, "Hello.")
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/audio/speech")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-team"] == "a"
    assert request.body == {
        "model": "tts-1",
        "input": "Hello.",
        "voice": "nova",
        "response_format": "pcm",
    }


async def test_more_may_be_asked() -> None:
    options: dict[str, Any] = {"instructions": "Whisper.", "extra": {"lang": "de", "model": None}}
    body = await asked(response_format="wav", rate=24_000, **options)
    assert body == {
        "input": "Hi.",
        "voice": "nova",
        "response_format": "wav",
        "instructions": "Whisper.",
        "lang": "de",
    }


@pytest.mark.parametrize(
    ("voices", "names"),
    [
        (None, ["nova", "mine"]),
        ({"nova": "af_nova"}, ["af_nova", "mine"]),
        ({"nova": "af_nova", "*": "bm_lewis"}, ["af_nova", "bm_lewis"]),
    ],
)
async def test_voices_have_other_names_elsewhere(voices: Any, names: list[str]) -> None:
    for wanted, name in zip(("nova", "mine"), names, strict=True):
        assert (await asked(VoiceChoice(wanted), voices=voices))["voice"] == name


async def test_speed_is_asked_only_of_who_heeds_it() -> None:
    quick = VoiceChoice("nova", speed=1.5)
    assert "speed" not in await asked(quick)
    assert (await asked(quick, speed=True))["speed"] == 1.5
    assert OpenAISpeech("http://host", speed=True).paces
    assert not OpenAISpeech("http://host").paces


async def test_half_a_character_is_no_reason_to_fail() -> None:
    async with voice(speaks) as (engine, server):
        spoken = await said(engine, "Hi \ud83d there.")
    assert "".join(each.text for each in spoken) == "Hi \ud83d there."
    assert server.requests[0].body["input"] == "Hi ? there."


async def test_each_piece_is_a_request() -> None:
    pieces = "One two.", " … ", "\n", " Three four.", " !", "\n"
    async with voice(speaks) as (engine, server):
        spoken = await said(engine, *pieces)
    assert [request.body["input"] for request in server.requests] == [
        "One two.",
        "… \n Three four.",
    ]
    assert "".join(each.text for each in spoken) == "".join(pieces)
    assert sound(spoken) == tone(8 * 40) + tone(15 * 40)
    assert spoken[-1] == Speech(b"", " !\n")


async def test_text_without_words_asks_nobody() -> None:
    async with voice(speaks) as (engine, server):
        assert await said(engine, "\n", "…") == [Speech(b"", "\n…")]
    assert not server.requests


async def test_the_voice_is_learned() -> None:
    """The hundredth sentence's words are placed by how long the others took."""
    async with voice(speaks) as (engine, _):
        await said(engine, *["Twenty characters it."] * 20)
        spoken = await said(engine, "One two three four five.")
    place, begun = 0, []
    for speech in spoken:
        begun.append(place / 48 if speech.text else None)
        place += len(speech.pcm)
    starts = [each for each in begun if each is not None]
    assert starts == pytest.approx([0, 3 * 40, 7 * 40, 13 * 40, 18 * 40], abs=12)


async def test_no_end_of_voices_is_remembered() -> None:
    async with voice(speaks) as (engine, _):
        for number in range(120):
            await said(engine, "Hi.", choice=VoiceChoice(f"voice {number}"))
    assert len(engine._tempos) == 100


async def test_the_next_request_is_under_way_while_one_sounds() -> None:
    async with voice(speaks) as (engine, server):
        spoken = engine.speak(source([f"Number {number}." for number in range(9)]), NOVA)
        async with aclosing(spoken):
            await anext(spoken)
            async with asyncio.timeout(5):
                while len(server.requests) < 3:
                    await server.came()
            assert len(server.requests) == 3


@pytest.mark.parametrize("headers", [WAV, PCM, "", "Content-Type: application/octet-stream\r\n"])
async def test_wav_is_read_by_its_header(headers: str) -> None:
    async with voice(says(wav(tone(50)), headers=headers)) as (engine, _):
        assert sound(await said(engine, "Hi.")) == tone(50)


async def test_the_rate_is_learned_from_the_first_file() -> None:
    async with voice(says(wav(tone(50), 16_000), headers=WAV), response_format="wav") as (
        engine,
        _,
    ):
        await engine.open()
        assert engine.rate == 16_000
        assert sound(await said(engine, "Hi.")) == tone(50)


async def test_another_rate_than_stated_is_told() -> None:
    _, code, message = await failure(says(wav(tone(50), 22_050), headers=WAV))
    assert code == "voice_unreadable"
    assert message.endswith("sent sound of 22050 Hz: set voice.rate to 22050")


@pytest.mark.parametrize(
    ("answer", "code", "what"),
    [
        (hangs_up(headers=PCM), "voice_cut_off", "broke off"),
        (hangs_up(tone(100), headers=PCM), "voice_cut_off", "broke off"),
        (says(headers=PCM), "voice_failed", "sent no sound"),
        (says(b"x", headers=PCM), "voice_failed", "sent no sound"),
        (falls_silent(headers=PCM), "voice_timeout", "silent for too long"),
        (falls_silent(tone(100), headers=PCM), "voice_timeout", "silent for too long"),
        (says(wav(tone(9), channels=2), headers=WAV), "voice_unreadable", "2 channels"),
        (says(b"RIFF", headers=WAV), "voice_unreadable", "before its sound"),
        (refuses("200 OK", "<html>", HTML), "voice_unreadable", "does voice.url end in /v1?"),
        (
            refuses("200 OK", "mp3", "Content-Type: audio/mpeg\r\n"),
            "voice_unreadable",
            "audio/mpeg",
        ),
        (gives_json({"error": {"message": "boom"}}), "voice_failed", "failed: boom"),
        (says(headers=JSON), "voice_unreadable", "sent application/json"),
        (refuses("404 Not Found", {"error": "no tts-1"}), "voice_not_found", "no tts-1"),
        (refuses("401 Unauthorized"), "voice_unauthorized", "set voice.api_key"),
        (refuses("429 Busy"), "voice_busy", "too much to do"),
        (refuses("500 Oops"), "voice_failed", "failed (500)"),
        (refuses("400 Bad", {"error": "no such voice"}), "voice_refused", "no such voice"),
    ],
)
async def test_faults(answer: Answer, code: str, what: str) -> None:
    sounded, found, message = await failure(answer, idle_timeout_s=0.5)
    assert found == code
    assert what in message
    assert tone(100).startswith(sounded)


async def test_what_is_no_sound_is_not_waited_for() -> None:
    async with voice(falls_silent(headers=HTML)) as (engine, server):
        with pytest.raises(EngineError, match="sent text/html"):
            await said(engine, "Hello.")
        async with asyncio.timeout(5):
            await server.all_gone()


async def test_once_is_tried_again_before_any_sound() -> None:
    late = refuses("429 Busy", headers="Retry-After: 0\r\n")
    for trouble in (refuses("503 Oops"), late):
        async with voice(trouble, speaks) as (engine, server):
            assert await said(engine, "Hello.")
            assert len(server.requests) == 2
    async with voice(hangs_up(tone(100), headers=PCM), speaks) as (engine, server):
        with pytest.raises(EngineError, match="broke off"):
            await said(engine, "Hello.")
        assert len(server.requests) == 1


async def test_an_endpoint_that_never_begins() -> None:
    async def waits(request: Request, exchange: Exchange) -> None:
        await exchange.until_gone()

    _, code, message = await failure(waits, first_sound_timeout_s=0.3)
    assert code == "voice_timeout"
    assert "did not begin to answer in time" in message


@pytest.mark.parametrize("headers", [PCM, WAV])
async def test_closing_the_speech_closes_its_requests(headers: str) -> None:
    body = tone(100) if headers is PCM else wav(tone(100), size=0)
    async with voice(falls_silent(body, headers=headers)) as (engine, server):
        spoken = engine.speak(source(["One.", "Two.", "Three.", "Four."]), NOVA)
        assert (await anext(spoken)).text == "One."
        async with asyncio.timeout(5):
            while len(server.requests) < 3:
                await server.came()
            await spoken.aclose()
            await server.all_gone()


async def test_cancelling_the_reader_closes_the_request() -> None:
    async def waits(request: Request, exchange: Exchange) -> None:
        await exchange.until_gone()

    async with voice(waits) as (engine, server):
        reading = asyncio.create_task(said(engine, "One.", "Two."))
        await server.asked()
        reading.cancel()
        async with asyncio.timeout(5):
            await server.all_gone()
        assert reading.cancelled()


async def test_opening_warns_of_an_endpoint_that_is_down(caplog: pytest.LogCaptureFixture) -> None:
    url = f"http://127.0.0.1:{closed_port()}/v1"
    for response_format in ("pcm", "wav"):
        engine = OpenAISpeech(url, retries=0, response_format=response_format)
        await engine.open()
        await engine.close()
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "the voice at" in caplog.text
    assert "Set voice.url to its address" in caplog.text


async def test_opening_is_quiet_where_all_is_well(caplog: pytest.LogCaptureFixture) -> None:
    for listed in (lists("hum"), refuses("404 Not Found")):
        async with voice(listed) as (engine, _):
            await engine.open()
    assert not caplog.records


async def test_the_key_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = {"error": {"message": f"Incorrect key: {KEY}"}}
    for answer in (refuses("401 Unauthorized", told), gives_json(told)):
        _, _, message = await failure(answer, api_key=KEY)
        assert KEY not in message
    assert KEY not in caplog.text
    assert KEY not in repr(OpenAISpeech("http://host", api_key=KEY))


def test_what_is_asked_of_others_costs_money() -> None:
    assert OpenAISpeech("https://api.example.com/v1").billed
    assert not OpenAISpeech("http://127.0.0.1:8880/v1").billed
    assert OpenAISpeech("http://127.0.0.1:8880/v1", billed=True).billed
