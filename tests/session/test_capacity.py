"""What a session has room for; what it has no room for is refused, and nothing is lost."""

import base64
from typing import Any

import pytest

from plays import MANUAL, create, error, kinds, lines, respond, retrieve, sound, text, update
from repartee.protocol.beta import BETA
from repartee.session.bounds import Bounds
from repartee.session.capacity import TURNS_AN_ITEM, UNHEARD_MS
from repartee.session.caps import Caps
from repartee.session.commands import Close
from repartee.session.inputs import Tick
from stage import FRAME, Stage

PICTURE = "data:image/png;base64,"


def capped(**caps: Any) -> Stage:
    return Stage(Bounds(caps=Caps(**caps), sees=True))


def picture(size: int) -> dict[str, Any]:
    url = PICTURE + "A" * (size - len(PICTURE))
    content = [{"type": "input_image", "image_url": url}]
    return {"type": "message", "role": "user", "content": content}


def tool(name: str = "look", **parameters: Any) -> dict[str, Any]:
    return {"type": "function", "name": name, "parameters": parameters}


# Items


def test_a_conversation_has_so_many_items(stage: Stage) -> None:
    """Attack 54: the thousandth is taken, those after it are not; who deletes one may add one."""
    for number in range(1000):
        assert len(create(stage, text("x", id=f"item_{number}"))) == 2
    for _ in range(1000):
        assert error(create(stage, text("more", id="more"))) == ("invalid_value", "item")
    assert retrieve(stage, "item_999")["content"][0]["text"] == "x"
    stage.client({"type": "conversation.item.delete", "item_id": "item_0"})
    assert len(create(stage, text("more", id="more"))) == 2


def test_a_turn_and_its_answer_come_into_a_full_conversation() -> None:
    stage = capped(items=2)
    create(stage, text("one"))
    create(stage, text("two"))
    stage.speak()
    stage.settle()
    assert stage.last("response.done")["response"]["status"] == "completed"
    assert error(create(stage, text("three"))) == ("invalid_value", "item")
    assert stage.end() == []


def test_a_client_that_commits_without_end_is_stopped() -> None:
    """Attacks 53 and 54: the sound stays where it is."""
    stage = capped(items=1)
    update(stage, **MANUAL)
    append = {"type": "input_audio_buffer.append", "audio": base64.b64encode(FRAME * 4).decode()}
    for _ in range(TURNS_AN_ITEM):
        stage.client(append)
        committed = stage.client({"type": "input_audio_buffer.commit"})
        assert "input_audio_buffer.committed" in kinds(committed)
    stage.client(append)
    commit = {"type": "input_audio_buffer.commit", "event_id": "mine"}
    assert error(stage.client(commit)) == ("invalid_value", None)
    deleted = committed[0]["item_id"]
    stage.client({"type": "conversation.item.delete", "item_id": deleted})
    item_id = stage.client(commit)[0]["item_id"]
    assert base64.b64decode(retrieve(stage, item_id)["content"][0]["audio"]) == FRAME * 4
    stage.settle()
    assert stage.end() == []


@pytest.mark.parametrize(
    ("size", "item"),
    [
        (60, text("x" * 60)),
        (60, text("x" * 60, role="assistant")),
        (60, text("", id="x" * 60)),
        (63, {"type": "function_call", "name": "f", "call_id": "c2", "arguments": "x" * 60}),
        (62, {"type": "function_call_output", "call_id": "c1", "output": "x" * 60}),
    ],
    ids=["text", "answer", "id", "arguments", "output"],
)
@pytest.mark.parametrize("spare", [0, -1])
def test_a_conversation_has_so_much_text(size: int, item: dict[str, Any], spare: int) -> None:
    """Attack 54."""
    stage = capped(text_characters=100)
    create(stage, {"type": "function_call", "name": "f", "call_id": "c1", "arguments": ""})
    create(stage, text("y" * (100 - len("fc1") - size - spare)))
    before = lines(stage)
    if spare == 0:
        assert kinds(create(stage, item)) == ["conversation.item.added", "conversation.item.done"]
    else:
        assert error(create(stage, item)) == ("invalid_value", "item")
        assert lines(stage) == before
    assert stage.end() == []


def test_a_conversation_has_so_many_pictures() -> None:
    stage = capped(image_bytes=1000)
    assert len(create(stage, picture(600))) == 2
    assert error(create(stage, picture(401))) == ("invalid_value", "item")
    assert len(create(stage, picture(400))) == 2


def test_sound_that_nobody_has_recognised_yet_is_bounded(stage: Stage) -> None:
    """Attack 53: what was taken is recognised, and then more may come."""
    long = base64.b64encode(bytes(15 * 1024 * 1024)).decode()
    item = sound()
    item["content"][0]["audio"] = long
    answers = [kinds(create(stage, item)) for _ in range(4)]
    assert answers[2:] == [["conversation.item.added", "conversation.item.done"], ["error"]]
    assert UNHEARD_MS < 3 * 15 * 1024 * 1024 / 48
    given = {"type": "response.create", "response": {"input": [item], "conversation": "none"}}
    assert error(stage.client(given)) == ("invalid_value", "response.input")
    assert len(create(stage, text("words are welcome"))) == 2
    stage.settle()
    assert len(create(stage, item)) == 2


