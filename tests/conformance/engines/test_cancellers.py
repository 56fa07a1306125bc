"""Every rule for echo cancellers catches one that breaks it."""

from collections.abc import Callable

import pytest

from repartee.conformance.engines import Check, cancellers, judge
from repartee.engines.protocols import EchoStream
from repartee.engines.uncancelled import Uncancelled
from repartee.engines.webrtc_echo import WebRTCEchoCanceller

Cancel = Callable[[bytes, bytes], bytes]


class Stream:
    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel

    def cancel(self, near: bytes, far: bytes) -> bytes:
        return self._cancel(near, far)


class Engine:
    """Makes streams that all cancel in the same way."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel

    def stream(self) -> EchoStream:
        return Stream(self._cancel)


def unchanged(near: bytes, far: bytes) -> bytes:
    return near


def one_for_all() -> Cancel:
    """Gives each stream what came into any before."""
    before = bytes(480)

    def cancel(near: bytes, far: bytes) -> bytes:
        nonlocal before
        given, before = before, near
        return given

    return cancel


@pytest.mark.parametrize(
    ("check", "cancel", "problem"),
    [
        (cancellers.gives_as_much_as_it_takes, lambda near, far: near[2:], "it left 478"),
        (cancellers.leaves_what_is_no_echo, lambda near, far: bytes(480), "changed by -66"),
        (cancellers.cancels_a_plain_echo, unchanged, "the echo changed by 0.0 dB"),
        (cancellers.keeps_streams_apart, one_for_all(), "one stream changed the other"),
    ],
)
async def test_what_breaks_a_rule(check: Check, cancel: Cancel, problem: str) -> None:
    assert problem in await judge(check, Engine(cancel))


@pytest.mark.parametrize("check", cancellers.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("engine", [Uncancelled(), WebRTCEchoCanceller()], ids=["none", "webrtc"])
async def test_what_keeps_it(check: Check, engine: object) -> None:
    assert await judge(check, engine) == ""
