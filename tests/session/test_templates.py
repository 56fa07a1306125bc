"""Prompts of the operator's: which is meant, what fills it, and what of it holds."""

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from plays import template
from repartee.protocol.client import SaidConfig
from repartee.protocol.config import Config, PromptReference
from repartee.protocol.errors import Refused
from repartee.protocol.items import InputText
from repartee.protocol.said import merge
from repartee.protocol.template import Prompts
from repartee.session.templates import Prompted, fill

FRESH = Config(instructions="Be kind.")


PROMPTS: Prompts = {
    "greet": {
        "1": template("greet", instructions="Say hello."),
        "2": template(
            "greet", "2", instructions="Greet {{name}} in {{place}}.", max_output_tokens=50
        ),
    },
    "sing": {"1": template("sing", tool_choice="none", audio={"output": {"voice": "ash"}})},
}


def named(version: str | None = None, **variables: Any) -> PromptReference:
    return PromptReference("greet", version or UNSET, variables or UNSET)


# Which one, and what fills it


def test_the_newest_version_is_meant_where_none_is_named() -> None:
    said: Any = fill(PROMPTS, named(name="Ada", place=InputText("Rome")), "session.prompt")
    assert said.instructions == "Greet Ada in Rome."
    said = fill(PROMPTS, named("1"), "session.prompt")
    assert said.instructions == "Say hello."


def test_a_value_is_no_template() -> None:
    said: Any = fill(PROMPTS, named(name="{{place}}", place="Rome"), "session.prompt")
    assert said.instructions == "Greet {{place}} in Rome."


@pytest.mark.parametrize(
    ("reference", "code", "param"),
    [
        (PromptReference("other"), "invalid_value", "response.prompt.id"),
        (named("3"), "invalid_value", "response.prompt.version"),
        (named("2"), "missing_required_parameter", "response.prompt.variables.name"),
        (named(name="Ada"), "missing_required_parameter", "response.prompt.variables.place"),
        (
            named(name="Ada", place="Rome", time="noon"),
            "unknown_parameter",
            "response.prompt.variables.time",
        ),
        (named("1", name="Ada"), "unknown_parameter", "response.prompt.variables.name"),
    ],
)
def test_what_cannot_be_filled_is_named(reference: PromptReference, code: str, param: str) -> None:
    refused = fill(PROMPTS, reference, "response.prompt")
    assert isinstance(refused, Refused)
    assert (refused.code, refused.param) == (code, param)


# What of it holds


class Told:
    """A configuration, updated as sessions are."""

    def __init__(self) -> None:
        self.config = FRESH
        self._prompted = Prompted(PROMPTS)

    def update(self, **said: Any) -> Config:
        update: Any = msgspec.convert({"type": "realtime", **said}, SaidConfig)
        changed = self._prompted.apply(merge(self.config, update, FRESH), update, FRESH)
        assert isinstance(changed, Config)
        self._prompted.said(update)
        self.config = changed
        return changed


GREET = {"prompt": {"id": "greet", "version": "1"}}
SING = {"prompt": {"id": "sing"}}


def test_a_prompt_brings_what_nobody_said() -> None:
    """B216"""
    config = Told().update(**SING)
    assert (config.tool_choice, config.audio.output.voice) == ("none", "ash")
    assert config.instructions == "Be kind."


@pytest.mark.parametrize("direct", ["Mine.", ""])
def test_what_was_said_directly_wins_before_and_after(direct: str) -> None:
    """B216: "direct session fields win over prompt fields"."""
    after, before, at_once = Told(), Told(), Told()
    after.update(**GREET)
    assert after.update(instructions=direct).instructions == direct
    before.update(instructions=direct)
    assert before.update(**GREET).instructions == direct
    assert at_once.update(**GREET, instructions=direct).instructions == direct


def test_null_says_nothing() -> None:
    told = Told()
    told.update(instructions=None)
    assert told.update(**GREET).instructions == "Say hello."


def test_another_prompt_takes_back_what_the_first_one_brought() -> None:
    told = Told()
    told.update(**GREET)
    config = told.update(**SING)
    assert (config.instructions, config.tool_choice) == ("Be kind.", "none")
    config = told.update(prompt=None)
    assert (config.instructions, config.tool_choice) == ("Be kind.", "auto")
    assert config.audio.output.voice == FRESH.audio.output.voice


def test_an_update_that_names_none_leaves_it() -> None:
    told = Told()
    told.update(**GREET)
    config = told.update(tool_choice="required")
    assert (config.instructions, config.tool_choice) == ("Say hello.", "required")


def test_a_prompt_that_cannot_be_filled_is_refused() -> None:
    update: Any = msgspec.convert({"type": "realtime", "prompt": {"id": "other"}}, SaidConfig)
    refused = Prompted(PROMPTS).apply(merge(FRESH, update, FRESH), update, FRESH)
    assert isinstance(refused, Refused)
    assert refused.param == "session.prompt.id"
