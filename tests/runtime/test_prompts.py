"""The folder of prompts: what is read from it, and the one line said where a file is wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repartee.protocol.template import Prompts, Template, render
from repartee.runtime.prompts import LARGEST, load_prompts
from repartee.settings import SettingsError

QUIZ = """
instructions = "Ask about {{topic}}."
output_modalities = ["audio"]
tool_choice = { type = "function", name = "grade" }
parallel_tool_calls = false
reasoning = { effort = "low" }
max_output_tokens = "inf"
audio.output.voice = "cedar"

[[tools]]
type = "function"
name = "grade"
parameters = { type = "object" }
"""


class Folder:
    """A folder of prompts, in a folder that has more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()

    def write(self, name: str, content: str | bytes) -> None:
        file = self.path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def load(self) -> Prompts:
        return load_prompts(str(self.path))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "prompts")


def newest(prompts: Prompts, id: str) -> Template:
    return [*prompts[id].values()][-1]


def instructions(prompts: Prompts, id: str) -> Any:
    said: Any = newest(prompts, id).said
    return said.instructions


def test_without_a_folder_there_are_no_prompts() -> None:
    assert load_prompts(None) == {}


def test_an_empty_folder_is_no_mistake(folder: Folder) -> None:
    folder.write(".gitkeep", "")
    assert folder.load() == {}


def test_a_text_is_the_instructions(folder: Folder) -> None:
    folder.write("greet.md", "\ufeff# Greet\n\nGreet {{name}}.\n\n")
    prompts = folder.load()
    found = newest(prompts, "greet")
    assert (found.id, found.version) == ("greet", "1")
    assert found.variables == {"name"}
    assert instructions(prompts, "greet") == "# Greet\n\nGreet {{name}}."


def test_a_table_is_whatever_may_be_said_of_a_response(folder: Folder) -> None:
    folder.write("quiz.toml", QUIZ)
    said: Any = render(newest(folder.load(), "quiz"), {"topic": "birds"})
    assert said.instructions == "Ask about birds."
    assert (said.output_modalities, said.max_output_tokens) == (("audio",), "inf")
    assert (said.tools[0].name, said.tool_choice.name) == ("grade", "grade")
    assert (said.audio.output.voice, said.reasoning.effort) == ("cedar", "low")
    assert said.parallel_tool_calls is False


def test_a_table_need_not_say_anything_to_the_model(folder: Folder) -> None:
    folder.write("quiet.toml", 'output_modalities = ["text"]')
    assert newest(folder.load(), "quiet").variables == frozenset()


def test_the_newest_version_is_found_by_numbers(folder: Folder) -> None:
    for version in ("9", "10", "2.10", "2.9"):
        folder.write(f"order/{version}.md", version)
    folder.write("order/3.toml", "instructions = 'three'")
    versions = folder.load()["order"]
    assert list(versions) == ["2.9", "2.10", "3", "9", "10"]
    assert instructions(folder.load(), "order") == "10"
    three: Any = versions["3"].said
    assert three.instructions == "three"


def test_a_link_may_lead_to_another_prompt(folder: Folder) -> None:
    folder.write("greet.md", "Hi")
    (folder.path / "hello.md").symlink_to("greet.md")
    assert instructions(folder.load(), "hello") == "Hi"


Mistake = Callable[[Folder], None]


def wrote(name: str, content: str | bytes) -> Mistake:
    return lambda folder: folder.write(name, content)


def linked(name: str, target: str) -> Mistake:
    def link(folder: Folder) -> None:
        folder.path.parent.joinpath("secret.md").write_text("secret")
        (folder.path / name).symlink_to(target)

    return link


def made(name: str) -> Mistake:
    return lambda folder: (folder.path / name).mkdir()


@pytest.mark.parametrize(
    ("mistake", "file", "told"),
    [
        (wrote("greet.txt", "Hi"), "greet.txt", "a prompt is a file that ends in .md or .toml"),
        (wrote("grüße.md", "Hi"), "grüße.md", "a prompt's name has only letters, digits, _ . and"),
        (wrote("a/v 1.md", "Hi"), "a/v 1.md", "a prompt's name has only letters"),
        (wrote("greet.md", b"\xff"), "greet.md", "is no text in UTF-8"),
        (wrote("greet.md", " \n"), "greet.md", "says nothing"),
        (wrote("greet.toml", ""), "greet.toml", "says nothing"),
        (wrote("greet.md", b"a" * (LARGEST + 1)), "greet.md", "has more than 256 KiB"),
        (wrote("greet.toml", "a = "), "greet.toml", "cannot be read: Invalid value"),
        (wrote("greet.toml", "instructions = 1"), "greet.toml", "Expected `str | null`, got `int`"),
        (wrote("greet.toml", "temperature = 1"), "greet.toml", "unknown field `temperature`"),
        (wrote("a.toml", "[metadata]\na = 'b'"), "a.toml", "a prompt cannot say metadata"),
        (wrote("a.toml", "prompt.id = 'b'"), "a.toml", "a prompt cannot say prompt"),
        (wrote("a.toml", "input = []"), "a.toml", "a prompt cannot say input"),
        (wrote("a.toml", "conversation = 'none'"), "a.toml", "a prompt cannot say conversation"),
        (
            wrote("a.toml", "audio.output.format.type = 'audio/pcm'"),
            "a.toml",
            "a prompt cannot say audio.output.format",
        ),
        (wrote("a.toml", "[[tools]]\ntype = 'mcp'"), "a.toml", "tools[0].type names what is not"),
        (made("empty"), "empty", "there is no version of this prompt"),
        (made("order.md"), "order.md", "there is no version of this prompt"),
        (linked("greet.md", "../secret.md"), "greet.md", "this link leads out of the folder"),
        (linked("order", ".."), "order", "this link leads out of the folder"),
        (linked("greet.md", "nowhere.md"), "greet.md", "a prompt is a file that ends in"),
        (linked("greet.md", "greet.md"), "greet.md", "a prompt is a file that ends in"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_that_names_the_file(
    folder: Folder, mistake: Mistake, file: str, told: str
) -> None:
    folder.write("right.md", "Hi")
    mistake(folder)
    with pytest.raises(SettingsError) as refused:
        folder.load()
    message = str(refused.value)
    assert message.startswith(str(folder.path / file))
    assert told in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (("greet.md", "greet.toml"), "there is another file of version 1 of this prompt"),
        (("greet/1.md", "greet/1.toml"), "there is another file of version 1 of this prompt"),
        (("greet/1.md", "greet.md"), "there is a file of this prompt as well as a folder"),
    ],
)
def test_a_version_has_one_file(folder: Folder, files: tuple[str, ...], told: str) -> None:
    for name in files:
        folder.write(name, "instructions = 'Hi'")
    with pytest.raises(SettingsError, match=told):
        folder.load()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"session.prompts .*: there is no such folder"):
        load_prompts(str(tmp_path / "nowhere"))
