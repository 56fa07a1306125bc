"""Texts are spoken for stock clients, and what cannot be had is refused as the API does."""

import asyncio
import json
import logging
from typing import Any

import httpx2
import numpy as np
import pytest
from openai import APIStatusError, AsyncOpenAI, BadRequestError

from hosting.house import PatientVoice, hosting, stock
from repartee.engines.fake import FakeSynthesizer
from repartee.speech.wav import parse
from server.doorway import Doorway, http
from server.visitors import post

TEXT = "First things first. And then all the others."
SPEECH = "/v1/audio/speech"
BODY: dict[str, Any] = {
    "model": "tts-1",
    "input": "Hello.",
    "voice": "alloy",
    "response_format": "pcm",
}
MS = FakeSynthesizer()._ms_per_character


async def spoken(client: AsyncOpenAI, **options: Any) -> bytes:
    asked = {"model": "tts-1", "voice": "alloy", "input": TEXT, "response_format": "pcm", **options}
    return (await client.audio.speech.create(**asked)).content


async def test_pcm_is_24_khz() -> None:
    async with hosting() as door, stock(door) as client:
        assert len(await spoken(client)) == 48 * MS * len(TEXT)


async def test_wav_begins_with_a_header() -> None:
    async with hosting() as door, stock(door) as client:
        sound = parse(await spoken(client, response_format="wav"))
        assert (sound.rate, sound.channels, sound.bits) == (24_000, 1, 16)
        assert sound.seconds == pytest.approx(MS * len(TEXT) / 1000)


@pytest.mark.parametrize("speed", [0.25, 1.5, 4.0])
async def test_any_speed(speed: float) -> None:
    async with hosting() as door, stock(door) as client:
        slow = await spoken(client, speed=speed)
        assert len(slow) / 48 == pytest.approx(MS * len(TEXT) / speed, abs=1)
        assert np.abs(np.frombuffer(slow, "<i2")).max() > 4000


async def test_a_voice_that_paces_itself_is_asked_for_what_it_can() -> None:
    voice = PatientVoice()
    voice.paces = True  # type: ignore[attr-defined]
    voice.may_go_on.set()
    async with hosting(voice) as door, stock(door) as client:
        sound = await spoken(client, speed=3)
    assert [choice.speed for choice in voice.choices] == [1.5]
    assert len(sound) / 48 == pytest.approx(200 / 2, abs=1)


async def test_the_first_sound_comes_with_the_first_clause() -> None:
    voice = PatientVoice()
    asked = {"model": "any", "voice": "alloy", "input": TEXT, "response_format": "pcm"}
    async with (
        hosting(voice) as door,
        stock(door) as client,
        client.audio.speech.with_streaming_response.create(**asked) as answer,  # type: ignore[arg-type]
    ):
        parts = answer.iter_bytes()
        assert len(await anext(parts)) > 0
        voice.may_go_on.set()
        assert [part async for part in parts]


