"""What supervisor and worker give and tell each other."""

import os
import socket
from pathlib import Path

from repartee.server.workers.seat import RETIRE, Said, Seat


def seat(channel: int = 0, door: tuple[int, ...] = (), count: int = 4) -> Seat:
    return Seat(2, count, 17, door, channel, "/run/repartee-x")


def test_a_seat_is_an_argument() -> None:
    written = seat(3, (4, 5)).write()
    assert Seat.read(written) == seat(3, (4, 5))
    assert seat().side_door(9) == Path("/run/repartee-x/9.socket")


def test_a_number_for_all_is_divided_and_none_stays_none() -> None:
    assert [seat(count=4).share(number) for number in (0, 1, 4, 5, 500)] == [0, 1, 1, 2, 125]


def test_they_hear_each_other_until_one_is_gone() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            given = seat(theirs.fileno())
            given.say(Said())
            assert ours.recv(100) == b"{}\n"
            given.say(Said("no engine"))
            assert ours.recv(100) == b'{"failed":"no engine"}\n'
            ours.send(RETIRE)
            assert given.hear() == RETIRE
        assert given.hear() == b""
        given.say(Said())  # to nobody


def test_its_sockets_are_not_those_of_its_engines() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor = os.dup(listening.fileno())
        for each in (descriptor, theirs.fileno()):
            os.set_inheritable(each, True)
        (door,) = seat(theirs.fileno(), (descriptor,)).sockets()
        with door:
            assert door.getsockname() == listening.getsockname()
            assert not door.get_inheritable()
            assert not theirs.get_inheritable()
