"""The WebSocket transport and clients that are slow."""

import asyncio
from typing import Any

import pytest
import uvloop

from transports.line import Line, connected, gone, stream_of
from transports.raw_socket import TEXT, frame

LOOPS: list[Any] = [asyncio.new_event_loop, uvloop.new_event_loop]
BOTH_LOOPS = pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])


def flood(line: Line) -> int:
    """Send more than all buffers between us hold; the number of messages."""
    for _ in range(400):
        line.ours.send(b"x" * 50_000)
    return 400


@BOTH_LOOPS
def test_large_messages_stay_whole_while_the_client_is_behind(loop: Any) -> None:
    async def main() -> None:
        async with connected(output_lead_bytes=1 << 30) as line:
            said = [b"%05d" % number * (1_800 + 7 * number) for number in range(400)]
            for each in said:
                line.ours.send(each)
            for each in said:
                assert await line.client.text() == each

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())


@BOTH_LOOPS
def test_drained_waits_for_the_client_and_send_does_not(loop: Any) -> None:
    async def main() -> None:
        async with connected(output_lead_bytes=100_000) as line:
            await line.ours.drained()
            sent = flood(line)
            waiting = asyncio.create_task(line.ours.drained())
            await asyncio.sleep(0)
            assert not waiting.done()
            for _ in range(sent):
                await line.client.text()
            await asyncio.wait_for(waiting, 10)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())


async def test_a_client_that_takes_nothing_is_cut_off() -> None:
    async with connected(slow_consumer_s=0.3) as line:
        sent = flood(line)
        await asyncio.wait_for(line.ours.drained(), 10)
        assert line.ours.closed
        for _ in range(sent):
            await line.client.text()
        assert await line.client.goodbye() == (1008, "slow_consumer")
        assert await line.client.end() == b""


async def test_a_client_that_takes_a_little_is_not() -> None:
    async with connected(slow_consumer_s=0.5, output_lead_bytes=1 << 30) as line:
        sent = flood(line)
        for _ in range(sent):
            await line.client.text()
            await asyncio.sleep(0.002)
        assert not line.ours.closed


async def test_a_client_that_never_reads_is_gone_in_the_end() -> None:
    """Attack 42."""
    async with connected(slow_consumer_s=0.1, close_s=0.1) as line:
        flood(line)
        await gone(line.ours)


async def test_a_client_that_asks_and_does_not_take_is_held_back() -> None:
    async with connected(listen=False, output_lead_bytes=1000) as line:
        answered = 0

        def answer(_: bytes) -> None:
            nonlocal answered
            answered += 1
            line.ours.send(b"x" * 100_000)

        line.ours.listen(answer, lambda: None)
        questions = 20_000
        line.client.send(*[frame(TEXT, b"?" * 100)] * questions)
        await line.client.text()
        assert not stream_of(line).is_reading()
        assert answered < questions / 10
        for _ in range(answered):
            await line.client.text()
