"""The sound of an answer, in events of ever greater length."""

from repartee.protocol.audio import size
from repartee.speech.portions import Portions


def test_the_first_portion_is_short_and_those_after_it_grow() -> None:
    sound = bytes(range(256)) * (size(2_000) // 256)
    portions = [*Portions("audio/pcm")(sound)]
    assert [ms for _, ms in portions] == [40, 80, 160, 320, 400, 400, 400, 200]
    assert b"".join(portion for portion, _ in portions) == sound


def test_what_comes_in_small_pieces_goes_as_it_comes() -> None:
    cut = Portions("audio/pcm")
    pieces = [20, 20, 100, 300, 500, 1]
    told = [[ms for _, ms in cut(bytes(size(piece)))] for piece in pieces]
    assert told == [[20], [20], [100], [300], [400, 100], [1]]
    assert [*cut(b"")] == []


def test_telephone_sound_has_a_byte_a_sample() -> None:
    (first, ms), (rest, rest_ms) = Portions("audio/pcmu")(bytes(800))
    assert (len(first), ms, len(rest), rest_ms) == (320, 40, 480, 60)
