"""The mind of another Realtime server: OpenAI's, Azure's, or another repartee.

Turns, limits, recordings and dialects are this server's; the model that hears and speaks is the
other's.  One connection stands behind each session, as long as that is in use.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from msgspec import Meta

from repartee.engines.protocols import Result
from repartee.engines.realtime.events import RATE
from repartee.engines.realtime.link import Link, Lost
from repartee.engines.remote.address import find_key, is_billed, realtime_address
from repartee.engines.remote.dial import Dial
from repartee.engines.remote.faults import MIND, Faults
from repartee.protocol.prompt import Prompt

_AZURE = ".azure.com"
_Seconds = Annotated[float, Meta(gt=0)]


class RealtimeModel:
    """Any Realtime server's model, which hears and speaks itself, at `url`/realtime."""

    licence = "Apache-2.0"
    hears = True
    speaks = True
    rate = RATE

    def __init__(
        self,
        url: str,
        model: str | None = None,
        api_key: str | None = None,
        api_key_env: str | None = None,
        azure: bool | None = None,
        voices: dict[str, str] | None = None,
        timeout_s: _Seconds = 15,
        idle_s: _Seconds = 900,
        connect_timeout_s: _Seconds = 5,
        retries: Annotated[int, Meta(ge=0)] = 1,
        retry_delay_s: _Seconds = 0.25,
        headers: dict[str, str] | None = None,
        sees: bool = True,
        billed: bool | None = None,
    ) -> None:
        """Without `model` the one is asked for that the client has named.

        The key is `api_key`, or what the environment variable `api_key_env` holds; `azure` says
        that it goes out as Azure wants it, by default where the host is Azure's.  `voices` tells
        the server's name for the API's voices, "*" the one for all others; a voice that it says
        nothing of is asked for by its own name.  `timeout_s` is the longest silence of a server
        that owes an answer; after `idle_s` without a question a connection is closed, and made
        anew with the next.  `sees` says whether the model can be shown images.  `billed`: see
        `is_billed`.
        """
        self.sees = sees
        self.billed = is_billed(url, billed)
        self._url = url
        self._model = model
        self._voices = voices or {}
        address = realtime_address(url)
        key = find_key(url, api_key, api_key_env)
        self._faults = Faults(MIND, address, key, (headers or {}).values())
        shown = credentials(key, address.host, azure)
        self._dial = Dial(
            self._faults,
            {**(headers or {}), **shown},
            connect_timeout_s=connect_timeout_s,
            retries=retries,
            retry_delay_s=retry_delay_s,
        )
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._links: dict[str, Link] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Close all connections."""
        for session in tuple(self._links):
            self.forget(session)
        await asyncio.gather(*self._closing)

    def forget(self, session: str) -> None:
        """The session is over: its connection is closed."""
        if timer := self._timers.pop(session, None):
            timer.cancel()
        if link := self._links.pop(session, None):
            self._close(link)

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Result, None]:
        """See `LanguageModel`.  While nothing was given, a lost connection is made anew, once."""
        voice, begun = self._voice(prompt), False
        for last in (False, True):
            link = self._link(prompt)
            try:
                async with aclosing(link.ask(prompt, voice)) as results:
                    async for result in results:
                        begun = True
                        yield result
                return
            except Lost as lost:
                link.usable = False
                if begun or last:
                    raise lost.error from None
            finally:
                self._put_back(prompt.session, link)

    def _voice(self, prompt: Prompt) -> str | None:
        if prompt.voice is None:
            return None
        name = prompt.voice.name
        return self._voices.get(name) or self._voices.get("*") or name

    def _link(self, prompt: Prompt) -> Link:
        """The session's connection; one that is not of any session has a question to itself."""
        link = self._links.get(prompt.session)
        if link is not None and link.usable:
            return link
        address = realtime_address(self._url, model=self._model or prompt.model)
        link = Link(self._dial, self._faults, address, self._timeout_s)
        if prompt.session:
            self._links[prompt.session] = link
        return link

    def _put_back(self, session: str, link: Link) -> None:
        """A question is answered; the connection waits for the next."""
        if timer := self._timers.pop(session, None):
            timer.cancel()
        is_kept = self._links.get(session) is link
        if is_kept and link.usable:
            loop = asyncio.get_running_loop()
            self._timers[session] = loop.call_later(self._idle_s, self._forget_idle, session)
            return
        if is_kept:
            del self._links[session]
        self._close(link)

    def _forget_idle(self, session: str) -> None:
        if not self._links[session].busy:
            self.forget(session)

    def _close(self, link: Link) -> None:
        task = asyncio.create_task(link.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def credentials(key: str, host: str, azure: bool | None) -> dict[str, str]:
    """The header that shows the key, if there is one, as the server wants it."""
    if not key:
        return {}
    on_azure = host.endswith(_AZURE) if azure is None else azure
    return {"api-key": key} if on_azure else {"Authorization": f"Bearer {key}"}
