"""What a journal tells of whole sessions, in virtual time, and of steps one by one."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from client_double import LOUD, SILENT, ClientDouble, Endless, EngineDouble, conversation
from repartee.engines.fake import FakeModel, FakeRecognizer, FakeSynthesizer
from repartee.engines.protocols import Text
from repartee.protocol.call import OutputBufferStarted
from repartee.protocol.client import ClientEvent, ConversationItemCreate
from repartee.protocol.config import Audio, AudioInput, Pcm, Pcmu, ServerVad
from repartee.protocol.items import FunctionCallOutput
from repartee.protocol.prompt import Prompt
from repartee.protocol.server import (
    ArgumentsDone,
    ConversationItemTruncated,
    OutputAudioDelta,
    ResponseAudio,
    ResponseBody,
    ResponseCreated,
    ResponseDone,
    ResponseOutput,
    SpeechStarted,
    SpeechStopped,
)
from repartee.runtime.watching import Ending, Step
from repartee.session.bounds import Bounds
from repartee.session.commands import Play, Record, Reply
from repartee.session.inputs import Input, Said, Sounded
from repartee.session.outbox import Output
from repartee.telemetry.facts import (
    Answered,
    Began,
    Ended,
    Failure,
    FirstSounded,
    Interrupted,
    Recognized,
    Staged,
    Stopped,
    Told,
    ToolAnswered,
)
from repartee.telemetry.journal import Counts
from telemetry.watched import Notes, journal
from virtual_time import run

FRAME_S = 0.032
TOOL = {"type": "function", "name": "act", "parameters": {"type": "object"}}


class Slow:
    """A model that waits for 300 ms, and says one word."""

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Text, None]:
        await asyncio.sleep(0.3)
        yield Text("Yes.")


class Hoarse(FakeSynthesizer):
    """A voice that clears its throat for 200 ms."""

    async def speak(self, text, voice):  # type: ignore[no-untyped-def]
        await asyncio.sleep(0.2)
        async for speech in super().speak(text, voice):
            yield speech


async def speak(client: ClientDouble, loud: int = 10, silent: int = 20) -> None:
    """A spoken turn as it comes from a microphone."""
    for frame in [LOUD] * loud + [SILENT] * silent:
        client.append(frame)
        await asyncio.sleep(FRAME_S)


def test_a_spoken_turn_is_told_with_its_times() -> None:
    notes, counts = Notes(), Counts()

    async def play() -> None:
        engines = EngineDouble(mind=Slow(), voice=Hoarse())
        async with conversation(engines, watchers=[journal(notes, counts)]) as client:
            await speak(client)
            await client.until("response.done")

    run(play())
    stages = {fact.stage: fact.seconds for fact in notes.of(Staged)}
    assert stages["vad"] == pytest.approx(0.5, abs=2 * FRAME_S)
    assert stages["asr"] == 0
    assert stages["llm_ttft"] == pytest.approx(0.3)
    assert stages["tts_ttfb"] == pytest.approx(0.2)
    (first,), (answered,) = notes.of(FirstSounded), notes.of(Answered)
    assert first.seconds == pytest.approx(0.5)
    assert answered.first_sound_s == first.seconds
    assert (answered.outcome, answered.code, answered.stages) == ("completed", None, stages)
    assert answered.lead_s == pytest.approx(4 * 0.06)
    assert answered.usage is not None
    (recognized,) = notes.of(Recognized)
    assert recognized.item == answered.item
    assert isinstance(notes.facts[0], Began)
    (ended,) = notes.of(Ended)
    assert ended.ending == Ending(1000, "client")
    assert ended.responses == 1
    assert ended.heard_s == pytest.approx(30 * FRAME_S)
    assert ended.said_s == pytest.approx(4 * 0.06)
    assert (counts.heard_bytes, counts.said_s) == (30 * 1536, ended.said_s)
    assert {*counts.inflight.values()} == {0}


def test_an_answer_that_was_begun_early_has_its_stages_all_the_same() -> None:
    notes = Notes()
    bounds = Bounds(guesses=True, foresees=True)

    async def play() -> None:
        engines = EngineDouble(mind=Slow())
        async with conversation(engines, bounds=bounds, watchers=[journal(notes)]) as client:
            await speak(client)
            await client.until("response.done")

    run(play())
    (answered,) = notes.of(Answered)
    assert answered.first_sound_s == 0
    assert answered.stages["llm_ttft"] == pytest.approx(0.3)


def test_an_interruption_and_how_long_engines_take_to_stop() -> None:
    notes, counts = Notes(), Counts()

    class Stubborn(Endless):
        async def reply(self, prompt: Prompt) -> AsyncGenerator[Text, None]:
            try:
                yield Text("On and on it goes. And on and on. ")
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.07)

    async def play() -> None:
        engines = EngineDouble(mind=Stubborn())
        async with conversation(engines, watchers=[journal(notes, counts)]) as client:
            await speak(client)
            await client.until("response.output_audio.delta")
            await speak(client, silent=0)
            item = (await client.until("response.output_item.done"))["item"]["id"]
            client.say("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=10)
            await client.until("conversation.item.truncated")
            assert counts.inflight == {"ears": 1, "mind": 0}

    run(play())
    assert len(notes.of(Interrupted)) == 1
    (answered,) = notes.of(Answered)
    assert (answered.outcome, answered.code) == ("cancelled", "turn_detected")
    assert 0.07 in [pytest.approx(fact.seconds) for fact in notes.of(Stopped)]
    assert {*counts.inflight.values()} == {0}


def test_an_answer_that_is_cut_short_while_it_is_played() -> None:
    notes = Notes()

    async def play() -> None:
        async with conversation(watchers=[journal(notes)]) as client:
            await speak(client)
            done = (await client.until("response.done"))["response"]
            item = done["output"][0]["id"]
            for heard_ms in (900, 800):
                client.say(
                    "conversation.item.truncate",
                    item_id=item,
                    content_index=0,
                    audio_end_ms=heard_ms,
                )
            await client.until("conversation.item.truncated", 2)

    run(play())
    assert len(notes.of(Interrupted)) == 1


def test_a_tool_and_its_output() -> None:
    notes = Notes()

    async def play() -> None:
        async with conversation(watchers=[journal(notes)]) as client:
            client.say("response.create", response={"tools": [TOOL], "tool_choice": "required"})
            call = (await client.until("response.done"))["response"]["output"][0]["call_id"]
            await asyncio.sleep(2)
            item = {"type": "function_call_output", "call_id": call, "output": "done"}
            client.say("conversation.item.create", item=item)
            await client.until("conversation.item.done", 2)

    run(play())
    assert notes.of(ToolAnswered) == [ToolAnswered("function", 2.0)]


@pytest.mark.parametrize(
    ("engines", "engine"),
    [
        (EngineDouble(ears=FakeRecognizer(fault="before")), "ears"),
        (EngineDouble(mind=FakeModel(fault="middle")), "mind"),
        (EngineDouble(voice=FakeSynthesizer(fault="empty")), "voice"),
    ],
    ids=["ears", "mind", "voice"],
)
def test_a_failure_is_told_of_the_engine_whose_it_is(engines: EngineDouble, engine: str) -> None:
    notes = Notes()

    async def play() -> None:
        async with conversation(engines, watchers=[journal(notes)]) as client:
            await speak(client)
            await client.until("response.done")

    run(play())
    (failure,) = notes.of(Failure)
    assert failure.engine == engine
    (answered,) = notes.of(Answered)
    assert (answered.outcome, answered.code) == ("failed", failure.code)


def test_errors_that_the_client_is_told() -> None:
    notes = Notes()

    async def play() -> None:
        async with conversation(watchers=[journal(notes)]) as client:
            client.say("input_audio_buffer.commit")
            await client.until("error")

    run(play())
    assert notes.of(Told) == [Told("input_audio_buffer_commit_empty")]


def test_a_session_that_is_too_old() -> None:
    notes = Notes()

    async def play() -> None:
        bounds = Bounds(minutes=0.5)
        async with conversation(bounds=bounds, watchers=[journal(notes)]) as client:
            await client.until("error")

    run(play())
    (ended,) = notes.of(Ended)
    assert (ended.expired, ended.seconds) == (True, 30)


def test_sound_of_a_telephone_has_its_own_length() -> None:
    notes = Notes()

    async def play() -> None:
        audio = {"output": {"format": {"type": "audio/pcmu"}}}
        async with conversation(watchers=[journal(notes)]) as client:
            client.say("session.update", session={"type": "realtime", "audio": audio})
            await speak(client)
            await client.until("response.done")

    run(play())
    (ended,) = notes.of(Ended)
    assert ended.said_s == pytest.approx(58 * 0.06, abs=0.05)


def test_the_threshold_is_that_of_the_session() -> None:
    notes = Notes()

    async def play() -> None:
        input = AudioInput(format=Pcmu(), turn_detection=ServerVad(threshold=1.0))
        async with conversation(watchers=[journal(notes)], audio=Audio(input)) as client:
            client.append(LOUD)

    run(play())
    assert notes.of(Staged) == []


def test_recognition_that_nobody_is_at_is_not_measured() -> None:
    notes = Notes()

    async def play() -> None:
        bounds = Bounds(hears=True)
        watchers = [journal(notes, bounds=bounds)]
        async with conversation(bounds=bounds, watchers=watchers) as client:
            await speak(client)
            await client.until("response.done")

    run(play())
    assert notes.of(Recognized) == []
    assert {fact.stage for fact in notes.of(Staged)} == {"vad", "llm_ttft", "tts_ttfb"}


Happened = Output | Input | ClientEvent


def steps(*happened: tuple[float, Happened], bounds: Bounds | None = None) -> Notes:
    """What is told of events and outputs at these times."""
    notes = Notes()
    watching = journal(notes, bounds=bounds)
    watching.stepped(Step(None, [], 0.0))
    for now, each in happened:
        if isinstance(each, Output):
            watching.stepped(Step(None, [each], now))
        else:
            watching.stepped(Step(each, [], now))
    return notes


def body(number: int = 1) -> ResponseBody:
    output = ResponseOutput(format=Pcm(), voice="marin")
    return ResponseBody(
        id=f"resp_{number}",
        status="completed",
        output=[],
        conversation_id="conv_1",
        output_modalities=("audio",),
        max_output_tokens="inf",
        audio=ResponseAudio(output=output),
    )


def created(now: float, number: int = 1) -> tuple[float, Output]:
    return now, ResponseCreated(response=body(number))


def done(now: float, number: int = 1) -> tuple[float, Output]:
    return now, ResponseDone(response=body(number))


def sounded(now: float, ms: int, number: int = 1) -> tuple[float, Output]:
    delta = OutputAudioDelta(
        response_id=f"resp_{number}",
        item_id=f"item_of_{number}",
        output_index=0,
        content_index=0,
        delta=bytes(48 * ms),
    )
    return now, delta


def stopped(now: float, number: int = 1) -> tuple[float, Output]:
    return now, SpeechStopped(audio_end_ms=1, item_id=f"item_{number}")


def test_only_the_first_response_answers_the_turn() -> None:
    notes = steps(
        stopped(1.0), created(1.0), done(1.1), created(5.0, 2), sounded(6.0, 10, 2), done(6.0, 2)
    )
    assert notes.of(FirstSounded) == []
    assert [fact.item for fact in notes.of(Answered)] == ["item_1", None]


def test_the_lead_is_what_is_still_to_be_played() -> None:
    notes = steps(created(1.0), sounded(1.0, 500), sounded(1.1, 900), done(1.4))
    assert [fact.lead_s for fact in notes.of(Answered)] == [pytest.approx(1.0)]
    late = steps(created(1.0), sounded(1.0, 100), done(9.0))
    assert [fact.lead_s for fact in late.of(Answered)] == [0]
    silent = steps(created(1.0), done(1.4))
    assert [fact.lead_s for fact in silent.of(Answered)] == [None]


def test_words_that_come_late_are_told_of_their_own_turn() -> None:
    record = Record(kind="transcription", id="item_1", status="completed", duration_s=3)
    notes = steps(stopped(1.0), stopped(3.0, 2), created(3.0), (4.0, record), done(5.0))
    assert notes.of(Staged) == [Staged("asr", 3)]
    (answered,) = notes.of(Answered)
    assert (answered.item, answered.stages) == ("item_2", {})


def test_a_model_that_speaks_has_no_voice_beside_it() -> None:
    prompt = Prompt(instructions="", lines=())
    asked = Reply("resp_1", prompt, None)
    sound = Sounded("resp_1", b"\0\0", 1)
    for bounds, stages in ((Bounds(speaks=True), ["llm_ttft"]), (None, ["llm_ttft", "tts_ttfb"])):
        happened = ((1.0, asked), (1.5, Said("resp_1", "Yes.")), (2.0, sound))
        notes = steps(*happened, bounds=bounds)
        assert [fact.stage for fact in notes.of(Staged)] == stages
    first = steps((1.0, asked), (2.0, sound), (2.5, Said("resp_1", "Yes.")))
    assert first.of(Staged) == [Staged("llm_ttft", 1.0)]


def test_calls_that_nobody_answers_are_forgotten_in_the_end() -> None:
    def called(number: int) -> tuple[float, Output]:
        call = ArgumentsDone(
            response_id="resp_1",
            item_id="item_1",
            output_index=0,
            call_id=f"call_{number}",
            name="act",
            arguments="{}",
        )
        return 1.0, call

    def given(number: int) -> tuple[float, ClientEvent]:
        item = FunctionCallOutput(call_id=f"call_{number}", output="")
        return 2.0, ConversationItemCreate(item=item)

    notes = steps(*map(called, range(129)), given(0), given(1), given(1), given(128))
    assert notes.of(ToolAnswered) == [ToolAnswered("function", 1.0)] * 2


def test_in_a_call_sound_begins_when_it_is_played() -> None:
    notes = steps(
        stopped(1.0),
        created(1.0),
        (1.2, Play(bytes(4800))),
        (1.5, OutputBufferStarted(response_id="resp_1")),
    )
    assert notes.of(FirstSounded) == [FirstSounded(0.5)]


def test_a_turn_that_goes_on_is_not_answered() -> None:
    notes = steps(
        stopped(1.0),
        (2.0, SpeechStarted(audio_start_ms=1, item_id="item_2")),
        created(3.0),
        (3.5, OutputBufferStarted(response_id="resp_1")),
    )
    assert notes.of(FirstSounded) == []


def test_a_session_that_never_began_never_ends() -> None:
    notes = Notes()
    journal(notes).left(Step(None, [], 1.0))
    assert notes.facts == []


def test_what_is_cut_short_again_after_more_speech_counts_again() -> None:
    cut = ConversationItemTruncated(item_id="item_1", content_index=0, audio_end_ms=1)
    began = SpeechStarted(audio_start_ms=1, item_id="item_2")
    assert len(steps((1.0, cut), (1.1, cut), (2.0, began), (2.1, cut)).of(Interrupted)) == 2
