"""Answers that are cut off: by the client, by its user's voice, and afterwards."""

import base64
import re
from itertools import accumulate
from pathlib import Path

import pytest

from engines.endpoint import Endpoint, says_text
from live.caller import Caller, calling
from live.engine_sets import LONG, UNHURRIED
from live.minds import in_turn
from live.relay import served
from recordings import read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

MS_PER_CHARACTER = 60  # of the fake voice


async def answering(caller: Caller) -> str:
    """Ask for a spoken answer, and wait until it is being spoken; the id of its item."""
    await caller.connection.response.create()
    item_id: str = (await caller.until("response.output_audio.delta")).item_id
    return item_id


async def test_a_written_answer_is_cancelled(unhurried_url: str) -> None:
    async with calling(unhurried_url) as caller:
        for _ in range(2):
            told = len(caller.told)
            await caller.connection.response.create(response={"output_modalities": ["text"]})
            await caller.until("response.output_text.delta")
            await caller.connection.response.cancel()
            done = await caller.until("response.done")
            assert done.response.status == "cancelled"
            assert done.response.status_details.reason == "client_cancelled"
            (item,) = done.response.output
            said = [each.delta for each in caller.told[told:] if "text.delta" in each.type]
            assert item.status == "incomplete"
            assert item.content[0].text == "".join(said)
            assert LONG.startswith(item.content[0].text)
            assert len(item.content[0].text) < len(LONG) / 2


async def test_a_spoken_answer_is_cancelled_by_its_id(unhurried_url: str) -> None:
    async with calling(unhurried_url) as caller:
        await answering(caller)
        (created,) = caller.all("response.created")
        await caller.connection.response.cancel(response_id=created.response.id)
        done = await caller.until("response.done")
        assert (done.response.id, done.response.status) == (created.response.id, "cancelled")
        assert 0 < len(caller.sound()) < 48 * MS_PER_CHARACTER * len(LONG) / 2
        await caller.connection.response.cancel()
        assert (await caller.until("error")).error.code == "response_cancel_not_active"


async def test_what_is_cancelled_before_it_begins_leaves_nothing_behind(tmp_path: Path) -> None:
    async with served(tmp_path, *UNHURRIED) as url, calling(url) as caller:
        await caller.update(audio={"input": {"turn_detection": None}})
        for _ in range(20):
            await caller.connection.response.create()
            await caller.connection.response.cancel()
            assert (await caller.until("response.done")).response.status == "cancelled"
            await caller.speak(read("lj_LJ001-0002")[:2400])
            await caller.connection.input_audio_buffer.clear()
            await caller.until("input_audio_buffer.cleared")


async def test_a_second_answer_has_to_wait(unhurried_url: str) -> None:
    async with calling(unhurried_url) as caller:
        await answering(caller)
        (first,) = caller.all("response.created")
        await caller.connection.response.create(event_id="too-early")
        refused = (await caller.until("error")).error
        assert refused.code == "conversation_already_has_active_response"
        assert refused.event_id == "too-early"
        assert first.response.id in refused.message
        await caller.connection.response.cancel()
        assert (await caller.until("response.done")).response.id == first.response.id


async def test_an_answer_out_of_band_disturbs_nobody(unhurried_url: str) -> None:
    async with calling(unhurried_url) as caller:
        await answering(caller)
        (spoken,) = caller.all("response.created")
        await caller.connection.response.create(
            response={
                "conversation": "none",
                "metadata": {"topic": "title"},
                "output_modalities": ["text"],
                "max_output_tokens": 5,
                "input": [],
            }
        )
        beside = (await caller.until("response.done")).response
        assert beside.conversation_id is None
        assert beside.metadata == {"topic": "title"}
        assert (beside.status, beside.status_details.reason) == ("incomplete", "max_output_tokens")
        assert LONG.startswith(beside.output[0].content[0].text)
        await caller.connection.conversation.item.retrieve(item_id=beside.output[0].id)
        assert (await caller.until("error")).error.code == "item_retrieve_invalid_item_id"
        await caller.until("response.output_audio.delta")  # the other one is still being spoken
        await caller.connection.response.cancel()
        assert (await caller.until("response.done")).response.id == spoken.response.id


async def test_an_answer_is_truncated_while_it_is_spoken(unhurried_url: str) -> None:
    async with calling(unhurried_url) as caller:
        item_id = await answering(caller)
        item = caller.connection.conversation.item
        await item.truncate(item_id=item_id, content_index=0, audio_end_ms=100)
        assert (await caller.until("conversation.item.truncated")).audio_end_ms == 100
        await caller.connection.response.cancel()
        assert (await caller.until("response.done")).response.status == "cancelled"
        assert not caller.all("error")


