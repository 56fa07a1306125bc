"""response.cancel."""

from repartee.conformance.play import moves
from repartee.conformance.play.case import case
from repartee.conformance.play.stage import Stage

_NOT_ACTIVE = r"^Cancellation failed: no active response found$"


@case("B139", "B142")
async def a_cancelled_response_closes(stage: Stage) -> None:
    """What is open is closed with what was streamed, then response.done: client_cancelled."""
    client = await stage.manual()
    response_id = await moves.begun(client)
    await client.expect("response.output_audio_transcript.delta")
    client.send("response.cancel")
    done = await moves.ended(client, response_id)
    client.check(done["status"] == "cancelled", f"the response ends as {done['status']}")
    details = {"type": "cancelled", "reason": "client_cancelled"}
    told = done["status_details"] or {}
    client.check(details.items() <= told.items(), f"status_details are {told}")
    (item,) = done["output"]
    client.check(item["status"] == "incomplete", f"the item is {item['status']}")
    deltas = client.told("response.output_audio_transcript.delta")
    streamed = "".join(each["delta"] for each in deltas)
    (closed,) = client.told("response.output_audio_transcript.done")
    client.check(closed["transcript"] == streamed, "the transcript is not what was streamed")
    said = item["content"][0].get("transcript")
    client.check(said == streamed, "the item does not hold what was streamed")


@case("B140")
async def there_must_be_something_to_cancel(stage: Stage) -> None:
    """Without an active response: response_cancel_not_active, and the session goes on."""
    client = await stage.manual()
    event_id = client.send("response.cancel")
    says, code = _NOT_ACTIVE, "response_cancel_not_active"
    await client.refused(event_id, code=code, param=None, says=says)
    event_id = client.send("response.cancel", response_id="resp_nobody")
    await client.refused(event_id, code=code, param=None, says=says)
    await client.fence()


@case("B141")
async def a_named_response_is_cancelled(stage: Stage) -> None:
    """response_id cancels that response alone, also one out of band."""
    client = await stage.manual()
    given = [moves.message(moves.LONG_TASK)]
    beside = {"conversation": "none", "input": given, "metadata": {"place": "beside"}}
    client.send("response.create", response=beside)
    other = (await client.expect("response.created"))["response"]["id"]
    client.send("response.cancel", response_id=other)
    done = await moves.ended(client, other)
    client.check(done["status"] == "cancelled", f"the named one ends as {done['status']}")
    active = await moves.begun(client)
    short = {**beside, "input": [moves.message("Say hello.")], **moves.TEXT}
    client.send("response.create", response=short)
    other = (await client.expect("response.created"))["response"]["id"]
    await moves.stop(client, active)
    done = await moves.over(client, other)
    client.check(done["status"] == "completed", f"another one ends as {done['status']}")


@case("B143")
async def response_cancelled_does_not_exist(stage: Stage) -> None:
    """A cancelled response ends with response.done and no event of its own."""
    client = await stage.manual()
    response_id = await moves.begun(client)
    client.send("response.cancel")
    await moves.ended(client, response_id)
    await client.fence()
    client.check(not list(client.told("response.cancelled")), "response.cancelled comes")


@case("B144")
async def the_next_response_may_begin_at_once(stage: Stage) -> None:
    """After response.done of a cancelled response the next response.create is accepted."""
    client = await stage.manual()
    response_id = await moves.begun(client)
    client.send("response.cancel")
    await moves.ended(client, response_id)
    await moves.write(client, "Say hello.")
    await moves.completed(client, **moves.TEXT)
