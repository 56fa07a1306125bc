"""How the placeholders of a prompt are filled."""

from typing import Any

import msgspec
import pytest

from repartee.protocol.client import SaidResponse
from repartee.protocol.template import Template, placeholders, render


def said(**members: Any) -> msgspec.Struct:
    made: msgspec.Struct = msgspec.convert(members, SaidResponse)
    return made


def template(instructions: str) -> Template:
    return Template("greet", "1", said(instructions=instructions), placeholders(instructions))


def filled(instructions: str, **variables: str) -> str:
    rendered: Any = render(template(instructions), variables)
    text: str = rendered.instructions
    return text


@pytest.mark.parametrize(
    ("instructions", "names"),
    [
        ("Greet {{name}} of {{ company }}, {{name}}.", {"name", "company"}),
        ("{{a-b}} {{c.d}} {{E_1}}", {"a-b", "c.d", "E_1"}),
        ("{name} {{}} {{two words}} {{größe}} }}{{", set()),
    ],
)
def test_placeholders_are_names_in_two_braces(instructions: str, names: set[str]) -> None:
    assert placeholders(instructions) == names


def test_each_place_is_filled_once() -> None:
    assert filled("{{a}}, {{ a }} and {{b}}", a="{{b}}", b=r"\1") == r"{{b}}, {{b}} and \1"


def test_a_place_without_a_value_stays_and_a_value_without_a_place_is_dropped() -> None:
    assert filled("Hello {{name}}", title="Dr") == "Hello {{name}}"


def test_everything_else_stays_as_it_was_said() -> None:
    without = said(output_modalities=["text"], max_output_tokens="inf")
    assert render(Template("terse", "1", without), {"a": "b"}) is without
    rendered: Any = render(Template("x", "1", said(instructions="{{a}}", tools=[])), {"a": "b"})
    assert (rendered.instructions, rendered.tools) == ("b", ())
