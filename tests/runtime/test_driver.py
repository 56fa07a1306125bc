"""The driver in virtual time: whatever engines and clients do, the session goes on."""

import asyncio
import base64
import logging
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from client_double import LOUD, SILENT, ClientDouble, Endless, EngineDouble, conversation
from repartee.engines.fake import FakeModel, FakeRecognizer, FakeSynthesizer
from repartee.engines.protocols import Text
from repartee.protocol.beta import BETA
from repartee.protocol.config import Audio, AudioInput, AudioOutput, Pcmu, ServerVad
from repartee.protocol.prompt import Message, Prompt
from repartee.runtime.accounting import Account
from repartee.session.bounds import Bounds
from repartee.speech.codec import encode
from repartee.speech.patience import Patience
from repartee.usage.record import UsageRecord
from virtual_time import VirtualLoop, run

TEXT_ONLY = {"output_modalities": ["text"]}


async def _answered(client: ClientDouble, count: int = 1) -> dict[str, Any]:
    done: dict[str, Any] = (await client.until("response.done", count))["response"]
    return done


def test_a_spoken_turn_is_answered() -> None:
    async def play() -> None:
        async with conversation() as client:
            client.speak()
            response = await _answered(client)
            assert response["status"] == "completed"
            assert any(e["type"] == "response.output_audio.delta" for e in client.events)

    run(play())


def test_nothing_overtakes_sound_that_was_sent_before_it() -> None:
    """A commit right after an append commits all of it, though frames wait to be judged."""

    async def play() -> None:
        async with conversation() as client:
            client.append(LOUD * 10 + LOUD[:100])
            client.say("input_audio_buffer.commit")
            item_id = (await client.until("input_audio_buffer.committed"))["item_id"]
            client.say("conversation.item.retrieve", item_id=item_id)
            item = (await client.until("conversation.item.retrieved"))["item"]
            assert len(item["content"][0]["audio"]) == (1536 * 10 + 100 + 2) // 3 * 4

    run(play())


def test_sound_of_a_telephone_is_taken_as_it_comes() -> None:
    """B023, B054: its bytes may be odd in number, and their cap is that of the sound."""

    async def play() -> None:
        async with conversation() as client:
            audio = {"input": {"format": {"type": "audio/pcmu"}}}
            client.say("session.update", session={"type": "realtime", "audio": audio})
            client.append(bytes(801))
            client.say("input_audio_buffer.commit")
            item_id = (await client.until("input_audio_buffer.committed"))["item_id"]
            client.say("conversation.item.retrieve", item_id=item_id)
            item = (await client.until("conversation.item.retrieved"))["item"]
            assert len(item["content"][0]["audio"]) == 801 // 3 * 4
            for _ in range(3):
                client.append(bytes(1_000_000))
            assert (await client.until("error"))["error"]["param"] == "audio"
            client.violations.clear()

    run(play())


def test_cancelling_stops_the_engines() -> None:
    async def play() -> None:
        mind = Endless()
        async with conversation(EngineDouble(mind=mind)) as client:
            client.say("response.create")
            await client.until("response.output_audio.delta")
            client.say("response.cancel")
            response = await _answered(client)
            await asyncio.sleep(0.1)
            assert mind.stopped
            said = len(client.events)
            await asyncio.sleep(1)
            assert len(client.events) == said
            assert response["status_details"] == {
                "type": "cancelled",
                "reason": "client_cancelled",
            }

    run(play())


def test_speech_interrupts_an_answer() -> None:
    async def play() -> None:
        mind = Endless()
        async with conversation(EngineDouble(mind=mind)) as client:
            client.say("response.create")
            await client.until("response.output_audio.delta")
            client.append(LOUD * 3)
            response = await _answered(client)
            assert response["status_details"]["reason"] == "turn_detected"
            await asyncio.sleep(0.1)
            assert mind.stopped

    run(play())


@pytest.mark.parametrize("fault", ["before", "middle", "hang", "empty"])
def test_a_failing_model_fails_the_response_and_nothing_else(fault: Any) -> None:
    async def play() -> None:
        engines = EngineDouble(mind=FakeModel(fault=fault))
        async with conversation(engines) as client:
            client.say("response.create", response=TEXT_ONLY)
            response = await _answered(client)
            assert response["status"] == "failed"
            assert response["status_details"]["error"]["message"]
            engines.mind = FakeModel()
            client.say("response.create", response=TEXT_ONLY)
            assert (await _answered(client, 2))["status"] == "completed"

    run(play())


