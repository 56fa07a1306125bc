"""Sound as it should not be, judged by the real net in media time: sensible turns, nothing lost.

Every byte sent stands in a committed item, in the buffer, or was trimmed as silence.
"""

import gc
import sys
from types import FunctionType, ModuleType

import numpy as np
import pytest

from media_time import BYTES_PER_S, MediaTime
from microphone import Microphone, chunks, spoken_part
from recordings import RATE, Samples, read, resampled
from repartee.engines.fake import FakeVad
from repartee.engines.protocols import Frames
from repartee.engines.silero import SileroVad
from repartee.protocol.audio import BUFFER_BYTES, RETAINED_BYTES
from repartee.protocol.client import InputAudioBufferAppend, InputAudioBufferCommit
from repartee.protocol.config import Audio, AudioInput, SemanticVad, ServerVad
from repartee.protocol.server import InputAudioBufferCommitted, SpeechStarted, SpeechStopped
from repartee.session.turn import UNSPOKEN_MS
from repartee.speech.stream import FRAME_BYTES

PREFIX_MS, SILENCE_MS = 300, 500
SENTENCE = "ls_other_367-130732-0001"
MEGABYTE = 1024 * 1024

# The net's edge of speech against that of energy, in ms.
EARLY, LATE = -250, 350


class Certain:
    """Takes all sound but digital silence for speech."""

    state_size = 1

    def __call__(self, frames: Frames, states: Frames) -> tuple[Frames, Frames]:
        loud: Frames = np.any(frames, axis=1).astype(np.float32)
        return loud, states


def sentences(*begins_s: float, seconds: float) -> Microphone:
    """A room in which a sentence begins at each of these seconds."""
    room = Microphone(seconds)
    for begin in begins_s:
        room.speak(begin, spoken_part(read(SENTENCE)))
    return room


def listened(sound: Samples, samples: int | tuple[int, ...] = 480, pace: float = 1.0) -> MediaTime:
    """What comes of a sound that was sent in pieces of so many samples."""
    client = MediaTime(SileroVad(), pace=pace)
    for piece in chunks(sound, samples):
        client.append(piece)
    return client


def assert_nothing_lost(client: MediaTime, sound: Samples) -> None:
    """Items are, byte for byte, what was sent between their edges; what is between them is not
    heard twice, and only less than a frame waits."""
    sent = sound.tobytes()
    end = 0
    committed = [event.item_id for event in client.all(InputAudioBufferCommitted)]
    for item_id, (start_ms, end_ms) in zip(committed, client.turns, strict=True):
        begin = start_ms * BYTES_PER_S // 1000
        assert begin >= end
        end = end_ms * BYTES_PER_S // 1000
        assert client.items[item_id] == sent[begin:end]
    assert client.heard + client.listener.waiting == len(sent)
    assert client.listener.waiting < FRAME_BYTES
    assert client.errors == []


def assert_turns_are_those_spoken(client: MediaTime, room: Microphone) -> None:
    assert len(client.turns) == len(room.spoken)
    for (start, stop), truth in zip(client.turns, room.spoken, strict=True):
        assert EARLY < start + PREFIX_MS - truth.begin_ms < LATE
        assert EARLY < stop - SILENCE_MS - truth.end_ms < LATE


def held_bytes(*roots: object) -> int:
    """What these hold in memory, through whatever they refer to but code."""
    seen, size, left = set[int](), 0, list(roots)
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, type | FunctionType | ModuleType | MediaTime):
            continue
        seen.add(id(one))
        size += sys.getsizeof(one)
        left += gc.get_referents(one)
    return size


@pytest.mark.parametrize("share", [0.05, -0.2, 0.5])
def test_a_constant_on_top(share: float) -> None:
    room = sentences(1.0, 7.0, seconds=13.0)
    room.offset(share)
    client = listened(room.sound())
    assert_turns_are_those_spoken(client, room)
    assert_nothing_lost(client, room.sound())


@pytest.mark.parametrize("gain_db", [20, 30])
def test_clipped(gain_db: float) -> None:
    room = sentences(1.0, 7.0, seconds=13.0)
    room.overdrive(gain_db)
    client = listened(room.sound())
    assert_turns_are_those_spoken(client, room)
    assert_nothing_lost(client, room.sound())


@pytest.mark.parametrize("dbfs", [-70, -40, -20, -3])
@pytest.mark.parametrize("colour", ["white", "pink"])
def test_noise_is_nobodys_turn(dbfs: float, colour: str) -> None:
    room = Microphone(10.0)
    room.hiss(dbfs, "pink" if colour == "pink" else "white")
    client = listened(room.sound())
    assert client.turns == []
    assert client.all(SpeechStarted) == []
    assert_nothing_lost(client, room.sound())


def test_clicks_and_a_cough_in_silence() -> None:
    """They may be taken for speech, but not for long, and nothing of them sticks."""
    room = Microphone(8.0)
    for second in (1.0, 2.5):
        room.click(second)
    room.cough(4.0)
    client = listened(room.sound())
    assert len(client.all(SpeechStarted)) == len(client.all(SpeechStopped)) <= 1
    assert_nothing_lost(client, room.sound())


def test_gaps_of_digital_silence_within_a_word_do_not_end_a_turn() -> None:
    """A network that drops packets, and a client that fills them up with zeros."""
    room = sentences(1.0, seconds=7.0)
    for gap in np.arange(1.2, 4.5, 0.4):
        room.mute(gap, gap + 0.06)
    client = listened(room.sound())
    assert_turns_are_those_spoken(client, room)
    assert_nothing_lost(client, room.sound())


