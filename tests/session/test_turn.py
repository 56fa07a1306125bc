"""The user's turn in media time: where speech begins and ends, and what is kept of it."""

from dataclasses import dataclass, field

import pytest

from repartee.protocol.audio import BUFFER_BYTES, size
from repartee.protocol.config import SemanticVad, ServerVad, TurnDetection
from repartee.session.turn import UNSPOKEN_MS, Detection, Edge, InputBuffer, Turn, detection

FRAME_MS = 32
FRAME = bytes(size(FRAME_MS))


@dataclass
class Listened:
    """A turn that hears frames, and the times (ms of sound) of its edges."""

    turn: Turn
    edges: list[tuple[str, int]] = field(default_factory=list)

    def hear(self, speech: float | None, frames: int = 1) -> None:
        for _ in range(frames):
            edge = self.turn.hear(FRAME, speech)
            if edge is Edge.STARTED:
                self.edges.append(("started", self.turn.start_ms))
                self.turn.open("item") if self.turn.item_id is None else None
            elif edge is Edge.STOPPED:
                self.edges.append(("stopped", self.turn.end_ms))
                self.turn.close()


def listened(vad: ServerVad | None) -> Listened:
    return Listened(Turn(vad))


def test_a_buffer_knows_where_it_stands() -> None:
    buffer = InputBuffer()
    buffer.write(b"abcdef")
    assert (buffer.start, buffer.end, len(buffer)) == (0, 6, 6)
    buffer.trim(2)
    buffer.trim(1)
    assert (buffer.start, buffer.end, buffer.since(0)) == (2, 6, b"cdef")
    assert buffer.since(4) == b"ef"
    assert buffer.take() == b"cdef"
    assert (buffer.start, buffer.end, len(buffer)) == (6, 6, 0)


def test_speech_starts_with_its_padding_and_stops_with_its_silence() -> None:
    """B067, B068"""
    heard = listened(ServerVad(prefix_padding_ms=96, silence_duration_ms=160))
    heard.hear(0.0, 10)
    heard.hear(0.9, 5)
    heard.hear(0.0, 5)
    assert heard.edges == [("started", 320 - 96), ("stopped", 640)]


def test_padding_does_not_reach_before_the_beginning() -> None:
    """B067"""
    heard = listened(ServerVad(prefix_padding_ms=300))
    heard.hear(0.9)
    assert heard.edges == [("started", 0)]


def test_padding_does_not_reach_into_the_last_turn() -> None:
    heard = listened(ServerVad(prefix_padding_ms=300, silence_duration_ms=64))
    heard.hear(0.9, 2)
    heard.hear(0.0, 2)
    heard.hear(0.9, 1)
    assert heard.edges[1:] == [("stopped", 128), ("started", 128)]


def test_the_sound_of_a_turn_begins_where_it_was_said_to() -> None:
    turn = Turn(ServerVad(prefix_padding_ms=64))
    for number in range(10):
        turn.hear(bytes([number]) * len(FRAME), 0.9 if number == 9 else 0.0)
    assert turn.start_ms == 320 - 32 - 64
    assert turn.close() == b"".join(bytes([number]) * len(FRAME) for number in (7, 8, 9))


def test_a_pause_does_not_end_the_turn() -> None:
    """B074"""
    heard = listened(ServerVad(silence_duration_ms=160))
    for _ in range(3):
        heard.hear(0.9)
        heard.hear(0.0, 4)
    assert heard.edges == [("started", 0)]
    heard.hear(0.0)
    assert heard.edges[1:] == [("stopped", 16 * FRAME_MS)]


def test_silence_never_starts_a_turn_and_is_not_kept() -> None:
    """B075"""
    heard = listened(ServerVad())
    heard.hear(0.0, 200)
    assert heard.edges == []
    assert len(heard.turn.buffer) == size(UNSPOKEN_MS)
    assert heard.turn.end_ms == 200 * FRAME_MS


def test_as_much_silence_is_kept_as_padding_wants() -> None:
    heard = listened(ServerVad(prefix_padding_ms=5_000))
    heard.hear(0.0, 200)
    heard.hear(0.9)
    assert heard.edges == [("started", 200 * FRAME_MS - 5_000)]


@pytest.mark.parametrize("prefix_ms", [300, 8_000])
def test_as_much_silence_is_kept_as_may_become_a_turn(prefix_ms: int) -> None:
    """B079"""
    heard = listened(ServerVad(prefix_padding_ms=prefix_ms, idle_timeout_ms=5_000))
    heard.hear(0.0, 300)
    heard.turn.quieten("item_1", 5_000)
    assert (heard.turn.start_ms, heard.turn.end_ms) == (300 * FRAME_MS - 5_000, 300 * FRAME_MS)
    assert len(heard.turn.close()) == size(5_000)
    heard.hear(0.0)
    heard.turn.quieten("item_2", 5_000)
    assert heard.turn.start_ms == 300 * FRAME_MS, "nothing is in two turns"