@pytest.mark.parametrize("fault", ["before", "middle", "hang", "empty"])
def test_a_failing_voice_fails_the_response_and_nothing_else(fault: Any) -> None:
    async def play() -> None:
        engines = EngineDouble(voice=FakeSynthesizer(fault=fault))
        async with conversation(engines) as client:
            client.say("response.create")
            response = await _answered(client)
            assert response["status"] == "failed"
            engines.voice = FakeSynthesizer()
            client.say("response.create")
            assert (await _answered(client, 2))["status"] == "completed"

    run(play())


@pytest.mark.parametrize("fault", ["before", "hang"])
def test_failing_ears_fail_the_transcription_and_the_answer(fault: Any) -> None:
    async def play() -> None:
        engines = EngineDouble(ears=FakeRecognizer(fault=fault))
        async with conversation(engines) as client:
            audio = {"input": {"transcription": {"model": "any"}}}
            client.say("session.update", session={"type": "realtime", "audio": audio})
            client.speak()
            await client.until("conversation.item.input_audio_transcription.failed")
            assert (await _answered(client))["status"] == "failed"
            engines.ears = FakeRecognizer()
            client.speak()
            assert (await _answered(client, 2))["status"] == "completed"

    run(play())


class Broken:
    """Ears with a bug of their own."""

    rate = 16_000

    def recognize(self, audio: Any, hints: Any) -> Any:
        raise ZeroDivisionError("secret words")


