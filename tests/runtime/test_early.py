"""How much of a reply is given that may never be wanted."""

import asyncio

from repartee.runtime.early import AHEAD_MS, Early
from repartee.session.inputs import Said, Sounded


async def test_its_beginning_is_given_and_the_rest_when_it_is_wanted() -> None:
    early = Early()
    await early.told(Said("early_1", "Once upon a time"))
    await early.told(Sounded("early_1", b"", AHEAD_MS - 1))
    told = asyncio.ensure_future(early.told(Sounded("early_1", b"", 1)))
    await asyncio.sleep(0)
    assert not told.done()
    early.proceed()
    await told
    await early.told(Sounded("early_1", b"", 60_000))
