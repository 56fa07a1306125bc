"""What the command understands."""

import argparse

import pytest

from repartee.engines.catalogue import catalogue
from repartee.models.arguments import ROLES, add_arguments


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_without_a_verb_models_are_listed() -> None:
    given = parsed("--role", "ears", "--language", "de", "--json")
    assert (given.verb, given.role, given.language, given.json) == (None, "ears", "de", True)


@pytest.mark.parametrize("verb", ["pull", "path", "remove"])
def test_verbs_take_a_name(verb: str) -> None:
    given = parsed(verb, "qwen3-4b")
    assert (given.verb, given.name) == (verb, "qwen3-4b")
    with pytest.raises(SystemExit, match="2"):
        parsed(verb)


@pytest.mark.parametrize("verb", ["pull", "remove"])
def test_what_changes_something_asks(verb: str) -> None:
    assert not parsed(verb, "x").yes
    assert parsed(verb, "x", "--yes").yes


def test_the_roles_are_those_of_the_catalogue() -> None:
    assert {*ROLES} == {model.role for model in catalogue().values()}
