"""Every numbered attack is tested, or waits for what it attacks; none is forgotten, none both."""

import ast
import re
from pathlib import Path

from security.waiting import WAITING

ATTACKS = range(1, 101)


def numbers() -> set[int]:
    """Those in the names of the tests here."""
    files = Path(__file__).parent.glob("test_*.py")
    names = [
        node.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {int(found[1]) for name in names if (found := re.match(r"test_attack_(\d+)_", name))}


def test_every_attack_is_tested_or_waits() -> None:
    assert numbers() | {*WAITING} == {*ATTACKS}


def test_no_attack_is_both() -> None:
    assert not numbers() & {*WAITING}


def test_whatever_waits_says_for_what() -> None:
    assert all(len(reason) > 10 for reason in WAITING.values())
