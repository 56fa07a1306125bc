"""What has been heard of the assistant's sound, in seconds of a clock that the tests turn."""

from itertools import count
from math import inf
from typing import Any

import pytest

from repartee.protocol.items import Message, OutputAudio
from repartee.session.commands import Hush, Play
from repartee.session.conversation import Conversation, Entry
from repartee.session.outbox import Outbox
from repartee.session.playback import Playback


class Told:
    """A playback, and what comes of it; `entry` is an item in the conversation, `aside` is not."""

    def __init__(self, *, paced: bool = True) -> None:
        numbers = count(1)
        self.outbox = Outbox(lambda prefix: f"{prefix}_{next(numbers)}")
        conversation = Conversation("conv_1")
        self.playback = Playback(conversation, self.outbox, paced=paced)
        self.entry, self.aside = (
            Entry(Message(id=name, role="assistant", content=[OutputAudio()]))
            for name in ("entry", "aside")
        )
        conversation.add(self.entry)

    def at(self, now: float) -> Playback:
        self.outbox.now = now
        return self.playback

    def sounds(self, now: float, ms: float, ref: str = "resp_1", *, aside: bool = False) -> None:
        entry = self.aside if aside else self.entry
        entry.sound(b"", ms, "")
        self.at(now).sounds(ref, entry, bytes(int(ms)), ms)

    def said(self) -> list[Any]:
        """Commands, and the types and members of events."""
        return [
            output
            if isinstance(output, Play | Hush)
            else (output.__struct_config__.tag, *_members(output))
            for output in self.outbox.drain()
        ]


def _members(event: Any) -> list[Any]:
    names = ("response_id", "item_id", "audio_end_ms")
    return [getattr(event, name) for name in names if hasattr(event, name)]


STARTED, STOPPED, CLEARED, TRUNCATED = (
    "output_audio_buffer.started",
    "output_audio_buffer.stopped",
    "output_audio_buffer.cleared",
    "conversation.item.truncated",
)


def test_sound_is_played_piece_after_piece() -> None:
    """B078: it comes faster than it plays."""
    told = Told(paced=False)
    assert told.playback.until == -inf
    told.sounds(10, 2_000)
    told.sounds(10.5, 3_000)
    assert told.playback.until == 15
    told.sounds(20, 500)
    assert told.playback.until == 20.5
    assert told.said() == []
    assert told.playback.deadline == inf


def test_who_stops_playing_has_played_it_all() -> None:
    told = Told(paced=False)
    told.sounds(10, 60_000)
    told.at(12).hush()
    assert told.playback.until == 12
    told.at(90).hush()
    assert told.playback.until == 12
    assert told.said() == []


def test_a_call_is_told_when_sound_begins_and_ends() -> None:
    """B150"""
    told = Told()
    told.sounds(1, 1_000)
    told.sounds(1.5, 500)
    assert told.said() == [(STARTED, "resp_1"), Play(bytes(1_000)), Play(bytes(500))]
    told.at(2.6).tick()
    assert told.playback.deadline == inf, "more may come"
    told.playback.completes("resp_1")
    told.at(2.7).tick()
    assert told.said() == [(STOPPED, "resp_1")]
    told.sounds(3, 100, "resp_2")
    told.playback.completes("resp_2")
    assert told.playback.deadline == pytest.approx(3.1)
    told.at(3.05).tick()
    assert told.said() == [(STARTED, "resp_2"), Play(bytes(100))]
    told.at(3.2).tick()
    assert told.said() == [(STOPPED, "resp_2")]
    assert told.playback.deadline == inf


def test_a_response_without_sound_is_no_matter() -> None:
    told = Told()
    told.playback.completes("resp_1")
    told.at(9).tick()
    assert told.said() == []


@pytest.mark.parametrize(("now", "heard_ms"), [(1.0, 0), (1.25, 250), (3.4, 1_400), (3.9, 1_900)])
def test_who_interrupts_has_heard_what_was_played(now: float, heard_ms: int) -> None:
    """B151: the gap between the two pieces was silence."""
    told = Told()
    told.sounds(1, 1_000)
    told.sounds(3, 1_000)
    told.said()
    told.at(now).hush()
    assert told.said() == [Hush(), (CLEARED, "resp_1"), (TRUNCATED, "entry", heard_ms)]
    assert told.entry.heard_ms == heard_ms
    told.sounds(5, 1_000)
    assert told.said() == [], "what comes late is not played"


def test_what_was_played_is_not_cut() -> None:
    told = Told()
    told.sounds(1, 1_000)
    told.said()
    told.at(2.1).hush()
    assert told.said() == []
    assert told.entry.heard_ms is None


def test_what_waits_behind_is_cut_too_and_an_item_beside_the_conversation_is_not_told() -> None:
    told = Told()
    told.sounds(1, 1_000)
    told.sounds(1, 1_000, "resp_2", aside=True)
    told.said()
    told.at(1.5).hush()
    assert told.said() == [
        Hush(),
        (CLEARED, "resp_1"),
        (CLEARED, "resp_2"),
        (TRUNCATED, "entry", 500),
    ]
    assert told.playback.until == 1.5


def test_the_pieces_of_a_long_answer_do_not_pile_up() -> None:
    told = Told()
    for _ in range(1_000):
        told.sounds(1, 125)
    assert len(told.playback._pieces) == 1


def test_nothing_is_kept_of_what_is_over() -> None:
    told = Told()
    told.sounds(1, 1_000)
    told.at(1.5).hush()
    assert told.playback._cleared == {"resp_1"}
    told.playback.completes("resp_1")
    told.sounds(2, 1_000, "resp_2", aside=True)
    told.playback.completes("resp_2")
    told.at(4).tick()
    assert not (told.playback._begun | told.playback._complete | told.playback._cleared)
    assert told.playback._pieces == []


def test_what_waits_behind_is_told_of_when_it_begins() -> None:
    """B150"""
    told = Told()
    told.sounds(1, 1_000)
    told.sounds(1, 1_000, "resp_2", aside=True)
    told.said()
    assert told.playback.deadline == 2
    told.at(2).tick()
    assert told.said() == [(STARTED, "resp_2")]
