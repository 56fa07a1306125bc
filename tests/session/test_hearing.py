"""Turns become items, and their sound becomes words."""

from itertools import count
from typing import Any

import msgspec
import pytest

from repartee.protocol.config import Audio, AudioInput, Config, ServerVad, Transcription
from repartee.protocol.items import InputAudio, Message
from repartee.protocol.prompt import Hints
from repartee.protocol.server import ServerEvent
from repartee.session import turn
from repartee.session.bounds import estimate_tokens
from repartee.session.commands import Hear, Record, Settle, Transcribe
from repartee.session.conversation import Conversation, Entry
from repartee.session.hearing import Hearing
from repartee.session.inputs import Failed, Heard, Transcribed
from repartee.session.outbox import Outbox
from repartee.session.turn import Edge

FRAME = b"\1\0" * 768  # 32 ms
MANUAL = AudioInput(turn_detection=None)
SHOWN = AudioInput(turn_detection=None, transcription=Transcription(model="any"))
DETECTED = AudioInput(turn_detection=ServerVad(prefix_padding_ms=0, silence_duration_ms=64))
ITEM = "conversation.item."
DELTA, COMPLETED, FAILED = (
    f"{ITEM}input_audio_transcription.{ending}" for ending in ("delta", "completed", "failed")
)


def as_config(input: AudioInput) -> Config:
    return Config(audio=Audio(input))


class Told:
    """Hearing, and what it says and asks."""

    def __init__(self, config: AudioInput) -> None:
        numbers = count(1)
        self.outbox = Outbox(lambda prefix: f"{prefix}_{next(numbers)}")
        self.conversation = Conversation("conv_1")
        self.hearing = Hearing(as_config(config), self.conversation, self.outbox, estimate_tokens)
        self.records: list[Record] = []

    def drain(self) -> list[Any]:
        """What was said and asked; records are put aside."""
        outputs = self.outbox.drain()
        self.records += [output for output in outputs if isinstance(output, Record)]
        return [
            msgspec.json.decode(msgspec.json.encode(output))
            if isinstance(output, ServerEvent)
            else output
            for output in outputs
            if not isinstance(output, Record)
        ]

    def hear(self, speech: float | None = None, frames: int = 1) -> list[Any]:
        for _ in range(frames):
            if self.hearing.hear(Heard(FRAME, speech, "mine")) is Edge.STOPPED:
                self.hearing.stop()
        return self.drain()

    def commit(self) -> list[Any]:
        self.entry = self.hearing.commit_if_enough("mine")
        return self.drain()

    def learn(self, fact: Transcribed | Failed) -> list[Any]:
        self.settled = self.hearing.learn(fact)
        return self.drain()

    def committed(self) -> str:
        """A turn that was committed by hand: its item's id."""
        self.hear(frames=4)
        self.commit()
        assert self.entry is not None
        return self.entry.id


def kinds(outputs: list[Any]) -> list[str]:
    return [out["type"] if isinstance(out, dict) else type(out).__name__ for out in outputs]


def test_by_hand_the_first_sound_opens_the_item() -> None:
    """D4"""
    told = Told(MANUAL)
    (opened, heard) = told.hear()
    assert opened == Transcribe(opened.ref, Hints())
    assert heard == Hear(opened.ref, FRAME)
    assert told.hear() == [Hear(opened.ref, FRAME)]


def test_a_commit_makes_an_item_of_the_buffer() -> None:
    """B055, B056"""
    told = Told(MANUAL)
    told.hear(frames=4)
    settle, committed, added, done = told.commit()
    item_id = committed["item_id"]
    assert settle == Settle(item_id)
    assert committed["type"] == "input_audio_buffer.committed"
    assert (added["type"], done["type"]) == (f"{ITEM}added", f"{ITEM}done")
    assert committed["previous_item_id"] is None
    assert added["item"] == done["item"]
    assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    assert (added["item"]["status"], added["item"]["role"]) == ("completed", "user")
    assert told.entry is not None
    assert told.entry.audio == bytearray(FRAME * 4)
    assert told.entry.audio_ms == 128
    assert told.entry.awaited


