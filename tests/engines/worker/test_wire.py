"""Every message survives the pipe."""

from typing import get_args

import pytest
from msgspec import DecodeError, Raw, Struct, msgpack

from repartee.engines.worker import wire as worker_wire
from repartee.engines.worker.wire import (
    LENGTH,
    Begin,
    Feed,
    Load,
    Loaded,
    More,
    Order,
    Report,
    Result,
    frame,
    raw,
)


class Wish(Struct):
    name: str


def body(message: Order | Report) -> bytes:
    framed = frame(message)
    assert int.from_bytes(framed[:LENGTH], "little") == len(framed) - LENGTH
    return framed[LENGTH:]


@pytest.mark.parametrize("order", [Feed(7, bytes(range(256))), More(1), Load(raw(Wish("tea")))])
def test_an_order_survives(order: Order) -> None:
    assert worker_wire.read_order(body(order)) == order


@pytest.mark.parametrize("report", [Loaded(), Result(3, raw(Wish("tea")))])
def test_a_report_survives(report: Report) -> None:
    assert worker_wire.read_report(body(report)) == report


def test_an_engines_own_words_travel_inside() -> None:
    order = worker_wire.read_order(body(Begin(1, raw(Wish("tea")))))
    assert isinstance(order, Begin)
    assert isinstance(order.request, Raw)
    assert msgpack.decode(order.request, type=Wish) == Wish("tea")


def test_neither_side_understands_its_own_messages() -> None:
    with pytest.raises(DecodeError):
        worker_wire.read_order(body(Loaded()))
    with pytest.raises(DecodeError):
        worker_wire.read_report(body(More(1)))


def test_no_message_stands_for_two() -> None:
    names = [each.__name__ for each in (*get_args(Order), *get_args(Report))]
    assert len(names) == len(set(names)) == 12
