"""Bodies become PCM however they are cut, and a header is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.speech import tone, wav
from repartee.engines.speech_endpoint.sound import SoundStream, UnreadableSound

PCM = tone(10)


def read(body: bytes, cuts: list[int] | None = None) -> tuple[bytes, int]:
    """The sound of a body that comes in pieces, and its rate."""
    stream, found, begin = SoundStream(24_000), b"", 0
    for end in [*sorted(cuts or []), len(body)]:
        found += stream.feed(body[begin:end])
        begin = max(begin, end)
    stream.finish()
    return found, stream.rate


@given(st.lists(st.integers(0, 560)))
def test_raw_sound_and_files_may_be_cut_anywhere(cuts: list[int]) -> None:
    assert read(PCM, cuts) == (PCM, 24_000)
    assert read(wav(PCM, 16_000), cuts) == (PCM, 16_000)


def test_half_a_sample_is_none() -> None:
    assert read(PCM + b"x") == (PCM, 24_000)
    assert read(b"x") == (b"", 24_000)


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFD9])
def test_a_stream_does_not_know_how_long_it_will_be(size: int) -> None:
    assert read(wav(PCM, size=size)) == (PCM, 24_000)


def test_what_follows_the_sound_is_none() -> None:
    assert read(wav(PCM) + b"LIST\x04\0\0\0abcd") == (PCM, 24_000)


def test_the_other_kind_of_format_is_taken() -> None:
    file = wav(PCM)
    place = file.index(b"fmt ") + 8
    assert read(file[:place] + b"\xfe\xff" + file[place + 2 :]) == (PCM, 24_000)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (wav(PCM, channels=2), "of format 1 with 2 channels of 16 bits"),
        (wav(PCM).replace(b"\x01\0\x01\0", b"\x03\0\x01\0"), "of format 3"),
        (wav(PCM).replace(b"data", b"none")[:100], "ends before its sound"),
        (b"RIFF", "ends before its sound"),
        (b"RIFF" + bytes(70_000), "without sound"),
    ],
)
def test_what_cannot_be_used_is_told(body: bytes, problem: str) -> None:
    with pytest.raises(UnreadableSound, match=problem):
        read(body)
