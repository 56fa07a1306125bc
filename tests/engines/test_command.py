"""The list of engines; tests/test_cli.py reads it as a person does."""

import argparse
import json

import pytest

from repartee.engines import command
from repartee.settings import Settings


@pytest.mark.parametrize("for_programs", [False, True])
def test_every_role_has_one_that_is_chosen(
    capsys: pytest.CaptureFixture[str], for_programs: bool
) -> None:
    assert command.run(argparse.Namespace(json=for_programs), Settings()) == 0
    told = capsys.readouterr().out
    if for_programs:
        chosen = [row["role"] for row in json.loads(told) if row["chosen"]]
    else:
        chosen = [line.split()[1] for line in told.splitlines() if line.startswith("*")]
    assert sorted(chosen) == ["ears", "echo", "mind", "turn", "vad", "voice"]
