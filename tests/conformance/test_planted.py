"""Whether something is planted for every case of the judge."""

import importlib
import pkgutil

from conformance import cases as proofs
from conformance.cases.proof import Planted
from repartee.conformance.cases import every_case


def planted() -> Planted:
    """All that is planted anywhere."""
    found: dict[str, Planted] = {}
    for module in pkgutil.iter_modules(proofs.__path__):
        if module.name.startswith("test_"):
            tables = importlib.import_module(f"{proofs.__name__}.{module.name}")
            found |= tables.PLANTED
    return found


def test_something_is_planted_for_every_case_and_for_nothing_else() -> None:
    tables = planted()
    assert set(tables) == {case.name for case in every_case()}
    assert all(tables.values())