def test_items_follow_one_another() -> None:
    """B055, B058"""
    told = Told(MANUAL)
    first = told.committed()
    told.hear(frames=4)
    assert told.commit()[1]["previous_item_id"] == first


@pytest.mark.parametrize(("samples", "refused"), [(0, True), (2399, True), (2400, False)])
def test_a_commit_needs_100_ms(samples: int, refused: bool) -> None:
    """B053, B054"""
    told = Told(MANUAL)
    if samples:
        told.hearing.hear(Heard(bytes(samples * 2)))
    told.drain()
    outputs = told.commit()
    assert (kinds(outputs) == ["error"]) is refused
    if refused:
        error = outputs[0]["error"]
        assert error["code"] == "input_audio_buffer_commit_empty"
        assert f"only has {samples / 24:.2f}ms of audio" in error["message"]
        assert error["event_id"] == "mine"


def test_speech_is_announced_and_recognised_from_its_padding_on() -> None:
    """B066, B067"""
    told = Told(AudioInput(turn_detection=ServerVad(prefix_padding_ms=64, silence_duration_ms=64)))
    assert told.hear(0.0, 10) == []
    opened, started, heard = told.hear(0.9)
    assert started["type"] == "input_audio_buffer.speech_started"
    assert (started["audio_start_ms"], started["item_id"]) == (320 - 64, opened.ref)
    assert heard == Hear(opened.ref, FRAME * 3)


def test_the_announced_item_is_the_committed_one() -> None:
    """B066, B068, B070"""
    told = Told(DETECTED)
    item_id = told.hear(0.9, 5)[0].ref
    stopped = told.hear(0.0, 2)[-1]
    assert (stopped["type"], stopped["audio_end_ms"], stopped["item_id"]) == (
        "input_audio_buffer.speech_stopped",
        7 * 32,
        item_id,
    )
    assert told.commit()[1]["item_id"] == item_id


def test_a_commit_of_silence_is_recognised_like_any() -> None:
    told = Told(DETECTED)
    told.hear(0.0, 10)
    opened, heard, settle, *_ = told.commit()
    assert (opened.ref, heard.ref, settle) == (heard.ref, opened.ref, Settle(opened.ref))
    assert heard.pcm == FRAME * 10


def test_a_clear_forgets_the_turn() -> None:
    """B061"""
    told = Told(MANUAL)
    item_id = told.hear()[0].ref
    told.hearing.clear()
    assert kinds(told.drain()) == ["Stop", "input_audio_buffer.cleared"]
    assert told.learn(Transcribed(item_id, "late", 4, True)) == []
    assert told.hear()[0].ref != item_id


def test_a_clear_of_nothing() -> None:
    told = Told(DETECTED)
    told.hearing.clear()
    assert kinds(told.drain()) == ["input_audio_buffer.cleared"]


@pytest.mark.parametrize(
    "fact", [Failed("", "engine_error", "It broke."), Transcribed("", "Hi.", 3, True)]
)
def test_nothing_more_is_asked_of_ears_that_are_done(fact: Transcribed | Failed) -> None:
    told = Told(MANUAL)
    item_id = told.hear()[0].ref
    told.learn(msgspec.structs.replace(fact, ref=item_id))
    assert told.hear() == []
    told.hearing.clear()
    assert kinds(told.drain()) == ["input_audio_buffer.cleared"]


def test_deltas_add_up_to_the_transcript() -> None:
    """B175"""
    told = Told(SHOWN)
    item_id = told.committed()
    first = told.learn(Transcribed(item_id, "Hello wor", stable=6))
    assert told.learn(Transcribed(item_id, "Hello word", stable=6)) == []
    *second, completed = told.learn(Transcribed(item_id, "Hello world.", 12, True))
    deltas = [event["delta"] for event in (*first, *second)]
    assert deltas == ["Hello ", "world."]
    assert completed["type"] == COMPLETED
    assert completed["transcript"] == "Hello world."
    assert completed["usage"] == {"type": "duration", "seconds": 0.128}
    assert told.settled is told.entry


def test_silence_completes_with_no_words() -> None:
    told = Told(SHOWN)
    (completed,) = told.learn(Transcribed(told.committed(), "", 0, True))
    assert (completed["type"], completed["transcript"]) == (COMPLETED, "")


