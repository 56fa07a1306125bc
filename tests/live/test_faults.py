"""Engines that fail: the client is told what happened, and the session goes on."""

from pathlib import Path
from typing import Any

import pytest

from engines.endpoint import Answer, Endpoint, delta, falls_silent, hangs_up, refuses, says_text
from live.caller import Caller, calling
from live.minds import in_turn, nobody
from live.relay import served
from recordings import read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

TOLD_TO_FAIL = ("told_to_fail", "told to fail")


def failing(role: str, fault: str) -> list[str]:
    """Fake engines, one of which fails; nobody waits long for it."""
    settings = [f"{role}.fault={fault}", f"limits.{role}_s=0.5"]
    fakes = [word for each in ("ears", "mind", "voice") for word in (f"--{each}", "fake")]
    return fakes + [word for each in settings for word in ("--set", each)]


def assert_failed(done: Any, code: str, told: str) -> None:
    """The response failed, and its client can read why."""
    assert done.response.status == "failed"
    assert done.response.status_details.type == "failed"
    assert done.response.status_details.error.code == code
    # The openai package knows no message here, but keeps what it does not know.
    assert told in done.response.status_details.error.message


async def speak(caller: Caller) -> Any:
    """A spoken turn; the end of its answer."""
    await caller.speak(read("lj_LJ001-0002"))
    await caller.fall_silent()
    return await caller.until("response.done")


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ("before", *TOLD_TO_FAIL),
        ("middle", *TOLD_TO_FAIL),
        ("hang", "transcription_timeout", "within 0.5 s"),
    ],
)
async def test_ears_that_fail(tmp_path: Path, fault: str, code: str, told: str) -> None:
    async with served(tmp_path, *failing("ears", fault)) as url, calling(url) as caller:
        await caller.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
        for turn in range(2):
            assert_failed(await speak(caller), code, told)
            failed = caller.all("conversation.item.input_audio_transcription.failed")[turn]
            assert failed.error.code == code
            assert told in failed.error.message
        assert (await caller.ask("Still there?")).response.status == "completed"


async def test_ears_that_understand_nothing(tmp_path: Path) -> None:
    async with served(tmp_path, *failing("ears", "empty")) as url, calling(url) as caller:
        await caller.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
        assert (await speak(caller)).response.status == "completed"
        (heard,) = caller.all("conversation.item.input_audio_transcription.completed")
        assert heard.transcript == ""


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ("before", *TOLD_TO_FAIL),
        ("middle", *TOLD_TO_FAIL),
        ("hang", "model_timeout", "within 0.5 s"),
        ("empty", "empty_response", "answered nothing"),
    ],
)
async def test_a_mind_that_fails(tmp_path: Path, fault: str, code: str, told: str) -> None:
    async with served(tmp_path, *failing("mind", fault)) as url, calling(url) as caller:
        assert_failed(await caller.ask("Hello."), code, told)
        assert_failed(await speak(caller), code, told)
        items = caller.all("response.done")[0].response.output
        assert [item.status for item in items] == ["incomplete"] * (fault in ("middle", "hang"))
        assert (await caller.update(instructions="Go on.")).session.instructions == "Go on."


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ("before", *TOLD_TO_FAIL),
        ("middle", *TOLD_TO_FAIL),
        ("hang", "voice_timeout", "within 0.5 s"),
        ("empty", "voice_failed", "before it had spoken everything"),
    ],
)
async def test_a_voice_that_fails(tmp_path: Path, fault: str, code: str, told: str) -> None:
    async with served(tmp_path, *failing("voice", fault)) as url, calling(url) as caller:
        for _ in range(2):
            assert_failed(await speak(caller), code, told)
        assert bool(caller.sound()) == (fault in ("middle", "hang"))
        assert (await caller.ask("Still there?")).response.status == "completed"


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        (falls_silent(), "model_timeout", "silent for too long"),
        (falls_silent(delta(content="I am ")), "model_timeout", "silent for too long"),
        (hangs_up(delta(content="I am ")), "model_cut_off", "broke off"),
        (refuses("401 Unauthorized"), "model_unauthorized", "key"),
        (refuses("500 Internal Server Error"), "model_failed", "500"),
    ],
    ids=["silent", "silent in the middle", "cut off", "no key", "broken"],
)
async def test_an_endpoint_that_fails_once(
    tmp_path: Path, fault: Answer, code: str, told: str
) -> None:
    async with Endpoint(in_turn(fault, says_text("Here I am."))).serving() as mind:
        settings = ("mind.first_token_timeout_s=0.5", "mind.idle_timeout_s=0.5", "mind.retries=0")
        arguments = [word for each in settings for word in ("--set", each)]
        engines = ("--ears", "fake", "--voice", "fake", "--llm", mind.url)
        async with served(tmp_path, *engines, *arguments) as url, calling(url) as caller:
            failed = await caller.ask("Are you there?")
            assert_failed(failed, code, told)
            assert mind.url in failed.response.status_details.error.message
            done = await caller.ask("And now?")
            assert done.response.output[0].content[0].text == "Here I am."


async def test_an_endpoint_that_is_not_there(tmp_path: Path) -> None:
    address = nobody()
    engines = ("--ears", "fake", "--voice", "fake", "--llm", address, "--llm-model", "any")
    async with served(tmp_path, *engines, "--set", "mind.retries=0") as url, calling(url) as caller:
        for _ in range(2):
            done = await speak(caller)
            assert_failed(done, "model_unreachable", f"{address} cannot be reached")
            assert "mind.url" in done.response.status_details.error.message
        await caller.update(instructions="Go on.")
