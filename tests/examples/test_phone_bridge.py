"""The telephone bridge, called by a phone that speaks its provider's protocol."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

from examples.telephone import BYTES_PER_MS, Phone, bridging, calling
from live.engine_sets import HEARD, UNHURRIED
from live.minds import nobody
from live.relay import Relay, watching
from live.server import Server, serving
from recordings import read
from repartee.speech.g711 import decode, encode

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

ANSWER = "Good day, and what can I do for you on this day?"
ANSWER_MS = 60 * len(ANSWER)  # as the fake voice says it
ENGINES = (
    *("--ears", "fake", "--set", f"ears.text={HEARD}", "--voice", "fake"),
    *("--mind", "fake", "--set", f"mind.text={ANSWER}"),
)
GREETING = ("--greeting", "Good day!")
WORDS = encode(read("lj_LJ001-0002", 8_000), "audio/pcmu")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Whole answers at once; at its end it must have no session left."""
    with serving(tmp_path_factory.mktemp("whole"), *ENGINES) as server:
        yield server


@pytest.fixture(scope="module")
def unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Long answers, no sooner than they can be played."""
    with serving(tmp_path_factory.mktemp("unhurried"), *UNHURRIED) as server:
        yield server


def has_come(phone: Phone, milliseconds: int) -> Callable[[], bool]:
    return lambda: len(phone.sound) >= milliseconds * BYTES_PER_MS


def deltas(relay: Relay) -> dict[str, bytes]:
    """The sound of each response, as the server told it."""
    told: dict[str, bytes] = {}
    for event in relay.records[0].told("response.output_audio.delta"):
        response = event["response_id"]
        told[response] = told.get(response, b"") + base64.b64decode(event["delta"])
    return told


async def test_a_call(server: Server) -> None:
    async with (
        watching(server, client_hangs_up=True) as relay,
        calling(relay.url, *GREETING, "--voice", "cedar") as phone,
    ):
        await phone.until(has_come(phone, ANSWER_MS))
        await phone.fall_silent(ANSWER_MS + 500)
        assert phone.played_ms == ANSWER_MS
        await phone.say(WORDS)
        await phone.fall_silent(1_000)
        await phone.until(has_come(phone, 2 * ANSWER_MS))
        await phone.hang_up()
        assert phone.connection.close_code == 1000
        assert not phone.cleared  # all was heard: there is nothing to be silent of

    (record,) = relay.records
    (updated,) = record.told("session.updated")
    audio = updated["session"]["audio"]
    assert audio["input"]["format"]["type"] == audio["output"]["format"]["type"] == "audio/pcmu"
    assert audio["output"]["voice"] == "cedar"
    assert record.told("response.done")[0]["response"]["status"] == "completed"
    assert len(record.told("response.created")) == 2
    assert "Good day!" in record.asked("response.create")[0]["response"]["instructions"]
    assert record.told("input_audio_buffer.committed")
    assert b"".join(deltas(relay).values()) == phone.sound
    assert not record.asked("conversation.item.truncate")
    loud = decode(phone.sound, "audio/pcmu") / 32_768
    assert 0.15 < np.sqrt(np.mean(loud**2)) < 0.2  # the fake voice hums at a quarter of full scale


async def interrupt(phone: Phone, heard_ms: int) -> None:
    """Hear so much of the agent, speak until it is silent, and finish the sentence."""
    await phone.fall_silent(heard_ms)
    beginning = 800 * BYTES_PER_MS
    await phone.say(WORDS[:beginning])
    await phone.until(lambda: phone.cleared)
    await phone.say(WORDS[beginning:])
    await phone.fall_silent(1_000)


@pytest.mark.parametrize("heard_ms", [200, 1_000, 1_990])
async def test_the_model_believes_what_was_heard(server: Server, heard_ms: int) -> None:
    """All of the answer has come when the caller interrupts."""
    async with (
        watching(server, client_hangs_up=True) as relay,
        calling(relay.url, *GREETING) as phone,
    ):
        await phone.until(has_come(phone, ANSWER_MS))
        await interrupt(phone, heard_ms)
        await phone.until(has_come(phone, 2 * ANSWER_MS))
        await phone.hang_up()

    (record,) = relay.records
    ((played_ms, come),) = phone.cleared
    assert come == ANSWER_MS * BYTES_PER_MS
    first = record.told("response.done")[0]
    (truncated,) = record.told("conversation.item.truncated")
    assert truncated["item_id"] == first["response"]["output"][0]["id"]
    assert heard_ms <= truncated["audio_end_ms"] <= played_ms < ANSWER_MS
    assert len(phone.sound) == 2 * ANSWER_MS * BYTES_PER_MS
    assert not record.told("error")


async def test_an_answer_that_is_being_given_is_interrupted(unhurried: Server) -> None:
    async with (
        watching(unhurried, client_hangs_up=True) as relay,
        calling(relay.url, *GREETING) as phone,
    ):
        await phone.until(has_come(phone, 2_000))
        await interrupt(phone, 1_000)
        ((played_ms, come),) = phone.cleared
        await phone.until(lambda: len(phone.sound) > come + 500 * BYTES_PER_MS)
        await phone.hang_up()

    (record,) = relay.records
    cut_off = record.told("response.done")[0]["response"]
    assert cut_off["status_details"]["reason"] == "turn_detected"
    (truncated,) = record.told("conversation.item.truncated")
    assert 1_000 <= truncated["audio_end_ms"] <= played_ms
    first, second = deltas(relay).values()
    assert phone.sound[:come] == first
    assert second.startswith(phone.sound[come:])
    assert not record.told("error")


async def test_whoever_vanishes_leaves_no_session_behind(server: Server) -> None:
    async with bridging(server.url, *GREETING) as bridge:
        async with bridge.called() as phone:
            await phone.until(has_come(phone, 500))
            phone.connection.transport.abort()
        await bridge.until("a call ends")
        async with bridge.called() as phone:  # and others can call
            await phone.until(has_come(phone, ANSWER_MS))
            await phone.hang_up()


async def test_the_end_of_the_bridge_is_the_end_of_its_calls(server: Server) -> None:
    async with bridging(server.url, *GREETING) as bridge, bridge.called() as phone:
        await phone.until(has_come(phone, 500))
        bridge.process.terminate()
        await phone.connection.wait_closed()
        assert phone.connection.close_code == 1001


async def test_whoever_does_not_know_the_secret_is_not_served(server: Server) -> None:
    async with bridging(server.url, *GREETING, PHONE_SECRET="sesame") as bridge:
        for parameters in ({}, {"secret": "guessed"}):
            async with bridge.called(**parameters) as phone:
                await phone.connection.wait_closed()
                assert phone.connection.close_code == 1008
                assert not phone.sound
        async with bridge.called(secret="sesame") as phone:
            await phone.until(has_come(phone, ANSWER_MS))
            await phone.hang_up()


# --- sessions that fail, and servers that are not ours -----------------------------------------


@asynccontextmanager
async def scripted(play: Callable[[ServerConnection], Any]) -> AsyncIterator[str]:
    """The base URL of a Realtime server that does what a test says, once the session exists."""

    async def take(connection: ServerConnection) -> None:
        await tell(connection, "session.created", session={"type": "realtime"})
        await play(connection)

    async with serve(take, "127.0.0.1", 0) as door:
        yield f"http://127.0.0.1:{next(iter(door.sockets)).getsockname()[1]}/v1"


async def tell(connection: ServerConnection, kind: str, **fields: Any) -> None:
    await connection.send(json.dumps({"type": kind, "event_id": "event_1", **fields}))


async def asked(connection: ServerConnection, kind: str) -> dict[str, Any]:
    """The next event of this kind that the bridge sends."""
    while True:
        event: dict[str, Any] = json.loads(await connection.recv())
        if event["type"] == kind:
            return event


async def begin(connection: ServerConnection) -> None:
    await asked(connection, "session.update")
    await tell(connection, "session.updated", session={"type": "realtime"})


async def sound(connection: ServerConnection, response: str, milliseconds: int) -> None:
    """A delta of a response, which has one item."""
    audio = base64.b64encode(bytes(milliseconds * BYTES_PER_MS)).decode()
    place = {"item_id": f"item of {response}", "output_index": 0, "content_index": 0}
    kind = "response.output_audio.delta"
    await tell(connection, kind, response_id=response, delta=audio, **place)


async def test_what_comes_too_late_is_not_played() -> None:
    """A server further away goes on for a moment after it has heard the caller."""
    truncated: list[dict[str, Any]] = []

    async def play(connection: ServerConnection) -> None:
        await begin(connection)
        for response, milliseconds in (("first", 300), ("first", 400), ("second", 100)):
            await sound(connection, response, milliseconds)
        await asked(connection, "input_audio_buffer.append")
        while (await asked(connection, "input_audio_buffer.append"))["audio"] != last:
            pass
        await tell(connection, "input_audio_buffer.speech_started", audio_start_ms=0, item_id="u")
        truncated.extend([await asked(connection, "conversation.item.truncate") for _ in range(2)])
        await sound(connection, "second", 100)
        await sound(connection, "third", 50)
        await connection.wait_closed()

    last = base64.b64encode(b"\x7f" * 160).decode()
    async with scripted(play) as url, calling(url) as phone:
        await phone.until(has_come(phone, 800))
        await phone.fall_silent(500)
        await phone.say(b"\x7f" * 160)
        await phone.until(has_come(phone, 850))
        await phone.hang_up()
    assert phone.cleared == [(520, 800 * BYTES_PER_MS)]
    assert len(phone.sound) == 850 * BYTES_PER_MS
    told = [(each["item_id"], each["audio_end_ms"]) for each in truncated]
    assert told == [("item of first", 520), ("item of second", 0)]


async def leaves(connection: ServerConnection) -> None:
    """The server says good-bye in good order."""
    await begin(connection)


async def fails(connection: ServerConnection) -> None:
    await begin(connection)
    await connection.close(1011, "out of order")


async def refuses(connection: ServerConnection) -> None:
    await asked(connection, "session.update")
    error = {"type": "invalid_request_error", "code": "invalid_value", "message": "No such voice."}
    await tell(connection, "error", error=error)
    await connection.wait_closed()


async def vanishes(connection: ServerConnection) -> None:
    await begin(connection)
    connection.transport.abort()


@pytest.mark.parametrize("play", [leaves, fails, refuses, vanishes])
async def test_the_phone_is_told_that_the_session_has_failed(
    play: Callable[[ServerConnection], Any],
) -> None:
    async with scripted(play) as url, calling(url) as phone:
        await phone.connection.wait_closed()
        assert phone.connection.close_code == 1011


async def test_the_phone_is_told_that_there_is_no_server() -> None:
    async with calling(nobody()) as phone:
        await phone.connection.wait_closed()
        assert phone.connection.close_code == 1011


async def test_a_key_that_is_refused_is_not_told() -> None:
    async def refused(connection: ServerConnection, request: Any) -> Any:
        assert request.headers["Authorization"] == "Bearer sk-wrong"
        return connection.respond(401, "Incorrect API key")

    async with serve(leaves, "127.0.0.1", 0, process_request=refused) as door:
        url = f"http://127.0.0.1:{next(iter(door.sockets)).getsockname()[1]}/v1"
        async with bridging(url, OPENAI_API_KEY="sk-wrong") as bridge:
            async with bridge.called() as phone:
                await phone.connection.wait_closed()
                assert phone.connection.close_code == 1011
            assert "sk-wrong" not in await bridge.until("its session fails")