def test_words_known_before_the_commit_are_told_after_it() -> None:
    told = Told(SHOWN)
    item_id = told.hear(frames=4)[0].ref
    assert told.learn(Transcribed(item_id, "Hello", stable=3)) == []
    assert kinds(told.commit())[-2:] == [f"{ITEM}done", DELTA]
    assert told.learn(Transcribed(item_id, "Hello.", 6, True))[0]["delta"] == "lo."


def test_a_transcript_known_before_the_commit_is_told_after_it() -> None:
    """B173"""
    told = Told(SHOWN)
    item_id = told.hear(frames=4)[0].ref
    told.learn(Transcribed(item_id, "Hello.", 6, True))
    assert kinds(told.commit())[-3:] == [f"{ITEM}done", DELTA, COMPLETED]
    assert told.entry is not None
    assert (told.entry.awaited, told.entry.transcript) == (False, "Hello.")


@pytest.mark.parametrize("early", [True, False], ids=["before the commit", "after it"])
def test_dead_ears(early: bool) -> None:
    """B173, B179"""
    told = Told(SHOWN)
    item_id = told.hear(frames=4)[0].ref
    outputs = [] if early else told.commit()
    outputs += told.learn(Failed(item_id, "engine_error", "It broke."))
    outputs += told.commit() if early else []
    assert outputs[-1]["type"] == FAILED
    assert outputs[-1]["error"] == {
        "type": "transcription_error",
        "code": "engine_error",
        "message": "It broke.",
    }
    assert told.entry is not None
    assert told.entry.failed is not None
    assert not told.entry.awaited


def test_dead_ears_are_told_to_who_asked_for_transcripts_alone() -> None:
    told = Told(MANUAL)
    assert told.learn(Failed(told.committed(), "engine_error", "It broke.")) == []
    assert told.settled is not None
    assert told.settled.failed is not None


def test_without_transcription_the_words_are_for_the_model_alone() -> None:
    told = Told(MANUAL)
    item_id = told.committed()
    assert told.learn(Transcribed(item_id, "Hello.", 6, True)) == []
    assert told.entry is not None
    assert told.entry.transcript == "Hello."
    assert isinstance(told.entry.item, Message)
    assert told.entry.item.content == [InputAudio()]


def test_a_transcript_that_was_shown_is_in_the_item() -> None:
    told = Told(SHOWN)
    told.learn(Transcribed(told.committed(), "Hello.", 6, True))
    assert told.entry is not None
    assert isinstance(told.entry.item, Message)
    assert told.entry.item.content == [InputAudio(transcript="Hello.")]


def test_strangers_tell_nothing() -> None:
    told = Told(SHOWN)
    assert told.learn(Transcribed("stranger", "Hello.", 6, True)) == []
    assert told.settled is None


def test_an_item_that_came_with_its_sound_is_recognised() -> None:
    told = Told(SHOWN)
    entry = Entry(Message(id="mine", role="user", content=[InputAudio()]))
    told.hearing.recognize(entry, FRAME, "audio/pcm")
    assert told.drain() == [Transcribe("asr_1", Hints()), Hear("asr_1", FRAME), Settle("asr_1")]
    assert entry.awaited
    assert told.learn(Transcribed("asr_1", "Hello.", 6, True)) == []
    assert (told.settled, entry.transcript, entry.audio_ms) == (entry, "Hello.", 32)


@pytest.mark.parametrize(
    ("asked", "hints"),
    [
        (None, Hints()),
        (Transcription(model="any"), Hints()),
        (Transcription(language="de", prompt="Names."), Hints("de", "Names.")),
        (Transcription(languages=["fr", "de"], keywords=["Ada"]), Hints("fr", None, ("Ada",))),
        (Transcription(language=None, languages=None, keywords=None, prompt=""), Hints()),
    ],
)
def test_hints(asked: Transcription | None, hints: Hints) -> None:
    told = Told(AudioInput(turn_detection=None, transcription=asked))
    assert told.hear()[0].hints == hints