async def test_an_answer_is_truncated_before_it_sounds(unhurried_url: str) -> None:
    async with calling(unhurried_url) as caller:
        await caller.connection.response.create()
        item_id = (await caller.until("response.content_part.added")).item_id
        item = caller.connection.conversation.item
        await item.truncate(item_id=item_id, content_index=0, audio_end_ms=0)
        assert "Only model output audio" in (await caller.until("error")).error.message
        await item.truncate(item_id=item_id, content_index=0, audio_end_ms=50)
        assert (await caller.until("conversation.item.truncated")).audio_end_ms == 0
        assert not caller.sound()
        await caller.connection.response.cancel()
        assert (await caller.until("response.done")).response.status == "cancelled"


async def test_an_answer_is_cut_down_to_what_was_heard(url: str) -> None:
    async with calling(url) as caller:
        await caller.connection.response.create()
        answer = (await caller.until("response.done")).response.output[0]
        item = caller.connection.conversation.item
        await item.truncate(item_id=answer.id, content_index=0, audio_end_ms=500)
        assert (await caller.until("conversation.item.truncated")).audio_end_ms == 500
        await item.retrieve(item_id=answer.id)
        kept = (await caller.until("conversation.item.retrieved")).item
        assert base64.b64decode(kept.content[0].audio) == caller.sound()[: 500 * 48]
        assert kept.content[0].transcript is None


async def test_an_answer_is_truncated_beyond_its_end(url: str) -> None:
    async with calling(url) as caller:
        await caller.connection.response.create()
        answer = (await caller.until("response.done")).response.output[0]
        length_ms = MS_PER_CHARACTER * len(answer.content[0].transcript)
        item = caller.connection.conversation.item
        await item.truncate(item_id=answer.id, content_index=0, audio_end_ms=length_ms + 5000)
        refused = (await caller.until("error")).error
        assert f"already shorter than {length_ms + 5000}ms" in refused.message
        assert (await caller.until("conversation.item.truncated")).audio_end_ms == length_ms
        await item.retrieve(item_id=answer.id)
        kept = (await caller.until("conversation.item.retrieved")).item
        assert kept.content[0].transcript is None


async def test_speech_interrupts_nothing_where_it_must_not(unhurried_url: str) -> None:
    polite = {"type": "server_vad", "interrupt_response": False}
    async with calling(unhurried_url) as caller:
        await caller.update(audio={"input": {"turn_detection": polite}})
        await answering(caller)
        await caller.speak(read("lj_LJ001-0002"))
        await caller.fall_silent()
        await caller.until("input_audio_buffer.committed")
        await caller.until("response.output_audio.delta")
        await caller.connection.response.cancel()
        assert (await caller.until("response.done")).response.status == "cancelled"
        assert len(caller.all("response.created")) == 1


async def test_speech_interrupts_and_only_what_was_heard_is_remembered(tmp_path: Path) -> None:
    words = re.findall(r"\S+\s*", LONG)
    played_ms = 1500
    async with Endpoint(in_turn(says_text(*words), says_text("As you like."))).serving() as mind:
        engines = ("--ears", "fake", "--llm", mind.url, "--voice", "fake")
        async with (
            served(tmp_path, *engines, "--set", "voice.realtime=true") as url,
            calling(url) as caller,
        ):
            await caller.write("Tell me everything.")
            item_id = await answering(caller)
            while len(caller.sound()) < 2 * played_ms * 48:  # it is ahead of the player
                await caller.until("response.output_audio.delta")

            await caller.speak(read("lj_LJ001-0002"))
            await caller.until("input_audio_buffer.speech_started")
            done = (await caller.until("response.done")).response
            assert (done.status, done.status_details.reason) == ("cancelled", "turn_detected")
            await caller.connection.conversation.item.truncate(
                item_id=item_id, content_index=0, audio_end_ms=played_ms
            )
            await caller.until("conversation.item.truncated")
            await caller.fall_silent()
            assert (await caller.until("response.done")).response.status == "completed"

        asked = [each.body["messages"] for each in mind.requests if each.method == "POST"]
    (remembered,) = [each["content"] for each in asked[1] if each["role"] == "assistant"]
    assert remembered == begun_within(words, played_ms).strip()
    assert 3 < len(remembered.split()) < len(words) / 2


def begun_within(words: list[str], heard_ms: int) -> str:
    """The words that the fake voice has begun to say by then."""
    begins = accumulate((MS_PER_CHARACTER * len(word) for word in words), initial=0)
    return "".join(word for word, begin in zip(words, begins, strict=False) if begin < heard_ms)
