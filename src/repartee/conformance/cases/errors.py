"""Errors: what is refused, how it is told, and that the session goes on."""

from repartee.conformance.play.case import case
from repartee.conformance.play.client import Client
from repartee.conformance.play.stage import Stage


async def _goes_on(client: Client) -> None:
    await client.fence()


@case("B205", "B207")
async def an_unknown_event_type_is_refused(stage: Stage) -> None:
    """An event of an unknown type gets invalid_value with param type, and the session goes on."""
    client = await stage.session()
    event_id = client.send("conversation.item.paint")
    error = await client.refused(event_id, code="invalid_value", param="type")
    client.check(error["type"] == "invalid_request_error", f"the error is a {error['type']}")
    await _goes_on(client)


@case("B206")
async def an_error_names_the_event_it_is_about(stage: Stage) -> None:
    """error.event_id is the client's event_id, and null where it gave none."""
    client = await stage.manual()
    client.send("response.cancel", event_id="my own name")
    error = await client.refused(code="response_cancel_not_active")
    client.check(error.get("event_id") == "my own name", "the error does not name the event")
    client.send("response.cancel", event_id=None)
    error = await client.refused(code="response_cancel_not_active")
    client.check(error.get("event_id") is None, "the error names an event without a name")


@case("B208")
async def broken_json_is_an_error_not_the_end(stage: Stage) -> None:
    """A frame that is not JSON gets an error event, and the session goes on."""
    client = await stage.session()
    client.send_text('{"type": "response.create"')
    await client.refused(None)
    await _goes_on(client)


@case("B209")
async def an_event_without_type_is_refused(stage: Stage) -> None:
    """An event without type gets the code invalid_event."""
    client = await stage.session()
    client.send_text('{"event_id": "nameless"}')
    await client.refused("nameless", code="invalid_event")
    await _goes_on(client)


@case("B050")
async def an_overlong_event_id_is_refused(stage: Stage) -> None:
    """An event_id of more than 512 characters is refused, one of 512 is not."""
    client = await stage.session()
    client.send("session.update", event_id="x" * 512, session={"type": "realtime"})
    await client.expect("session.updated")
    client.send("session.update", event_id="x" * 513, session={"type": "realtime"})
    await client.refused(unless="session.updated")
    await _goes_on(client)
