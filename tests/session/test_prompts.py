"""Prompts of the operator's, as the client of a session sees them."""

from collections.abc import Iterator
from typing import Any

import pytest

from plays import error, respond, spoken, template, update
from repartee.protocol.template import Prompts
from repartee.session.bounds import Bounds
from stage import Stage

TOOL = {"type": "function", "name": "look", "parameters": {"type": "object"}}
PROMPTS: Prompts = {
    "greet": {
        "1": template("greet", instructions="Say hello.", max_output_tokens=50),
        "2": template("greet", "2", instructions="Greet {{name}}."),
    },
    "sing": {
        "1": template(
            "sing",
            tools=[TOOL],
            tool_choice={"type": "function", "name": "look"},
            audio={"output": {"voice": "ash"}},
        )
    },
}


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(Bounds(prompts=PROMPTS), instructions="Be kind.")
    yield made
    made.settle()
    assert made.end() == []


def prompt(name: str, version: str | None = None, /, **variables: Any) -> dict[str, Any]:
    reference: dict[str, Any] = {"id": name}
    if version is not None:
        reference["version"] = version
    if variables:
        reference["variables"] = variables
    return {"prompt": reference}


def test_a_session_takes_what_its_prompt_says(stage: Stage) -> None:
    """B216"""
    (updated,) = update(stage, **prompt("greet", name="Ada"))
    session = updated["session"]
    assert session["prompt"] == {"id": "greet", "variables": {"name": "Ada"}}
    assert session["instructions"] == "Greet Ada."
    asked = stage.replies[respond(stage)].prompt
    assert asked.instructions == "Greet Ada."


def test_direct_fields_win_in_both_orders(stage: Stage) -> None:
    """B216"""
    update(stage, **prompt("greet", "1"))
    assert update(stage, max_output_tokens=7)[0]["session"]["max_output_tokens"] == 7
    session = update(stage, **prompt("greet", "1"), instructions="Mine.")[0]["session"]
    assert (session["instructions"], session["max_output_tokens"]) == ("Mine.", 7)
    session = update(stage, **prompt("sing"))[0]["session"]
    assert (session["instructions"], session["max_output_tokens"]) == ("Mine.", 7)
    assert session["audio"]["output"]["voice"] == "ash"


def test_without_a_prompt_everything_is_as_it_was(stage: Stage) -> None:
    before = stage.events[0]["session"]
    update(stage, **prompt("sing"))
    assert update(stage, prompt=None)[0]["session"] == before


def test_tools_of_a_prompt_are_the_models(stage: Stage) -> None:
    update(stage, **prompt("sing"))
    asked = stage.replies[respond(stage)].prompt
    assert ([tool.name for tool in asked.tools], asked.tool_choice) == (["look"], "=look")


def test_a_response_has_a_prompt_of_its_own(stage: Stage) -> None:
    """B128"""
    ref = respond(stage, **prompt("greet", "1"), max_output_tokens=9)
    asked = stage.replies[ref].prompt
    assert (asked.instructions, asked.max_output_tokens) == ("Say hello.", 9)
    stage.finish(ref)
    assert stage.replies[respond(stage)].prompt.instructions == "Be kind."


@pytest.mark.parametrize(
    ("named", "code", "path"),
    [
        (prompt("other"), "invalid_value", "prompt.id"),
        (prompt("greet", "9"), "invalid_value", "prompt.version"),
        (prompt("greet"), "missing_required_parameter", "prompt.variables.name"),
        (prompt("greet", "1", name="Ada"), "unknown_parameter", "prompt.variables.name"),
        (
            prompt("greet", name={"type": "input_image", "image_url": "data:"}),
            "invalid_value",
            "prompt.variables.name.type",
        ),
    ],
    ids=["id", "version", "missing", "unknown", "image"],
)
def test_what_is_wrong_with_one_is_named(
    stage: Stage, named: dict[str, Any], code: str, path: str
) -> None:
    assert error(update(stage, **named)) == (code, f"session.{path}")
    refused = stage.client({"type": "response.create", "response": named})
    assert error(refused) == (code, f"response.{path}")
    assert update(stage)[0]["session"] == stage.events[0]["session"]


def test_text_may_be_a_variable_in_two_ways(stage: Stage) -> None:
    update(stage, **prompt("greet", name={"type": "input_text", "text": "Ada"}))
    assert stage.session.config.instructions == "Greet Ada."  # type: ignore[union-attr]


def test_a_voice_that_was_heard_stays(stage: Stage) -> None:
    """B030, B129"""
    spoken(stage, "Hello.")
    assert error(update(stage, **prompt("sing"))) == ("cannot_update_voice", None)
    refused = stage.client({"type": "response.create", "response": prompt("sing")})
    assert error(refused) == ("cannot_update_voice", None)
    stage.violations.clear()  # the referee does not know what voice a prompt brings
    assert "prompt" in update(stage, **prompt("greet", "1"))[0]["session"]


def test_one_that_a_prompt_brought_outlives_it(stage: Stage) -> None:
    """Nobody asks for another voice when a prompt is taken away."""
    update(stage, **prompt("sing"))
    spoken(stage, "Hello.")
    session = update(stage, prompt=None)[0]["session"]
    assert (session["audio"]["output"]["voice"], session["tools"]) == ("ash", [])
    session = update(stage, **prompt("greet", "1"))[0]["session"]
    assert (session["audio"]["output"]["voice"], session["instructions"]) == ("ash", "Say hello.")
