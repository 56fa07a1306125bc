"""What a client did, done again; the server is the test's own."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from repartee.recording.format import Damage, Entry, Kind
from repartee.recording.rerun.client import Client
from repartee.recording.rerun.script import CALL_S, Script
from virtual_time import run

BEGUN = 500.0  # on the recording's clock
CALL = {"type": "function_call", "id": "item_1", "call_id": "call_1", "name": "look"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "It rains."}


def heard(at: float, sound: bytes = b"12") -> Entry:
    return Entry(Kind.HEARD, BEGUN + at, b"{}", sound, 0)


def client_said(at: float, **message: Any) -> Entry:
    return Entry(Kind.CLIENT, BEGUN + at, b"", json.dumps(message).encode(), 0)


def server_said(at: float, **event: Any) -> Entry:
    return Entry(Kind.SAID, BEGUN + at, b"", json.dumps(event).encode(), 0)


def played(
    *entries: Entry | Damage,
    fast: bool = False,
    server: Callable[[Client], None] = lambda client: None,
) -> tuple[list[tuple[float, Any]], Script]:
    """When what arrived, and the script; `server` prepares what is said to the client."""
    arrived: list[tuple[float, Any]] = []

    async def play() -> Script:
        loop, client = asyncio.get_running_loop(), Client()
        client.listen(lambda text: arrived.append((loop.time(), _read(text))), lambda: None)
        server(client)
        script = Script(entries, client, lambda pcm: arrived.append((loop.time(), pcm)), fast=fast)
        await script.play(BEGUN)
        return script

    return arrived, run(play())


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def later(client: Client, at: float, **event: Any) -> None:
    frame = json.dumps(event).encode()
    asyncio.get_running_loop().call_later(at, client.send, frame)


def test_all_comes_at_its_time_and_in_its_order() -> None:
    arrived, script = played(
        heard(1.0, b"aa"), heard(1.5, b"bb"), client_said(1.5, type="input_audio_buffer.commit")
    )
    assert arrived == [(1.0, b"aa"), (1.5, b"bb"), (1.5, {"type": "input_audio_buffer.commit"})]
    assert script.notes == []


def test_an_output_comes_as_long_after_its_call_as_it_did() -> None:
    def server(client: Client) -> None:
        called = CALL | {"call_id": "call_9", "id": "item_9"}
        later(client, 3, type="response.output_item.added", item=called)

    arrived, script = played(
        server_said(1, type="response.output_item.added", item=CALL),
        client_said(1.5, type="conversation.item.create", item=OUTPUT),
        client_said(1.5, type="response.create"),
        heard(2, b"aa"),
        server=server,
    )
    assert arrived == [
        (2, b"aa"),
        (3.5, {"type": "conversation.item.create", "item": OUTPUT | {"call_id": "call_9"}}),
        (3.5, {"type": "response.create"}),
    ]
    assert script.notes == []


def test_an_output_without_its_call_is_left_out() -> None:
    arrived, script = played(
        server_said(1, type="response.output_item.added", item=CALL),
        client_said(1.5, type="conversation.item.create", item=OUTPUT),
        client_said(1.5, type="response.create"),
    )
    assert arrived == [(1.5 + CALL_S, {"type": "response.create"})]
    assert script.notes == ["conversation.item.create was left out: call of look 1 was not there"]


def test_what_speaks_of_something_that_is_not_there_is_left_out() -> None:
    arrived, script = played(
        server_said(1, type="response.created", response={"id": "resp_1"}),
        client_said(2, type="response.cancel", response_id="resp_1"),
    )
    assert arrived == []
    assert script.notes == ["response.cancel was left out: response 1 was not there"]


def test_what_was_no_event_is_none_again() -> None:
    broken = Entry(Kind.CLIENT, BEGUN + 1, b"", b"{nothing", 0)
    arrived, script = played(broken, Damage(400, 7, is_tail=True))
    assert arrived == [(1, b"{nothing")]
    assert script.notes == [str(Damage(400, 7, is_tail=True))]


def test_in_haste_answers_are_waited_for_and_time_goes_faster() -> None:
    def server(client: Client) -> None:
        client.send(json.dumps({"type": "response.created", "response": {"id": "a"}}).encode())
        later(client, 5, type="response.done", response={"id": "a"})

    arrived, _ = played(heard(0, b"aa"), heard(8, b"bb"), fast=True, server=server)
    assert arrived == [(5, b"aa"), (6, b"bb")]


def test_a_server_that_hangs_up_is_told_nothing_more() -> None:
    def server(client: Client) -> None:
        asyncio.get_running_loop().call_later(1, client.close, 1011, "internal error")

    arrived, script = played(heard(0.5, b"aa"), heard(2, b"bb"), server=server)
    assert arrived == [(0.5, b"aa")]
    assert script.notes == ["the server has closed the session: 1011 internal error"]
