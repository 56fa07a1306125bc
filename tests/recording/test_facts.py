"""Facts come back as they were; a command is known by its digest."""

import json
from typing import get_args

import pytest

from repartee.protocol.beta import BETA
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from repartee.protocol.items import InputAudio, Message
from repartee.protocol.prompt import Hints, Prompt, VoiceChoice
from repartee.protocol.prompt import Message as Line
from repartee.protocol.server import ConversationItemDone, ConversationItemRetrieved
from repartee.recording.facts import read_input, write_command, write_event, write_input
from repartee.recording.format import Kind
from repartee.session.commands import (
    Close,
    Command,
    Duck,
    Guess,
    Hear,
    Hush,
    Judge,
    Listen,
    Play,
    Proceed,
    Record,
    Reply,
    Settle,
    Show,
    Stop,
    Transcribe,
)
from repartee.session.inputs import (
    Called,
    Failed,
    Finished,
    Heard,
    Input,
    Judged,
    Said,
    Sounded,
    Tick,
    Transcribed,
)

FACTS: list[Input] = [
    Heard(b"\1\2", 0.1 + 0.2, "mine"),
    Heard(b"\1\2"),
    Transcribed("item_1", "Ünï 😀", 3, True, (("Ünï", -0.25),)),
    Transcribed("item_1", "a", complete=True),
    Judged("item_1", 1 / 3),
    Said("resp_1", 'a "b"\n'),
    Sounded("resp_1", b"\0\xff", 0.04, "a"),
    Called("resp_1", "0", "look", '{"at":1}'),
    Finished("resp_1", 3, None, 0, "max_output_tokens"),
    Failed("resp_1", "engine_error", "It broke."),
    Refused("No.", "invalid_event", "type", "mine"),
    Tick(),
]
PROMPT = Prompt((Line("user", "a secret"),), "Be brief.")
COMMANDS: list[Command] = [
    Listen(True),
    Transcribe("item_1", Hints("en")),
    Hear("item_1", b"\1\2"),
    Guess("item_1"),
    Judge("item_1", bytes(4800), "a secret"),
    Settle("item_1"),
    Reply("resp_1", PROMPT, VoiceChoice("marin"), early=True),
    Proceed("resp_1"),
    Play(bytes(960)),
    Hush(),
    Duck(True),
    Stop("resp_1"),
    Record(kind="response", id="resp_1", status="completed", duration_s=0.5),
    Close(1001, "It is late."),
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_comes_back_as_it_was(fact: Input) -> None:
    kind, text, blob = write_input(fact)
    assert read_input(kind, text, blob) == fact
    assert kind is (Kind.HEARD if isinstance(fact, Heard) else Kind.FACT)


def test_nothing_is_left_out() -> None:
    assert {type(fact) for fact in FACTS} == {*get_args(Input)}
    assert {type(command) for command in COMMANDS} == {*get_args(Command)} - {Show}


@pytest.mark.parametrize("text", [b"{}", b'{"type":"Nobody"}', b'{"type":"Said"}', b"", b"[]"])
def test_what_is_no_fact_is_an_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_input(Kind.FACT, text, b"")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_is_named_and_digested(command: Command) -> None:
    text = write_command(command)
    said = json.loads(text)
    assert said["name"] == type(command).__name__
    assert said.get("ref") == getattr(command, "ref", None)
    assert len(said["digest"]) == 16
    assert b"secret" not in text


def test_facts_of_commands_that_a_reader_wants() -> None:
    told = {each["name"]: each for each in (json.loads(write_command(one)) for one in COMMANDS)}
    assert told["Judge"]["ms"] == 100
    assert told["Play"]["ms"] == 20
    assert told["Close"]["reason"] == "It is late."
    reply = told["Reply"]
    assert (reply["early"], reply["voice"], reply["lines"], reply["tools"]) == (True, "marin", 1, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Hear("item_1", b"\1\2"), Hear("item_1", b"\1\3")),
        (Judge("item_1", b"\1\2", "a"), Judge("item_1", b"\1\2", "b")),
        (Reply("resp_1", PROMPT, None), Reply("resp_1", Prompt((), "Be brief."), None)),
        (Transcribe("item_1", Hints(prompt="a")), Transcribe("item_1", Hints(prompt="b"))),
    ],
)
def test_commands_that_differ_have_different_digests(one: Command, other: Command) -> None:
    assert write_command(one) != write_command(other)
    assert write_command(one) == write_command(one)


def test_an_event_is_as_its_dialect_has_it() -> None:
    event = ConversationItemDone(item=Message(role="user", content=[]), previous_item_id=None)
    assert b'"conversation.item.done"' in (write_event(event, GA) or b"")
    assert write_event(event, BETA) is None


def test_a_users_sound_is_shown_in_the_encoding_that_is_wanted() -> None:
    item = Message(role="user", content=[InputAudio(audio=b"\xff")])
    shown = Show(ConversationItemRetrieved(item=item), "audio/pcmu", "audio/pcm")
    assert b'"AAAAAAAA"' in (write_event(shown, GA) or b"")
