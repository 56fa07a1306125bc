"""What a case plays on: as many connections to the server as it opens."""

from collections.abc import Mapping, Sequence
from typing import Any

from repartee.conformance.play.client import NO_CHANGE, Client
from repartee.transports.client import Event, Place, connect

_BETA = {"OpenAI-Beta": "realtime=v1"}


def _usual_headers(dialect: str) -> dict[str, str]:
    """What a stock client of this dialect says in its handshake, apart from the key."""
    return _BETA if dialect.startswith("beta") else {}


class Stage:
    """Opens connections, and closes them all when the case is over."""

    def __init__(self, place: Place, dialect: str, patience_s: float) -> None:
        self.place = place
        self.dialect = dialect
        self.clients: list[Client] = []
        self._patience_s = patience_s

    async def connect(
        self,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
        key: str | None = "",
        dialect: str | None = None,
    ) -> Client:
        """A connection of which nothing has been read.

        Without `query`, `headers` and `key` (None: no key) it is made as a stock client makes it.
        """
        dialect = dialect or self.dialect
        client = Client(dialect, self._patience_s)
        self.clients.append(client)
        if key == "":
            key = self.place.key
        client.wire = await connect(
            self.place,
            client.take,
            query=self.usual_query(dialect) if query is None else query,
            headers={
                **({"Authorization": f"Bearer {key}"} if key else {}),
                **(_usual_headers(dialect) if headers is None else headers),
            },
            subprotocols=subprotocols,
        )
        return client

    def usual_query(self, dialect: str) -> dict[str, str]:
        """What a connection of this dialect asks for in its URL."""
        if dialect.endswith("transcription"):
            return {"intent": "transcription"}
        return {"model": self.place.model}

    async def session(self, **session: Any) -> Client:
        """A session that has begun, with these members of it changed."""
        client = await self.connect()
        await client.expect("session.created")
        if session:
            await self.update(client, **session)
        return client

    async def manual(self, **session: Any) -> Client:
        """A session without turn detection: the client commits, and asks for responses."""
        return await self.session(audio={"input": {"turn_detection": None}}, **session)

    async def update(self, client: Client, **session: Any) -> Event:
        """Change the session; its object as the server then shows it."""
        kind, head = NO_CHANGE[client.dialect]
        client.send(kind, session={**head, **session})
        shown: Event = (await client.expect(f"{kind}d"))["session"]
        return shown

    async def close(self) -> None:
        """Close what is still open."""
        for client in self.clients:
            if client.wire is not None:
                await client.wire.close()