async def test_events() -> None:
    async with hosting() as door:
        answer = await streamed(door, {**BODY, "stream_format": "sse"})
        *deltas, done = [json.loads(line[6:]) for line in answer.split("\n\n") if line]
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    tokens = -(-MS * len("Hello.") // 50)
    assert done["usage"] == {"input_tokens": 2, "output_tokens": tokens, "total_tokens": tokens + 2}


async def streamed(door: Doorway, body: dict[str, Any]) -> str:
    async with httpx2.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{door.port}{SPEECH}", json=body)
        assert answer.headers["content-type"] == "text/event-stream"
        return answer.text


async def test_a_voice_by_its_id_and_its_model_are_any() -> None:
    voice = PatientVoice()
    voice.may_go_on.set()
    async with hosting(voice) as door, stock(door) as client:
        await spoken(client, voice={"id": "voice_mine"}, model="whatever")
    assert [choice.name for choice in voice.choices] == ["voice_mine"]


async def test_instructions_are_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with hosting() as door, stock(door) as client:
        for _ in range(2):
            await spoken(client, instructions="Whisper a secret.")
    assert caplog.text.count("instructions") == 1
    assert "secret" not in caplog.text


@pytest.mark.parametrize("begun", [False, True])
async def test_a_client_that_leaves_stops_the_voice(begun: bool) -> None:
    voice = PatientVoice()
    text = TEXT if begun else TEXT.removeprefix("First")
    async with hosting(voice) as door:
        client = await door.connect()
        client.send(http(f"POST {SPEECH}", json.dumps({**BODY, "input": text}).encode()))
        if begun:
            await client.head()
        else:
            await asyncio.wait_for(voice.begun.wait(), 10)
        assert not voice.stopped.is_set()
        await client.close()
        await asyncio.wait_for(voice.stopped.wait(), 10)


@pytest.mark.parametrize(
    ("said", "param", "code"),
    [
        ({"response_format": "mp3"}, "response_format", "invalid_value"),
        ({"response_format": "opus"}, "response_format", "invalid_value"),
        ({"response_format": None}, "response_format", "invalid_value"),
        ({"input": ""}, "input", "empty_string"),
        ({"input": "a" * 4097}, "input", "string_above_max_length"),
        ({"input": 3}, "input", "invalid_type"),
        ({"speed": 0.2}, "speed", "invalid_value"),
        ({"speed": 4.1}, "speed", "invalid_value"),
        ({"speed": "fast"}, "speed", "invalid_type"),
        ({"voice": None}, "voice", "invalid_type"),
        ({"voice": ""}, "voice", "invalid_value"),
        ({"voice": {}}, "voice.id", "missing_required_parameter"),
        ({"stream_format": "ogg"}, "stream_format", "invalid_value"),
        ({"model": 1}, "model", "invalid_type"),
    ],
)
async def test_what_is_refused(said: dict[str, Any], param: str, code: str) -> None:
    async with hosting() as door:
        answer = await post(door, SPEECH, {**BODY, **said})
    assert (answer.status, answer.code) == (400, code)
    assert answer.json["error"]["param"] == param


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model":"\xff"}', b"[" * 100_000])
async def test_a_body_that_is_none(body: bytes) -> None:
    async with hosting() as door:
        answer = await post(door, SPEECH, body)
    assert answer.status == 400
    assert answer.code in ("invalid_value", "missing_required_parameter")


async def test_unknown_fields_are_ignored_and_a_long_text_is_spoken() -> None:
    voice = PatientVoice()
    voice.may_go_on.set()
    async with hosting(voice) as door, stock(door) as client:
        sound = await spoken(client, input="word " * 819, extra_body={"unheard_of": 1})
    assert sound


async def test_a_text_with_nothing_to_speak_is_an_empty_file() -> None:
    class Mute:
        rate = 24_000

        async def speak(self, text: Any, voice: Any) -> Any:
            from repartee.engines.protocols import Speech

            async for piece in text:
                yield Speech(b"", piece)

    async with hosting(Mute()) as door, stock(door) as client:
        assert parse(await spoken(client, input="…", response_format="wav")).seconds == 0


async def test_a_voice_that_fails_at_once_is_told() -> None:
    async with hosting(FakeSynthesizer(fault="before")) as door, stock(door) as client:
        with pytest.raises(APIStatusError, match="told to fail") as failed:
            await spoken(client)
    assert (failed.value.status_code, failed.value.code) == (500, "told_to_fail")


async def test_sound_that_is_cut_off_has_no_end() -> None:
    async with hosting(FakeSynthesizer(fault="middle")) as door, stock(door) as client:
        with pytest.raises(Exception, match=r"[Ii]ncomplete|peer closed|[Cc]onnection"):
            await spoken(client)


async def test_events_that_are_cut_off_end_with_an_error() -> None:
    async with hosting(FakeSynthesizer(fault="middle")) as door:
        last = (await streamed(door, {**BODY, "stream_format": "sse"})).strip().split("\n\n")[-1]
    assert json.loads(last[6:])["error"]["code"] == "told_to_fail"


async def test_the_stock_client_reads_a_refusal() -> None:
    async with hosting() as door, stock(door) as client:
        with pytest.raises(BadRequestError) as refused:
            await spoken(client, response_format="flac")
    assert refused.value.param == "response_format"
