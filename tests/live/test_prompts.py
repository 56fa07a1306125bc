"""Prompts that the operator keeps, chosen by the client."""

from pathlib import Path
from typing import Any

import pytest

from live.thinking import asked, thinking, told_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

QUIZ = """
instructions = "You are a quizmaster in {{town}}."
output_modalities = ["text"]
tool_choice = "required"
max_output_tokens = 99

[audio.output]
voice = "cedar"

[[tools]]
type = "function"
name = "ask_question"
parameters = { type = "object", properties = {} }
"""


def prompts(folder: Path) -> str:
    """A folder of prompts, as an operator keeps them; the setting that names it."""
    kept = folder / "prompts"
    (kept / "greet").mkdir(parents=True)
    (kept / "greet" / "1.md").write_text("Greet {{name}}.")
    (kept / "greet" / "2.md").write_text("Greet {{name}} warmly, in {{language}}.")
    (kept / "quiz.toml").write_text(QUIZ)
    return f"session.prompts={kept}"


async def test_a_prompt_of_the_operators(tmp_path: Path) -> None:
    async with thinking(tmp_path, prompts(tmp_path)) as (caller, mind):
        greeting = {
            "id": "greet",
            "version": "1",
            "variables": {"name": "Ada"},
        }
        session = (await caller.update(prompt=greeting)).session
        assert session.prompt.model_dump(exclude_none=True) == greeting
        await caller.ask("Hello.")
        assert told_system(mind) == "Greet Ada."

        newest = {"name": {"type": "input_text", "text": "Bo"}, "language": "Danish"}
        await caller.update(prompt={"id": "greet", "variables": newest})
        await caller.ask("Hello.")
        assert told_system(mind) == "Greet Bo warmly, in Danish."

        quiz = {"id": "quiz", "variables": {"town": "Oslo"}}
        session = (await caller.update(prompt=quiz)).session
        assert session.output_modalities == ["text"]
        assert session.audio.output.voice == "cedar"
        assert session.max_output_tokens == 99
        assert [each.name for each in session.tools] == ["ask_question"]
        await caller.write("Hello.")
        await caller.connection.response.create()
        (call,) = (await caller.until("response.done")).response.output
        assert (call.type, call.name) == ("function_call", "ask_question")
        assert told_system(mind) == "You are a quizmaster in Oslo."
        assert asked(mind)["tool_choice"] == "required"

        # What the client says itself wins, also from then on; without a prompt all is as before.
        await caller.update(instructions="Say no word.", prompt=quiz)
        session = (await caller.update(prompt=None)).session
        assert (session.prompt, session.tools, session.output_modalities) == (None, [], ["audio"])
        await caller.ask("Hello.")
        assert told_system(mind) == "Say no word."


async def test_a_prompt_for_one_response(tmp_path: Path) -> None:
    async with thinking(tmp_path, prompts(tmp_path)) as (caller, mind):
        before = (await caller.update(instructions="Be brief.")).session
        greeting = {"id": "greet", "version": "1", "variables": {"name": "Ada"}}
        await caller.write("Hello.")
        assert (await caller.respond(prompt=greeting)).status == "completed"
        assert told_system(mind) == "Greet Ada."
        await caller.respond(prompt=greeting, instructions="Greet nobody.")
        assert told_system(mind) == "Greet nobody."
        await caller.respond()
        assert told_system(mind) == "Be brief."
        assert (await caller.update()).session == before


async def test_prompts_that_are_not_there(tmp_path: Path) -> None:
    async with thinking(tmp_path, prompts(tmp_path)) as (caller, _):
        before = (await caller.update()).session
        faults: list[tuple[dict[str, Any], str]] = [
            ({"id": "nobody"}, "id"),
            ({"id": "../prompts/quiz"}, "id"),
            ({"id": "greet", "version": "3"}, "version"),
            ({"id": "greet", "version": "1"}, "variables.name"),
            (
                {"id": "greet", "version": "1", "variables": {"name": "Ada", "age": "36"}},
                "variables.age",
            ),
        ]
        for prompt, param in faults:
            assert (await caller.refused_update(prompt=prompt)).param == f"session.prompt.{param}"
        picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
        refused = await caller.refused_update(
            prompt={"id": "greet", "version": "1", "variables": {"name": picture}}
        )
        assert refused.param == "session.prompt.variables.name.type"
        own: Any = {"prompt": {"id": "nobody"}}
        await caller.connection.response.create(response=own)
        assert (await caller.until("error")).error.param == "response.prompt.id"
        assert (await caller.update()).session == before
