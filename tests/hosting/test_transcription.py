"""Recordings become text for stock clients, in each of the API's formats."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
from openai import APIStatusError

from hosting.house import PatientEars, hosting, stock, upload, wav
from repartee.engines.fake import FakeRecognizer
from repartee.engines.protocols import Words
from repartee.protocol.prompt import Hints
from server.doorway import Answer, Doorway, http

PATH = "/v1/audio/transcriptions"
HEARD = "I heard 1.0 seconds of sound"


class Sure(FakeRecognizer):
    """One that says how sure it is."""

    logprobs = True


class Plain:
    """Ears that tell neither times nor likelihoods."""

    rate = 16_000

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        async for _ in audio:
            pass
        yield Words("Something.", final=True)


async def transcribed(door: Doorway, file: bytes | None, **fields: str) -> Answer:
    header, body = upload(file, **{"model": "whisper-1", **fields})
    return await door.ask(f"POST {PATH}\n{header}", body)


async def test_json() -> None:
    async with hosting() as door, stock(door) as client:
        said = await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", wav()))
    assert said.text == HEARD
    assert said.usage is not None
    assert said.usage.to_dict() == {"type": "duration", "seconds": 1.0}


async def test_a_model_that_counts_tokens() -> None:
    async with hosting() as door, stock(door) as client:
        said = await client.audio.transcriptions.create(model="gpt-4o-transcribe", file=wav())
    assert said.usage is not None
    assert said.usage.type == "tokens"
    assert (said.usage.input_tokens, said.usage.output_tokens) == (10, 7)


async def test_verbose_json() -> None:
    async with hosting() as door, stock(door) as client:
        said = await client.audio.transcriptions.create(
            model="whisper-1",
            file=("a.wav", wav()),
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
            language="en",
        )
    assert (said.text, said.language, said.duration) == (HEARD, "en", 1.0)
    assert said.words is not None
    assert [word.word for word in said.words] == HEARD.split()
    assert said.words[-1].end == 1.0
    assert said.segments is not None
    assert [segment.text for segment in said.segments] == [HEARD]


@pytest.mark.parametrize(
    ("wanted", "begins"),
    [("text", HEARD), ("srt", "1\n00:00:00,000 -->"), ("vtt", "WEBVTT\n\n00:00:00.000 -->")],
)
async def test_formats_of_text(wanted: str, begins: str) -> None:
    async with hosting() as door:
        answer = await transcribed(door, wav(), response_format=wanted)
    assert answer.body.decode().startswith(begins)


async def test_deltas_add_up() -> None:
    ears = FakeRecognizer("Get the weather in Paris.")
    async with hosting(ears=ears) as door, stock(door) as client:
        events = await client.audio.transcriptions.create(
            model="gpt-4o-transcribe", file=("a.wav", wav(3)), stream=True
        )
        told = [event async for event in events]
    deltas = [event.delta for event in told if event.type == "transcript.text.delta"]
    done = told[-1]
    assert done.type == "transcript.text.done"
    assert done.text == "".join(deltas) == "Get the weather in Paris."
    assert len(deltas) > 2


@pytest.mark.parametrize("stream", [False, True])
async def test_log_probabilities(stream: bool) -> None:
    async with hosting(ears=Sure("Get it.")) as door, stock(door) as client:
        answer: Any = await client.audio.transcriptions.create(
            model="gpt-4o-transcribe", file=("a.wav", wav()), include=["logprobs"], stream=stream
        )
        whole = [event async for event in answer][-1] if stream else answer
    assert [each.token for each in whole.logprobs] == ["Get", " it."]
    assert {each.logprob for each in whole.logprobs} == {-0.05}


async def test_hints_reach_the_ears() -> None:
    ears = PatientEars()
    async with hosting(ears=ears) as door:
        header, body = upload(
            wav(2), model="m", language="de", prompt="Namen", temperature="0.2", unheard_of="1"
        )
        client = await door.connect()
        client.send(http(f"POST {PATH}\n{header}", body))
        await asyncio.wait_for(ears.complete.wait(), 10)
        assert (ears.hints.language, ears.hints.prompt) == ("de", "Namen")
        assert ears.heard == 2 * 32_000
        assert not ears.stopped.is_set()
        await client.close()
        await asyncio.wait_for(ears.stopped.wait(), 10)


async def test_a_client_that_leaves_a_stream_stops_the_ears() -> None:
    ears = PatientEars()
    async with hosting(ears=ears) as door:
        header, body = upload(wav(), model="m", stream="true")
        client = await door.connect()
        client.send(http(f"POST {PATH}\n{header}", body))
        assert "200" in await client.head()
        await client.close()
        await asyncio.wait_for(ears.stopped.wait(), 10)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": "diarized_json"}, "response_format"),
        ({"temperature": "2"}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"stream": "perhaps"}, "stream"),
        ({"stream": "true", "response_format": "srt"}, "stream"),
        ({"timestamp_granularities[]": "word"}, "timestamp_granularities"),
        (
            {"timestamp_granularities[]": "syllable", "response_format": "verbose_json"},
            "timestamp_granularities[0]",
        ),
        (
            {"timestamp_granularities[]": "word", "response_format": "verbose_json"},
            "timestamp_granularities",
        ),
        ({"include[]": "logprobs"}, "include"),
        ({"include[]": "everything"}, "include[0]"),
        ({"model": ""}, "model"),
        ({"language": "x" * 33}, "language"),
    ],
)
async def test_what_is_refused(fields: dict[str, str], param: str) -> None:
    async with hosting(ears=Plain()) as door:
        answer = await transcribed(door, wav(), **fields)
    assert answer.status == 400
    assert answer.code in ("invalid_value", "invalid_type", "missing_required_parameter")
    assert answer.json["error"]["param"] == param


@pytest.mark.parametrize(
    "file", [None, b"", b"ID3\x04 this is mp3", b"fLaC", wav()[:30], wav(rate=999)]
)
async def test_files_that_are_refused(file: bytes | None) -> None:
    async with hosting() as door:
        answer = await transcribed(door, file)
    assert (answer.status, answer.json["error"]["param"]) == (400, "file")


async def test_a_body_that_is_no_form() -> None:
    async with hosting() as door:
        answer = await door.ask(f"POST {PATH}\nContent-Type: application/json", b"{}")
    assert (answer.status, answer.code) == (400, "invalid_value")


async def test_an_upload_is_bounded() -> None:
    async with hosting(max_upload_bytes=2_000_000) as door:
        assert (await transcribed(door, wav(40))).status == 200
        assert (await transcribed(door, wav(70))).status == 413


async def test_silence_is_an_empty_transcript() -> None:
    async with hosting() as door:
        for wanted in ("json", "verbose_json", "srt", "vtt", "text"):
            answer = await transcribed(door, wav(0), response_format=wanted)
            assert answer.status == 200, wanted


async def test_ears_that_fail_are_told() -> None:
    async with hosting(ears=FakeRecognizer(fault="before")) as door, stock(door) as client:
        with pytest.raises(APIStatusError, match="told to fail") as failed:
            await client.audio.transcriptions.create(model="m", file=("a.wav", wav()))
    assert failed.value.status_code == 500