# Instructions and tools


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_instructions_are_bounded(dialect: str) -> None:
    """Attack 58."""
    bounds = Bounds(caps=Caps(instructions_characters=100))
    stage = Stage(bounds, BETA) if dialect == "beta" else Stage(bounds)
    kind = {} if dialect == "beta" else {"type": "realtime"}
    said = {"type": "session.update", "session": {**kind, "instructions": "x" * 101}}
    assert error(stage.client(said)) == ("invalid_value", "session.instructions")
    assert stage.session.config.instructions == ""  # type: ignore[union-attr]
    answer = {"type": "response.create", "response": {"instructions": "x" * 101}}
    assert error(stage.client(answer)) == ("invalid_value", "response.instructions")
    said["session"]["instructions"] = "x" * 100  # type: ignore[index]
    assert kinds(stage.client(said)) == ["session.updated"]


def test_the_operators_own_instructions_are_no_fault_of_the_clients() -> None:
    stage = Stage(Bounds(caps=Caps(instructions_characters=100)), instructions="x" * 101)
    assert kinds(update(stage, output_modalities=["text"])) == ["session.updated"]
    respond(stage)


@pytest.mark.parametrize(
    "tools",
    [[tool(f"tool_{n}") for n in range(129)], [tool(description="x" * 256_000)]],
    ids=["number", "size"],
)
def test_tools_are_bounded(stage: Stage, tools: list[dict[str, Any]]) -> None:
    """Attack 55: a thousand tools, or a schema of a megabyte."""
    assert error(update(stage, tools=tools)) == ("invalid_value", "session.tools")
    answer = {"type": "response.create", "response": {"tools": tools}}
    assert error(stage.client(answer)) == ("invalid_value", "response.tools")
    assert kinds(update(stage, tools=[tool(f"tool_{n}") for n in range(128)])) == [
        "session.updated"
    ]


def test_a_schema_is_handed_on_and_never_followed(stage: Stage) -> None:
    """Attack 55: a reference to itself, and a pattern that takes forever to try."""
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}}
    slow = {"type": "string", "pattern": "^(a+)+$", "default": "a" * 40 + "!"}
    tools = [tool("tree", **tree), tool("slow", **slow)]
    assert kinds(update(stage, tools=tools)) == ["session.updated"]
    assert [one.parameters for one in stage.replies[respond(stage)].prompt.tools] == [tree, slow]


# How often


def test_a_session_is_not_updated_without_end(stage: Stage) -> None:
    """Attack 56: of a thousand in a second most are refused, and the session goes on."""
    refused = 0
    for number in range(1000):
        stage.now = number / 1000
        (answer,) = update(stage, output_modalities=["text"])
        if answer["type"] == "error":
            assert error([answer]) == ("rate_limit_exceeded", None)
            refused += 1
    assert refused == 781
    stage.now += 1
    assert kinds(update(stage, output_modalities=["audio"])) == ["session.updated"]


def test_so_many_answers_are_given_at_once() -> None:
    stage = capped(responses=2)
    first = respond(stage, conversation="none", input=[])
    respond(stage)
    beside = {"type": "response.create", "response": {"conversation": "none", "input": []}}
    assert error(stage.client(beside)) == ("rate_limit_exceeded", None)
    stage.say(first, "Yes.")
    stage.finish(first)
    respond(stage, conversation="none", input=[])
    stage.settle()
    assert stage.end() == []


def test_a_second_answer_in_the_conversation_is_refused(stage: Stage) -> None:
    """Attack 60."""
    respond(stage)
    code, _ = error(stage.client({"type": "response.create"}))
    assert code == "conversation_already_has_active_response"


# How long


def test_a_session_that_is_left_alone_ends() -> None:
    """Attack 41: any word of the client, and any of an answer, is life; time is not."""
    stage = Stage(Bounds(idle_minutes=1))
    assert stage.session.deadline == 60
    stage.wait(50, Tick())
    assert stage.session.deadline == 60
    stage.client({"type": "input_audio_buffer.clear"})
    assert stage.session.deadline == 110
    ref = respond(stage)
    stage.now = 100
    stage.say(ref, "Still here.")
    stage.finish(ref)
    assert stage.wait(59.9, Tick()) == []
    (ended,) = stage.wait(0.1, Tick())
    assert ended["error"]["code"] == "session_expired"
    assert stage.commands[-1] == Close(1001, "Your session was idle for 1 minutes.")
    assert stage.end() == []


def test_without_a_limit_a_session_may_be_silent() -> None:
    assert Stage(Bounds(minutes=60)).session.deadline == 3600


# What is said of it


def test_an_error_does_not_repeat_all_that_was_said(stage: Stage) -> None:
    """Attack 46: an event of many megabytes is not answered with as many."""
    (refused,) = create(stage, text("x"), previous_item_id="y" * 10_000_000)
    assert len(refused["error"]["message"]) <= 4096