def test_8_khz_that_is_sent_as_24() -> None:
    """Three times too fast and high: it may be speech or not, but nothing is left open or lost."""
    fast = resampled(read(SENTENCE), RATE, 8_000)
    sound = np.concatenate([fast, np.zeros(2 * RATE, np.int16)])
    client = listened(sound)
    assert len(client.turns) <= 1
    assert len(client.all(SpeechStarted)) == len(client.all(SpeechStopped))
    assert_nothing_lost(client, sound)


@pytest.mark.parametrize(
    "samples", [1, (1, 767, 2), 7_919, 10 * RATE, (1, 240_000, 13, 4_801)], ids=str
)
def test_pieces_of_any_size_make_the_same_turns(samples: int | tuple[int, ...]) -> None:
    room = sentences(0.5, seconds=5.5)
    usual, client = listened(room.sound()), listened(room.sound(), samples)
    assert client.turns == usual.turns
    assert_turns_are_those_spoken(client, room)
    assert_nothing_lost(client, room.sound())


@pytest.mark.parametrize(("finished", "turns"), [(1.0, (2, 4)), (0.5, (2,)), (0.0, (1,))])
def test_nothing_is_lost_whatever_is_told_of_a_pause(
    finished: float, turns: tuple[int, ...]
) -> None:
    """It is the end for certain, and each sentence may have a pause; perhaps; it is not at all:
    then three seconds between two sentences are not enough."""
    second_s = 4.0 + len(spoken_part(read(SENTENCE))) / RATE
    room = sentences(1.0, second_s, seconds=2 * second_s + 2.0)
    semantic = Audio(input=AudioInput(turn_detection=SemanticVad(eagerness="medium")))
    client = MediaTime(SileroVad(), judge=lambda _pcm, _text: finished, audio=semantic)
    for piece in chunks(room.sound(), 480):
        client.append(piece)
    assert len(client.turns) in turns
    assert_nothing_lost(client, room.sound())


def test_four_times_as_fast_as_spoken() -> None:
    """Turns are of the sound, not of the clock."""
    room = sentences(1.0, 7.0, seconds=13.0)
    client = listened(room.sound(), pace=4.0)
    assert client.now == pytest.approx(13 / 4, abs=0.1)
    assert_turns_are_those_spoken(client, room)
    assert_nothing_lost(client, room.sound())


def test_an_hour_of_digital_silence_is_forgotten() -> None:
    """No turn, and less than half a megabyte: the buffer keeps two seconds, 96 kB, of it."""
    client = MediaTime(FakeVad())
    second = bytes(BYTES_PER_S)
    for number in range(60 * 60 - 1):  # in the last one the session expires
        client.append(second)
        assert number % 600 or held_bytes(client.session, client.listener) < MEGABYTE / 2
    assert held_bytes(client.session, client.listener) < MEGABYTE / 2
    assert len(client.session._hearing.turn.buffer) == UNSPOKEN_MS * BYTES_PER_S // 1000
    assert len(client.events) == 2  # the session and its conversation
    assert client.heard + client.listener.waiting == (60 * 60 - 1) * BYTES_PER_S


def test_a_monologue_is_cut_at_the_cap_and_goes_on() -> None:
    """50 minutes without a pause: a turn each 15 MiB, the next from its very end.  Held is no more
    than what is kept for retrieval, and the buffer."""
    quiet = Audio(input=AudioInput(turn_detection=ServerVad(create_response=False)))
    client = MediaTime(Certain(), audio=quiet)
    minute = np.tile(np.arange(1, 30_001, dtype=np.int16), 60 * RATE // 30_000).tobytes()
    kept = 0
    for _ in range(50):
        client.append(minute)
        for event in client.all(InputAudioBufferCommitted):
            sound = client.items.pop(event.item_id, b"")
            assert sound == (minute * 7)[kept % len(minute) :][: len(sound)]
            kept += len(sound)
        held = held_bytes(client.session, client.listener)
        assert held < RETAINED_BYTES + 9 / 8 * BUFFER_BYTES + MEGABYTE  # a bytearray has room
    begins, ends = zip(*client.turns, strict=True)
    assert begins == (0, *ends[:-1])
    assert {end - begin for begin, end in client.turns} == {BUFFER_BYTES * 1000 // BYTES_PER_S}
    assert len(client.turns) == 50 * 60 * BYTES_PER_S // BUFFER_BYTES
    (going_on,) = client.items.values()
    assert kept + len(going_on) + client.listener.waiting == 50 * len(minute)


def test_a_turn_of_the_client_is_refused_more_than_the_cap_and_keeps_what_it_has() -> None:
    client = MediaTime(Certain(), audio=Audio(input=AudioInput(turn_detection=None)))
    whole = BUFFER_BYTES // BYTES_PER_S
    loud = b"\x01\x00" * RATE
    for second in range(whole + 3):
        client.append(loud, f"append_{second}")
    assert len(client.errors) == 3
    (item,) = client.items.values()
    assert len(item) == whole * BYTES_PER_S
    client.append(b"\x02\x00" * 480)  # what still fits is taken
    client.tell(InputAudioBufferCommit())
    (committed,) = client.all(InputAudioBufferCommitted)
    assert client.items[committed.item_id] == loud * whole + b"\x02\x00" * 480
    client.append(loud)
    assert len(client.errors) == 3


def test_half_a_sample_is_refused_and_what_follows_is_whole() -> None:
    client = MediaTime(SileroVad())
    client.tell(InputAudioBufferAppend(audio=b"\x01\x00\x01"))
    assert len(client.errors) == 1
    room = sentences(0.5, seconds=5.5)
    for piece in chunks(room.sound(), 480):
        client.append(piece)
    assert_turns_are_those_spoken(client, room)
