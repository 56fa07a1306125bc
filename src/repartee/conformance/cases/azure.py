"""Azure's way to the same sessions; an extra of this judge, played only when it is asked for."""

from repartee.conformance.play import beta_moves
from repartee.conformance.play.beta_moves import TEXT
from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage

_KEY = "api-key"


async def _connect(stage: Stage, version: str) -> Client:
    """A connection as Azure's clients of that api-version make it."""
    root = stage.place.url.rstrip("/").removesuffix("/v1")
    stage.place = stage.place._replace(url=f"{root}/openai")
    query = {"api-version": version, "deployment": stage.place.model}
    headers = {_KEY: stage.place.key or "anything"}
    return await stage.connect(query=query, headers=headers, key=None, dialect="beta")


@case("B013", "B014", dialect="azure")
async def a_deployment_is_served_in_the_beta(stage: Stage) -> None:
    """/openai/realtime with api-version and deployment, and the key in api-key: a flat session."""
    client = await _connect(stage, "2025-04-01-preview")
    session = (await client.expect("session.created"))["session"]
    client.check("modalities" in session, "the session is not a flat one")
    client.check("type" not in session, "the session has a type")
    await beta_moves.write(client, "Say hello.")
    await beta_moves.respond(client, **TEXT)


@case("B012", "B110", dialect="azure")
async def the_first_version_has_no_conversation_created(stage: Stage) -> None:
    """api-version 2024-10-01-preview: its clients know no conversation.created."""
    client = await _connect(stage, "2024-10-01-preview")
    await client.expect("session.created")
    await beta_moves.write(client, "Say hello.")
    events = await beta_moves.respond(client, **TEXT)
    client.check(not list(client.told("conversation.created")), "conversation.created comes")
    kinds = [event["type"] for event in events]
    client.check("conversation.item.created" in kinds, "no item is created")