def test_a_bug_in_an_engine_is_logged_and_told_without_details(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def play() -> None:
        async with conversation(EngineDouble(ears=Broken())) as client:
            client.speak()
            response = await _answered(client)
            assert response["status"] == "failed"
            assert "secret" not in response["status_details"]["error"]["message"]

    with caplog.at_level(logging.ERROR):
        run(play())
    assert "engine failed" in caplog.text


def test_a_slow_client_slows_the_engines_but_not_its_own_words() -> None:
    async def play() -> None:
        async with conversation(EngineDouble(mind=Endless())) as client:
            client.taking.clear()
            client.say("response.create", response=TEXT_ONLY)
            await client.until("response.output_text.delta")
            said = len(client.events)
            await asyncio.sleep(1)
            assert len(client.events) == said
            client.say("response.cancel")
            assert (await _answered(client))["status"] == "cancelled"

    run(play())


def test_messages_that_are_no_events_are_answered_and_change_nothing() -> None:
    async def play() -> None:
        async with conversation() as client:
            for message in (b"", b"[]", b"7", b"nope", b"\xff\xfe", b'{"type": 1}', b"[" * 100_000):
                client.say_raw(message)
            client.say_binary()
            assert len([e for e in client.events if e["type"] == "error"]) == 8
            client.violations.clear()  # the referee did not see what was sent
            client.say("response.create", response=TEXT_ONLY)
            assert (await _answered(client))["status"] == "completed"
            client.violations.clear()

    run(play())


def test_a_session_ends_at_its_age() -> None:
    async def play() -> None:
        async with conversation(bounds=Bounds(minutes=1)) as client:
            await asyncio.sleep(59)
            assert client.closed_with is None
            await asyncio.sleep(2)
            assert client.closed_with is not None
            assert client.closed_with[0] == 1001
            assert client.events[-1]["error"]["code"] == "session_expired"

    run(play())


class Remembering:
    """A model that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Prompt] = []

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Text, None]:
        self.asked.append(prompt)
        yield Text("One two three four five six seven eight nine ten.")


def test_the_model_is_told_what_was_heard() -> None:
    async def play() -> None:
        mind = Remembering()
        async with conversation(EngineDouble(mind=mind)) as client:
            client.say("response.create")
            done = await client.until("response.output_item.done")
            await _answered(client)
            client.say(
                "conversation.item.truncate",
                item_id=done["item"]["id"],
                content_index=0,
                audio_end_ms=500,
            )
            await client.until("conversation.item.truncated")
            client.say("response.create")
            await _answered(client, 2)
            heard = mind.asked[1].lines[-1]
            assert isinstance(heard, Message)
            assert heard.text
            assert "One two three four five six seven eight nine ten.".startswith(heard.text)
            assert len(heard.text) < 20

    run(play())


def test_a_fault_of_our_own_closes_the_connection(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with conversation() as client:
            monkeypatch.setattr("repartee.session.session.Session._obey", lambda *_: 1 / 0)
            client.say("input_audio_buffer.clear")
            assert client.closed_with == (1011, "internal error")
            monkeypatch.undo()
            said = len(client.events)
            client.say_raw(b'{"type": "input_audio_buffer.clear"}')
            assert len(client.events) == said

    run(play())
    assert "session failed" in caplog.text


def test_a_quiet_patience_is_no_failure() -> None:
    """A voice owes nothing while the model thinks."""

    async def play() -> None:
        engines = EngineDouble(mind=FakeModel(pace_ms=3000))
        patience = Patience(mind_s=5, voice_s=1)
        async with conversation(engines, patience=patience) as client:
            client.say("response.create")
            assert (await _answered(client))["status"] == "completed"

    run(play())


def test_minutes_of_sound_in_one_message_keep_their_order() -> None:
    """What follows waits until most of it was judged, and nothing of it is lost."""

    async def play() -> None:
        async with conversation() as client:
            client.append(SILENT * 5000)
            client.append(LOUD * 20)
            client.say("input_audio_buffer.commit")
            client.say("response.create", response=TEXT_ONLY)
            assert not any(e["type"] == "response.created" for e in client.events)
            await client.until("response.created")
            kinds = [event["type"] for event in client.events]
            assert kinds.index("input_audio_buffer.speech_started") < kinds.index(
                "input_audio_buffer.committed"
            )
            await _answered(client)

    run(play())


def test_more_sound_than_can_wait_is_refused() -> None:
    async def play() -> None:
        async with conversation() as client:
            for _ in range(4):
                client.append(SILENT * 3000)
            refused = await client.until("error")
            assert refused["error"]["param"] == "audio"
            client.violations.clear()

    run(play())


def test_work_that_is_stopped_before_it_begins_leaves_nothing_behind() -> None:
    async def play() -> None:
        async with conversation() as client:
            client.say("response.create", response=TEXT_ONLY)
            client.say("response.cancel")
            assert (await _answered(client))["status"] == "cancelled"
            client.say("response.create", response=TEXT_ONLY)
            assert (await _answered(client, 2))["status"] == "completed"

    run(play())


def test_a_binary_frame_is_answered_in_its_turn() -> None:
    async def play() -> None:
        async with conversation() as client:
            client.append(SILENT * 500)
            client.say_raw(b'{"type": "input_audio_buffer.clear", "event_id": "first"}')
            client.say_binary()
            kinds = [event["type"] for event in client.events]
            assert kinds[-2:] == ["input_audio_buffer.cleared", "error"]
            client.violations.clear()  # the referee did not see what was sent

    run(play())


def test_a_user_who_says_nothing_is_spoken_to() -> None:
    """The timer of the session's deadline, in a session that hears nothing at all."""

    async def play() -> None:
        vad = ServerVad(idle_timeout_ms=5000)
        async with conversation(audio=Audio(AudioInput(turn_detection=vad))) as client:
            client.say("response.create", response=TEXT_ONLY)
            await _answered(client)
            done = asyncio.get_running_loop().time()
            await client.until("input_audio_buffer.timeout_triggered")
            assert asyncio.get_running_loop().time() - done == pytest.approx(5)
            assert (await _answered(client, 2))["status"] == "completed"

    run(play())


def test_telephone_sound_is_heard_spoken_and_shown() -> None:
    async def play() -> None:
        law = Pcmu()
        async with conversation(audio=Audio(AudioInput(law), AudioOutput(law))) as client:
            client.append(encode(LOUD * 10 + SILENT * 20, "audio/pcmu"))
            assert (await _answered(client))["audio"]["output"]["format"] == {"type": "audio/pcmu"}
            delta = await client.until("response.output_audio.delta")
            assert len(base64.b64decode(delta["delta"])) > 100
            item_id = (await client.until("input_audio_buffer.committed"))["item_id"]
            client.say("conversation.item.retrieve", item_id=item_id)
            item = (await client.until("conversation.item.retrieved"))["item"]
            sound = base64.b64decode(item["content"][0]["audio"])
            stopped = await client.until("input_audio_buffer.speech_stopped")
            assert len(sound) == stopped["audio_end_ms"] * 8

    run(play())


def test_another_dialect_is_spoken_both_ways() -> None:
    async def play() -> None:
        async with conversation(dialect=BETA, temperature=0.8) as client:
            client.say("response.create", response={"modalities": ["text"]})
            await client.until("response.text.delta")
            assert (await _answered(client))["modalities"] == ["text"]
            assert [event["type"] for event in client.events[:2]] == [
                "session.created",
                "conversation.created",
            ]

    run(play())


def _settle(kept: asyncio.Future[None]) -> None:
    if not kept.done():
        kept.set_result(None)


class SlowLedger:
    """A recorder that takes so long to keep a record; None: for ever."""

    def __init__(self, delay_s: float | None = 0.0, *, degraded: bool = False) -> None:
        self.delay_s, self.degraded = delay_s, degraded
        self.records: list[UsageRecord] = []
        self.asked = asyncio.Event()
        self.late = 0

    def keep(self, record: UsageRecord) -> asyncio.Future[None] | None:
        self.records.append(record)
        self.asked.set()
        if self.degraded:
            return None
        loop = asyncio.get_running_loop()
        kept = loop.create_future()
        if self.delay_s is not None:
            loop.call_later(self.delay_s, _settle, kept)
        return kept

    def count_late(self) -> None:
        self.late += 1

    def account(self) -> Account:
        return Account(
            self, session_id="sess_1", key_id="key_1", dialect="ga", counter="characters"
        )


TAIL = [
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "conversation.item.done",
    "response.done",
]


@pytest.mark.parametrize(
    ("ledger", "held_s", "late"),
    [
        (SlowLedger(0.0), 0.0, 0),
        (SlowLedger(0.03), 0.03, 0),
        (SlowLedger(10.0), 0.05, 1),
        (SlowLedger(None), 0.05, 1),
        (SlowLedger(degraded=True), 0.0, 0),
    ],
    ids=["quick", "slow", "too slow", "never", "degraded"],
)
def test_the_tail_of_a_response_waits_for_its_record(
    ledger: SlowLedger, held_s: float, late: int
) -> None:
    async def play() -> None:
        async with conversation(account=ledger.account()) as client:
            client.say("response.create", response=TEXT_ONLY)
            await ledger.asked.wait()
            before = len(client.events)
            asked = asyncio.get_running_loop().time()
            if held_s:
                assert client.events[-1]["type"] == "response.output_text.delta"
                await client.until("response.output_text.done")
                assert [event["type"] for event in client.events[before:]] == TAIL
            await _answered(client)
            assert asyncio.get_running_loop().time() - asked == pytest.approx(held_s, abs=0.0015)
            assert ledger.late == late
            (record,) = ledger.records
            assert (record.kind, record.status, record.key_id) == ("response", "completed", "key_1")

    run(play())


def test_a_response_may_be_asked_for_while_the_tail_of_the_last_one_waits() -> None:
    """Its first events come after that tail."""

    async def play() -> None:
        ledger = SlowLedger(0.03)
        async with conversation(account=ledger.account()) as client:
            client.say("response.create", response=TEXT_ONLY)
            await ledger.asked.wait()
            assert "response.done" not in {event["type"] for event in client.events}
            client.say("response.create", response=TEXT_ONLY)
            await _answered(client, 2)
            kinds = [event["type"] for event in client.events]
            assert "error" not in kinds
            first_done = kinds.index("response.done")
            assert kinds[first_done - 4 : first_done + 2] == [*TAIL, "response.created"]

    run(play())


def test_speech_that_interrupts_is_told_before_the_record_is_kept() -> None:
    async def play() -> None:
        ledger = SlowLedger(None)
        async with conversation(EngineDouble(mind=Endless()), account=ledger.account()) as client:
            client.say("response.create")
            await client.until("response.output_audio.delta")
            client.append(LOUD * 3)
            spoke = asyncio.get_running_loop().time()
            await client.until("input_audio_buffer.speech_started")
            assert asyncio.get_running_loop().time() - spoke < 0.05
            assert "response.done" not in {event["type"] for event in client.events}
            assert (await _answered(client))["status"] == "cancelled"

    run(play())


def test_a_transcript_waits_for_its_record_and_the_answer_follows_it() -> None:
    async def play() -> None:
        ledger = SlowLedger(0.03)
        async with conversation(account=ledger.account()) as client:
            audio = {"input": {"transcription": {"model": "any"}}}
            client.say("session.update", session={"type": "realtime", "audio": audio})
            client.speak()
            await _answered(client)
            assert [record.kind for record in ledger.records] == ["transcription", "response"]
            assert ledger.records[0].audio_s > 0

    run(play())


def test_what_an_answer_cost_is_kept_when_its_client_goes_away() -> None:
    async def play() -> None:
        ledger = SlowLedger(None)
        async with conversation(EngineDouble(mind=Endless()), account=ledger.account()) as client:
            client.say("response.create")
            await client.until("response.output_audio.delta")
        (record,) = ledger.records
        assert (record.kind, record.status) == ("response", "cancelled")
        assert record.output_text_tokens > 0
        assert ledger.late == 0

    run(play())


def test_a_session_that_is_too_old_is_closed_after_its_last_words() -> None:
    async def play() -> None:
        ledger = SlowLedger(None)
        engines = EngineDouble(mind=Endless())
        bounds = Bounds(minutes=1)
        async with conversation(engines, bounds=bounds, account=ledger.account()) as client:
            await asyncio.sleep(59)
            client.say("response.create")
            await asyncio.sleep(1.01)
            assert client.closed_with is None
            await asyncio.sleep(1)
            assert client.closed_with is not None
            assert [event["type"] for event in client.events[-2:]] == ["response.done", "error"]

    run(play())


def test_a_record_of_which_the_client_is_told_nothing_holds_nothing_up() -> None:
    async def play() -> None:
        ledger = SlowLedger(None)
        async with conversation(account=ledger.account()) as client:
            client.speak()
            await _answered(client)
            assert [record.kind for record in ledger.records] == ["transcription", "response"]
            assert ledger.late == 1  # the response

    run(play())


def test_who_goes_away_while_a_tail_waits_is_not_told_late() -> None:
    async def play() -> None:
        ledger = SlowLedger(None)
        async with conversation(account=ledger.account()) as client:
            client.say("response.create", response=TEXT_ONLY)
            await ledger.asked.wait()
            said = len(client.events)
        await asyncio.sleep(1)
        assert (ledger.late, len(client.events)) == (0, said)

    run(play())


class Keeper(FakeModel):
    """A model that keeps something for each session."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []
        self.forgotten: list[str] = []

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Any, None]:
        self.kept.append(prompt.session)
        async for result in super().reply(prompt):
            yield result

    def forget(self, session: str) -> None:
        self.forgotten.append(session)


def test_a_model_learns_that_a_session_is_over() -> None:
    mind = Keeper()

    async def play() -> None:
        async with conversation(EngineDouble(mind=mind)) as client:
            client.say("response.create", response=TEXT_ONLY)
            await _answered(client)
            assert mind.forgotten == []

    run(play())
    assert mind.forgotten == mind.kept == ["sess_1"]


def test_a_timer_need_not_tell_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvloop gives a handle without a time for what is due within a millisecond."""
    at: Any = VirtualLoop.call_at

    def call_at(loop: VirtualLoop, when: float, callback: Any, *given: Any, **named: Any) -> Any:
        handle = at(loop, when, callback, *given, **named)
        is_drivers = getattr(callback, "__name__", "") == "_tick"
        return SimpleNamespace(cancel=handle.cancel) if is_drivers else handle

    async def play() -> None:
        async with conversation() as client:
            client.say("input_audio_buffer.clear")
            await client.until("input_audio_buffer.cleared")
            assert client.closed_with is None

    monkeypatch.setattr(VirtualLoop, "call_at", call_at)
    run(play())
