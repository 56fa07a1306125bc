"""What a model is told of a conversation: what fits, what is left out, what may not be."""

from typing import Any

import pytest

from repartee.protocol.client import ResponseConfig
from repartee.protocol.config import FunctionTool, RetentionRatio, TokenLimits, Truncation
from repartee.protocol.items import FunctionCall, FunctionCallOutput, InputText, Message
from repartee.session.context import Manner, cut, fault, fit, limit, prompt
from repartee.session.conversation import Entry

PLAIN = ResponseConfig()


def said(*texts: str) -> tuple[Entry, ...]:
    """Items that cost a token a character."""
    contents: list[list[Any]] = [[InputText(text=text)] for text in texts]
    return tuple(
        Entry(Message(id=f"item_{n}", role="user", content=content))
        for n, content in enumerate(contents)
    )


def call(ref: str = "call_1") -> Entry:
    return Entry(FunctionCall(id=f"of_{ref}", call_id=ref, name="look", arguments="{}"))


def output(text: str, ref: str = "call_1") -> Entry:
    return Entry(FunctionCallOutput(id=f"to_{ref}", call_id=ref, output=text))


def manner(window: int = 10, truncation: Truncation = "auto", longest: int | None = None) -> Manner:
    return Manner("m", 1.0, window, truncation, longest, len)


# What fits


def test_the_newest_are_kept() -> None:
    """B212"""
    talk = said("aaaa", "bbbb", "cccc")
    assert fit(talk, 8, len) == talk[1:]
    assert fit(talk, 7, len) == talk[2:]
    assert fit(talk, 12, len) == talk


def test_the_last_is_kept_whatever_it_costs() -> None:
    talk = said("aaaa", "b" * 99)
    assert fit(talk, 2, len) == talk[1:]
    assert fit((), 2, len) == ()


def test_an_output_never_stands_without_its_call() -> None:
    talk = (call(), output("42"), *said("aaaa"))
    assert fit(talk, 12, len) == talk
    assert fit(talk, 6, len) == talk[2:]
    orphan = output("42", "deleted")
    assert fit((orphan, *talk), 99, len) == talk
    assert fit((*talk, orphan), 99, len) == talk


def test_the_last_output_keeps_its_call_whatever_it_costs() -> None:
    talk = (*said("a"), call(), output("4" * 99))
    assert fit(talk, 20, len) == talk[1:]


# How much there is room for


def test_instructions_and_tools_take_their_room() -> None:
    assert limit(PLAIN, manner(1000)) == 1000 - len("()")
    assert limit(ResponseConfig(instructions="x" * 100), manner(1000)) == 898
    tools = (FunctionTool("look", parameters={"type": "object"}),)
    assert limit(ResponseConfig(tools=tools), manner(1000)) < 950


def test_room_is_never_less_than_nothing() -> None:
    config = ResponseConfig(instructions="x" * 100)
    assert limit(config, manner()) == 0
    assert fault(config, said("a"), manner(truncation="disabled")) is not None
    assert cut(config, said("a", "b"), manner())[0][0].id == "item_1"


@pytest.mark.parametrize(
    ("own", "room"), [(5, 5), (0, 0), (500, 98), (None, 98)], ids=["less", "none", "more", "unsaid"]
)
def test_the_conversation_may_have_a_limit_of_its_own(own: int | None, room: int) -> None:
    """B214"""
    limits = TokenLimits() if own is None else TokenLimits(own)
    assert limit(PLAIN, manner(100, RetentionRatio("retention_ratio", 0.5, limits))) == room
    assert limit(PLAIN, manner(100, RetentionRatio("retention_ratio", 0.5))) == 98


# What is left out


def test_only_what_does_not_fit_is_left_out_and_not_for_good() -> None:
    """B212"""
    talk = said("aaaa", "bbbb", "cccc")
    assert cut(PLAIN, talk, manner(10)) == (talk[1:], ())
    assert cut(PLAIN, talk, manner(14)) == (talk, ())


def test_a_ratio_leaves_out_more_and_for_good() -> None:
    """B213"""
    talk = said("aa", "bb", "cc", "dd", "ee", "ff")
    half = RetentionRatio("retention_ratio", 0.5)
    assert cut(PLAIN, talk, manner(14, half)) == (talk, ()), "as long as it fits, all is told"
    assert cut(PLAIN, talk, manner(13, half)) == (talk[4:], talk[:4])
    everything, nothing = RetentionRatio("retention_ratio", 1), RetentionRatio("retention_ratio", 0)
    assert cut(PLAIN, talk, manner(13, everything)) == (talk[1:], talk[:1])
    assert cut(PLAIN, talk, manner(13, nothing)) == (talk[5:], talk[:5])


def test_a_call_is_not_left_out_for_good_before_its_output_is() -> None:
    talk = (*said("aaaa"), call(), *said("bbbb"))
    kept, dropped = cut(PLAIN, talk, manner(10, RetentionRatio("retention_ratio", 0.5)))
    assert (kept, dropped) == (talk[2:], talk[:1])
    answered = (*talk[1:], output("42"))
    assert cut(PLAIN, answered, manner(10, RetentionRatio("retention_ratio", 0.5))) == (
        (talk[1], answered[-1]),
        (talk[2],),
    )


# What may not be left out


@pytest.mark.parametrize(("words", "fits"), [(("aaaa", "bbbb"), True), (("aaaa", "bbbbb"), False)])
def test_where_nothing_may_be_left_out_too_much_is_a_fault(
    words: tuple[str, ...], fits: bool
) -> None:
    """B211"""
    refused = fault(PLAIN, said(*words), manner(10, "disabled"))
    assert (refused is None) == fits
    if refused is not None:
        assert (refused.code, refused.param) == ("context_length_exceeded", None)
        assert "8 tokens" in refused.message
    assert fault(PLAIN, said(*words), manner(10)) is None


# What else the model is asked


@pytest.mark.parametrize(
    ("wished", "allowed", "most"),
    [("inf", None, None), ("inf", 50, 50), (20, None, 20), (20, 50, 20), (80, 50, 50)],
)
def test_the_clients_bound_holds_within_the_operators(
    wished: Any, allowed: int | None, most: int | None
) -> None:
    config = ResponseConfig(max_output_tokens=wished)
    assert prompt(config, (), manner(longest=allowed)).max_output_tokens == most


def test_a_temperature_is_passed_on_if_there_is_one() -> None:
    assert prompt(ResponseConfig(temperature=0.7), (), manner()).temperature == 0.7
    assert prompt(PLAIN, (), manner()).temperature is None
