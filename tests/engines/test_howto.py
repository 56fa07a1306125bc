"""The examples of the page about engines of other servers can be used as they stand."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from repartee.engines import registry

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "engines.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_makes_an_engine(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "EARS_KEY"):
        monkeypatch.setenv(variable, "sk-anything")
    ((role, options),) = tomllib.loads(example).items()
    engine: Any = registry.make(registry.as_role(role), options.pop("engine"), options)
    assert engine.billed == ("https://" in example or "wss://" in example)


def test_all_of_them_are_shown() -> None:
    assert len(EXAMPLES) == 9
    assert {tomllib.loads(each).popitem()[0] for each in EXAMPLES} == {"ears", "mind", "voice"}
