"""What a driver does with clients and models that know no measure."""

import asyncio
from typing import Any, cast

import pytest

from client_double import SILENT, Endless, EngineDouble, conversation
from repartee.protocol.audio import BUFFER_BYTES
from repartee.protocol.config import Audio, AudioInput, NoiseReduction
from repartee.session.bounds import Bounds
from repartee.session.caps import Caps
from repartee.session.session import Session
from virtual_time import VirtualLoop, run

TEXT_ONLY = {"output_modalities": ["text"]}


def test_an_event_that_is_too_long_is_not_read() -> None:
    """Attacks 46 and 58: the session goes on."""

    async def play() -> None:
        async with conversation() as client:
            long = {"type": "realtime", "instructions": "x" * 10_000_000}
            client.say("session.update", session=long, event_id="mine")
            error = (await client.until("error"))["error"]
            assert (error["code"], error["param"]) == ("invalid_value", None)
            assert error["event_id"] == "mine"
            client.say("response.create", response=TEXT_ONLY)
            assert (await client.until("response.done"))["response"]["status"] == "completed"

    run(play())


def test_an_operator_may_allow_longer_events() -> None:
    async def play() -> None:
        async with conversation(bounds=Bounds(caps=Caps(event_bytes=1_000_000))) as client:
            long = {"type": "realtime", "instructions": "é" * 150_000}
            client.say("session.update", session=long)
            await client.until("session.updated")

    run(play())


def test_a_message_of_a_million_members_is_not_read() -> None:
    """Attack 46: decoding it would hold up everybody for a second."""

    async def play() -> None:
        async with conversation() as client:
            members = ",".join(f'"{number}":{number}' for number in range(1_000_000))
            tool = f'{{"type":"function","name":"f","parameters":{{{members}}}}}'
            client.say_raw(f'{{"type":"response.create","response":{{"tools":[{tool}]}}}}'.encode())
            error = (await client.until("error"))["error"]
            assert error["message"] == "The message holds more than the 50000 JSON values allowed."
            client.violations.clear()  # the referee did not see what was sent

    run(play())


def test_a_model_that_heeds_no_limit_is_ended() -> None:
    """Attack 86."""

    async def play() -> None:
        mind = Endless()
        async with conversation(EngineDouble(mind=mind)) as client:
            client.say("response.create", response={**TEXT_ONLY, "max_output_tokens": 100})
            response = (await client.until("response.done"))["response"]
            assert response["status"] == "incomplete"
            assert response["status_details"] == {
                "type": "incomplete",
                "reason": "max_output_tokens",
            }
            assert mind.stopped
            assert 100 < len(response["output"][0]["content"][0]["text"]) / 4 < 280

    run(play())


def test_an_append_beyond_the_cap_is_refused_whole_and_once() -> None:
    """Its sound arrives in frames where noise is taken from it."""

    async def play() -> None:
        config = Audio(
            AudioInput(turn_detection=None, noise_reduction=NoiseReduction("near_field"))
        )
        async with conversation(audio=config) as client:
            client.append(bytes(BUFFER_BYTES - 48_000))
            client.append(bytes(2 * 48_000))
            client.append(bytes(48_000))
            client.say("input_audio_buffer.commit")
            item_id = (await client.until("input_audio_buffer.committed"))["item_id"]
            client.say("conversation.item.retrieve", item_id=item_id)
            item = (await client.until("conversation.item.retrieved"))["item"]
            assert len(item["content"][0]["audio"]) == BUFFER_BYTES * 4 // 3
            assert sum(event["type"] == "error" for event in client.events) == 1

    run(play())


def test_messages_that_had_to_wait_leave_others_their_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each takes a millisecond; of the event loop they get five at a time."""
    step = Session.step

    def slow_step(session: Session, event: Any, now: float) -> Any:
        cast(VirtualLoop, asyncio.get_running_loop()).spend(0.001)
        return step(session, event, now)

    async def play() -> None:
        async with conversation() as client:
            client.append(SILENT * 400)
            for number in range(100):
                client.say("response.cancel", event_id=f"mine_{number}")
            turns = 0
            await client.until("error")
            for _ in range(100):
                turns += sum(event["type"] == "error" for event in client.events) < 100
                await asyncio.sleep(0)
            told = [event["error"]["event_id"] for event in client.events if "error" in event]
            assert told == [f"mine_{number}" for number in range(100)]
            assert turns >= 15

    monkeypatch.setattr(Session, "step", slow_step)
    run(play())
