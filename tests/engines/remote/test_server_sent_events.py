"""The event stream of the HTML standard, however it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repartee.engines.remote.server_sent_events import EventStream, ServerSentEvent


def read(*chunks: bytes) -> list[ServerSentEvent]:
    stream = EventStream()
    return [event for chunk in chunks for event in stream.feed(chunk)]


def data(*chunks: bytes) -> list[str]:
    return [event.data for event in read(*chunks)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: one\n\ndata: two\n\n", ["one", "two"]),
        (b"data: one\r\rdata: two\r\r", ["one", "two"]),
        (b"data: one\r\n\r\ndata: two\r\n\r\n", ["one", "two"]),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]),
        (b"data:test\n\ndata: test\n\ndata:  test\n\n", ["test", "test", " test"]),
        (b"data\n\ndata\ndata\n\ndata:", ["", "\n"]),  # the standard's own example
        (b": comment\n\ndata: after\n:more\n\n", ["after"]),
        (b"\xef\xbb\xbfdata: after a mark\n\n", ["after a mark"]),
        (b"data: \xef\xbb\xbfx\n\n", ["\ufeffx"]),  # only the first one is a mark
        (b"unknown: x\nretry: 10\ndata: y\n\n", ["y"]),
        (b"data: never ended\n", []),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"", []),
    ],
)
def test_streams(stream: bytes, events: list[str]) -> None:
    assert data(stream) == events


def test_names_and_ids() -> None:
    first, second, third = read(b"event: add\nid: 7\ndata: x\n\ndata: y\n\nid\ndata: z\n\n")
    assert (first.name, first.id) == ("add", "7")
    assert (second.name, second.id) == ("message", "7")  # an id holds for the rest of the stream
    assert third.id == ""
    assert read(b"id: a\0b\ndata: x\n\n") == [ServerSentEvent("x")]


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8")), max_size=6),
    st.sampled_from(["\n", "\r", "\r\n"]),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_cuts_change_nothing(lines: list[str], end: str, cuts: list[int]) -> None:
    text = "".join(f"data: {line}{end}: ping{end}data: more{end}{end}" for line in lines)
    stream = b"\xef\xbb\xbf" + text.encode()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    parts = [stream[a:b] for a, b in pairwise(edges)]
    expected = [f"{line}\nmore" for line in lines]
    assert data(*parts) == expected == data(*(bytes([byte]) for byte in stream))


def test_an_endless_event_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        data(*[b"data: " + b"x" * 100_000] * 100)
    with pytest.raises(ValueError, match="too long"):
        data(*[b"data: " + b"x" * 100_000 + b"\n"] * 100)
