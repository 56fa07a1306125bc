"""Messages from frames, without a socket."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from picows import WSMsgType

# Made for tests by picows itself, whose frames cannot be made otherwise.
from picows.picows import WSFrame, _make_test_ws_frame

from repartee.transports.messages import (
    INVALID_TEXT,
    POLICY_VIOLATION,
    PROTOCOL_ERROR,
    TOO_BIG,
    Messages,
    Violation,
)

TEXT, BINARY, CONTINUATION = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION


def frame(kind: WSMsgType, payload: bytes, fin: bool = True) -> WSFrame:
    return _make_test_ws_frame(kind, payload, fin, False)


def code_of(messages: Messages, *frames: WSFrame) -> int:
    *first, last = frames
    for each in first:
        messages.add(each)
    with pytest.raises(Violation) as refused:
        messages.add(last)
    return refused.value.code


def test_a_message_in_one_frame() -> None:
    messages = Messages(10)
    assert messages.add(frame(TEXT, b"hello")) == b"hello"
    assert messages.complete
    assert messages.add(frame(BINARY, b"\xff")) is None
    assert messages.complete


@given(st.text(max_size=40), st.lists(st.integers(0, 160), max_size=6))
def test_a_text_may_be_cut_anywhere(text: str, cuts: list[int]) -> None:
    whole = text.encode()
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    messages = Messages(1000)
    for number, piece in enumerate(pieces):
        fin = number == len(pieces) - 1
        heard = messages.add(frame(CONTINUATION if number else TEXT, piece, fin))
        assert messages.complete == fin
    assert heard == whole


def test_the_message_after_a_fragmented_one_starts_afresh() -> None:
    messages = Messages(10)
    for _ in range(3):
        messages.add(frame(TEXT, b"123456", fin=False))
        assert messages.add(frame(CONTINUATION, b"7890")) == b"1234567890"


def test_a_fragmented_binary_message_is_not_kept() -> None:
    messages = Messages(10)
    assert messages.add(frame(BINARY, b"\xff", fin=False)) is None
    assert not messages.complete
    assert messages.add(frame(CONTINUATION, b"\xff")) is None
    assert messages.complete


@pytest.mark.parametrize("kind", [TEXT, BINARY])
def test_all_fragments_together_are_bounded(kind: WSMsgType) -> None:
    frames = (frame(kind, b"12345", fin=False), frame(CONTINUATION, b"678901"))
    assert code_of(Messages(10), *frames) == TOO_BIG


def test_fragments_come_in_order() -> None:
    assert code_of(Messages(10), frame(CONTINUATION, b"")) == PROTOCOL_ERROR
    begun = frame(TEXT, b"1", fin=False)
    assert code_of(Messages(10), begun, frame(TEXT, b"2")) == PROTOCOL_ERROR
    assert code_of(Messages(10), begun, frame(BINARY, b"2")) == PROTOCOL_ERROR


def test_text_is_utf8() -> None:
    assert code_of(Messages(10), frame(TEXT, b"\xff")) == INVALID_TEXT
    assert code_of(Messages(10), frame(TEXT, "\ud800".encode(errors="surrogatepass"))) == 1007
    broken = (frame(TEXT, b"\xc3", fin=False), frame(CONTINUATION, b"("))
    assert code_of(Messages(10), *broken) == INVALID_TEXT


def test_fragments_that_carry_nothing_are_bounded() -> None:
    """Attack 33."""
    empty = [frame(CONTINUATION, b"", fin=False)] * 1025
    assert code_of(Messages(10), frame(TEXT, b"1", fin=False), *empty) == POLICY_VIOLATION