def test_a_turn_by_hand_begins_where_its_sound_does() -> None:
    heard = listened(ServerVad(prefix_padding_ms=0, silence_duration_ms=32))
    heard.hear(0.9)
    heard.hear(0.0, 10)
    heard.turn.detect(None)
    heard.hear(None)
    heard.turn.open("item_2")
    assert heard.turn.start_ms == 2 * FRAME_MS


@pytest.mark.parametrize(
    ("vad", "found"),
    [
        (None, None),
        (ServerVad(0.7, 100, 200), Detection(0.7, 100, 200)),
        (SemanticVad(), Detection(0.5, 300, 1000, "auto")),
        (SemanticVad("medium"), Detection(0.5, 300, 1000, "medium")),
        (SemanticVad("low"), Detection(0.5, 300, 2000, "low")),
        (SemanticVad("high"), Detection(0.5, 300, 500, "high")),
    ],
)
def test_what_a_kind_of_detection_comes_to(
    vad: TurnDetection | None, found: Detection | None
) -> None:
    assert detection(vad) == found


def test_offsets_count_all_sound_of_the_session() -> None:
    """B062: neither a commit nor a clear begins anew."""
    heard = listened(ServerVad(prefix_padding_ms=0, silence_duration_ms=64))
    for _ in range(2):
        heard.hear(0.0, 10)
        heard.hear(0.9, 2)
        heard.hear(0.0, 2)
    assert heard.edges == [
        ("started", 320),
        ("stopped", 448),
        ("started", 448 + 320),
        ("stopped", 896),
    ]


@pytest.mark.parametrize("vad", [None, ServerVad()], ids=["manual", "unjudged"])
def test_what_is_not_judged_has_no_edges_and_is_kept(vad: ServerVad | None) -> None:
    heard = listened(vad)
    heard.hear(None, 100)
    assert heard.edges == []
    assert len(heard.turn.buffer) == 100 * len(FRAME)


def test_a_turn_goes_on_when_its_rules_change() -> None:
    """B049"""
    heard = listened(ServerVad(silence_duration_ms=640))
    heard.hear(0.9, 5)
    heard.turn.detect(ServerVad(silence_duration_ms=64))
    heard.hear(0.0, 2)
    assert heard.edges == [("started", 0), ("stopped", 7 * FRAME_MS)]


def test_a_turn_begun_by_detection_goes_on_by_hand() -> None:
    heard = listened(ServerVad(silence_duration_ms=64))
    heard.hear(0.9, 5)
    heard.turn.detect(None)
    heard.hear(None, 50)
    assert heard.edges == [("started", 0)]
    assert heard.turn.speaking
    assert not heard.turn.detected
    assert len(heard.turn.close()) == 55 * len(FRAME)


def test_a_turn_begun_by_hand_is_ended_by_detection() -> None:
    turn = Turn(None)
    heard = Listened(turn)
    turn.open("mine")
    heard.hear(None, 20)
    turn.detect(ServerVad(prefix_padding_ms=64, silence_duration_ms=64))
    heard.hear(0.0, 100)
    heard.hear(0.9, 2)
    assert turn.item_id == "mine"
    assert heard.edges == [("started", 120 * FRAME_MS - 64)]
    assert len(turn.buffer) == 122 * len(FRAME)
    heard.hear(0.0, 2)
    assert heard.edges[1:] == [("stopped", 124 * FRAME_MS)]


def test_detection_waits_its_full_silence_after_it_was_switched_on_again() -> None:
    heard = listened(ServerVad(silence_duration_ms=64))
    heard.hear(0.9, 5)
    heard.turn.detect(None)
    heard.hear(None, 10)
    heard.turn.detect(ServerVad(silence_duration_ms=64))
    heard.hear(0.0, 1)
    assert heard.edges == [("started", 0)]
    heard.hear(0.0, 1)
    assert heard.edges[1:] == [("stopped", 17 * FRAME_MS)]


def test_the_recogniser_gets_every_byte_once() -> None:
    turn = Turn(ServerVad(prefix_padding_ms=32))
    turn.hear(FRAME, 0.0)
    turn.hear(b"\1" * len(FRAME), 0.0)
    turn.hear(b"\2" * len(FRAME), 0.9)
    turn.open("item")
    assert turn.unrecognized() == b"\1" * len(FRAME) + b"\2" * len(FRAME)
    assert turn.unrecognized() == b""
    turn.hear(b"\3" * len(FRAME), 0.9)
    assert turn.unrecognized() == b"\3" * len(FRAME)


def test_a_closed_turn_leaves_nothing() -> None:
    heard = listened(ServerVad())
    heard.hear(0.9, 3)
    assert len(heard.turn.close()) == 3 * len(FRAME)
    assert (heard.turn.item_id, heard.turn.announced, len(heard.turn.buffer)) == (None, False, 0)
    heard.hear(0.36)
    assert heard.edges == [("started", 0)]


def test_the_cap() -> None:
    turn = Turn(None)
    turn.hear(bytes(BUFFER_BYTES - 2), None)
    assert turn.has_room(b"\0\0")
    turn.hear(b"\0\0", None)
    assert not turn.has_room(b"\0\0")
