"""Requests tell to which trace they belong, in the task that was told so, and nowhere else."""

import asyncio

from repartee.engines.remote.tracing import trace_headers, trace_requests

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_only_the_work_of_a_traced_turn_tells() -> None:
    async def work() -> dict[str, str]:
        trace_requests({"mind": TRACEPARENT}.get)
        assert trace_headers("voice") == {}
        return await asyncio.create_task(headers())

    async def headers() -> dict[str, str]:
        return trace_headers("mind")

    assert await asyncio.create_task(work()) == {"traceparent": TRACEPARENT}
    assert trace_headers("mind") == {}