def test_what_is_asked_for_in_mid_turn_holds_at_its_commit() -> None:
    """B049"""
    told = Told(MANUAL)
    item_id = told.hear(frames=4)[0].ref
    told.hearing.configure(as_config(SHOWN))
    told.commit()
    assert kinds(told.learn(Transcribed(item_id, "Hello.", 6, True))) == [DELTA, COMPLETED]


def test_a_full_buffer_by_hand_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "BUFFER_BYTES", 4 * len(FRAME))
    told = Told(MANUAL)
    told.hear(frames=4)
    (refused,) = told.hear()
    assert refused["error"]["param"] == "audio"
    assert refused["error"]["event_id"] == "mine"
    assert "full" in refused["error"]["message"]
    told.commit()
    assert told.entry is not None
    assert told.entry.audio == bytearray(FRAME * 4)


def test_a_buffer_never_holds_more_than_its_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "BUFFER_BYTES", 4 * len(FRAME))
    told = Told(MANUAL)
    told.hear(frames=3)
    told.hearing.hear(Heard(FRAME * 4))
    assert kinds(told.drain()) == ["error"]
    assert len(told.hearing.turn.buffer) == 3 * len(FRAME)


def test_a_full_buffer_ends_a_detected_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "BUFFER_BYTES", 5 * len(FRAME))
    told = Told(DETECTED)
    assert kinds(told.hear(0.9, 4)).count("input_audio_buffer.speech_stopped") == 0
    assert kinds(told.hear(0.9))[-1] == "input_audio_buffer.speech_stopped"


def test_a_buffer_full_of_what_nobody_committed_does_not_make_deaf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Filled by hand, then left to detection: the oldest goes, and speech is still noticed."""
    monkeypatch.setattr(turn, "BUFFER_BYTES", 5 * len(FRAME))
    told = Told(MANUAL)
    told.hear(frames=5)
    told.hearing.configure(as_config(DETECTED))
    assert "error" not in kinds(told.hear(0.0, 20))
    assert len(told.hearing.turn.buffer) == 5 * len(FRAME)
    assert kinds(told.hear(0.9))[0] == "input_audio_buffer.speech_started"


def test_the_sound_of_an_item_is_accounted_for_before_its_words_are_told() -> None:
    told = Told(SHOWN)
    told.outbox.now = 3.0
    item_id = told.committed()
    told.outbox.now = 3.5
    told.hearing.learn(Transcribed(item_id, "Hello.", 6, True))
    outputs = told.outbox.drain()
    assert [type(output).__name__ for output in outputs] == [
        "TranscriptionDelta",
        "Record",
        "TranscriptionCompleted",
    ]
    record = outputs[1]
    assert isinstance(record, Record)
    assert (record.kind, record.id, record.status) == ("transcription", item_id, "completed")
    assert (record.audio_s, record.duration_s, record.model) == (0.128, 0.5, "any")
    assert msgspec.to_builtins(record.usage) == {"type": "duration", "seconds": 0.128}


def test_sound_is_accounted_for_when_it_cannot_be_recognised() -> None:
    told = Told(SHOWN)
    told.learn(Failed(told.committed(), "engine_error", "It broke."))
    (record,) = told.records
    assert (record.status, record.audio_s, record.usage) == ("failed", 0.128, None)


def test_sound_is_accounted_for_whether_or_not_the_client_sees_its_words() -> None:
    told = Told(MANUAL)
    assert told.learn(Transcribed(told.committed(), "Hello.", 6, True)) == []
    (record,) = told.records
    assert (record.status, record.audio_s, record.usage) == ("completed", 0.128, None)
    assert record.model is None


def test_sound_whose_words_nobody_waits_for_is_accounted_for_all_the_same() -> None:
    told = Told(SHOWN)
    item_id = told.committed()
    told.hear(frames=4)  # goes on, and is no item yet
    told.hearing.abandon()
    assert told.drain() == []
    assert [(record.id, record.status) for record in told.records] == [(item_id, "cancelled")]
    assert told.learn(Transcribed(item_id, "Hello.", 6, True)) == []
    assert len(told.records) == 1


def test_what_is_cleared_costs_nothing() -> None:
    told = Told(MANUAL)
    told.hear(frames=4)
    told.hearing.clear()
    told.drain()
    assert told.records == []
